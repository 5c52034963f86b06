import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storyCrashSweep, storyFaultSweep, storyRepositorySweep, storyStaleSweep } from './story-sweeps.ts';

// Samples, odd so that every kind of fault has its turn; `npm run test:soak` runs all of them.
const EVERY_CRASH = 17;
const EVERY_FAULT = 83;
const EVERY_REPOSITORY_FAULT = 11;
const EVERY_LAG = 5;

describe('the story of a bad commit ends the same, with one restore commit,', () => {
  it(`when the controller is killed before or after a write (every ${EVERY_CRASH}th place)`, async () => {
    const result = await storyCrashSweep({ every: EVERY_CRASH });
    assert.equal(result.problems, '');
    assert.ok(result.runs >= 10, `${result.runs} runs`);
  });

  it(`when a request fails with 409, 429, 500 or a timeout, applied or not (every ${EVERY_FAULT}rd place)`, async () => {
    const result = await storyFaultSweep({ every: EVERY_FAULT });
    assert.equal(result.problems, '');
    assert.ok(result.runs >= 8, `${result.runs} runs`);
  });

  it(`when a call to the repository fails or the controller dies in it (every ${EVERY_REPOSITORY_FAULT}th place)`, async () => {
    const result = await storyRepositorySweep({ every: EVERY_REPOSITORY_FAULT });
    assert.equal(result.problems, '');
    assert.ok(result.runs >= 8, `${result.runs} runs`);
  });

  it(`when the controller hears late of one kind of object (every ${EVERY_LAG}th place)`, async () => {
    const result = await storyStaleSweep({ every: EVERY_LAG });
    assert.equal(result.problems, '');
    assert.ok(result.runs >= 4, `${result.runs} runs`);
  });
});
