import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisRun } from '../../src/api/analysis.ts';
import { type Instant, instant } from '../../src/api/time.ts';
import { decideAnalysisRun } from '../../src/core/analysis/decide.ts';
import { drive, metricOf, runOf, START } from './runs.ts';

const NOW = 'spec.terminate: true ends it now';

function messageOf(run: AnalysisRun, now: Instant = START): string {
  return decideAnalysisRun({ run, problems: [] }, [], now).status.message ?? '';
}

describe('the message of an analysis run that goes on', () => {
  it('says what it waits for before the first measurement, and when that is', () => {
    const delayed = runOf([metricOf({ count: 3, initialDelay: '5m' }), metricOf({ name: 'other', count: 1, initialDelay: '10m' })]);
    assert.equal(
      messageOf(delayed),
      `waiting for the first measurement of sli, other since 2026-01-01T00:00:00Z, which is at 2026-01-01T00:05:00Z; ends by itself when all is measured, or with a breach; ${NOW}`,
    );
    assert.match(messageOf(runOf([metricOf({ count: 3 })])), /^waiting for the first measurement of sli since 2026-01-01T00:00:00Z; ends/u);
  });

  it('says since when it measures and what ends it, in words that last from one measurement to the next', () => {
    const messages = [1, 2, 3].map(
      (count) => drive(runOf([metricOf({ count: 9 })]), { sli: Array.from({ length: count }, () => 1) }).run.status,
    );
    assert.deepEqual(
      new Set(messages.map((status) => status?.message)),
      new Set([`measuring sli since 2026-01-01T00:00:00Z; ends by itself when all is measured, or with a breach; ${NOW}`]),
    );
    assert.equal(messages[0]?.conditions?.find(({ type }) => type === 'Ready')?.message, messages[0]?.message);
    const endless = drive(runOf([metricOf()]), { sli: [1] }).run;
    assert.match(endless.status?.message ?? '', /; ends with a breach, or when nobody needs it any more; /u);
  });

  it('says what cannot be measured and how long that is tolerated, and leaves out what has ended', () => {
    const { run, now } = drive(runOf([metricOf({ count: 9 }), metricOf({ name: 'done', count: 1 })]), { sli: ['down'], done: [1] });
    const message = `measuring sli since 2026-01-01T00:00:00Z; sli cannot be measured (the provider cannot be reached): more than 4 errors in a row end it; ends by itself when all is measured, or with a breach; ${NOW}`;
    assert.equal(run.status?.message, message);
    assert.equal(messageOf(run, instant(now + 1)), message);
  });

  it('gives way to the verdict', () => {
    const passed = drive(runOf([metricOf({ count: 1 })]), { sli: [1] }).run;
    assert.deepEqual([passed.status?.phase, passed.status?.message], ['Successful', undefined]);
    const failed = drive(runOf([metricOf({ count: 1 })]), { sli: [0.1] }).run;
    assert.match(failed.status?.message ?? '', /^metric sli Failed: /u);
  });
});
