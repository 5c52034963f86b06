import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectGolden } from '../../src/sim/scenario/expect-golden.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at } from '../../src/sim/scenario/timeline.ts';
import { ask, halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';

const PAUSED = '[{setWeight: 25}, {pause: {}}, {setWeight: 50}, {pause: {}}]';
const WINDOW = 'rollbackWindow: {revisions: 1}';

function release(tag: string, spec = WINDOW) {
  return apply(web({ tag, steps: PAUSED, spec }));
}

describe('a way back to an earlier revision by the real controller', () => {
  it('inside the window skips steps and pauses, from a revision without pods', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: PAUSED, spec: WINDOW })], {
        timeline: [at('60s', release('v2')), at('70s', ask('promote-full', '1')), at('2m', release('v1'))],
        until: healthyAt(3),
      }),
    );
    assert.equal(run.problems, '');
    assert.match(JSON.stringify(statusAtEnd(run)['fastRollback']), /0 revisions lie between/);
    expectGolden('rollback-in-window', run.text);
  });

  it('inside the window goes back also from the middle of another release', async () => {
    const spec = `${WINDOW}\nrevisionHistoryLimit: 3`;
    const run = await runScenario(
      scenario([services(), web({ steps: PAUSED, spec })], {
        timeline: [
          at('60s', release('v2', spec)),
          at('70s', ask('promote-full', '1')),
          at('2m', release('v3', spec)),
          at('130s', release('v1', spec)),
        ],
        until: healthyAt(4),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(statusAtEnd(run)['duration'], { ...duration(run), completionStatus: 'FastRolledBack' });
    expectGolden('rollback-in-window-mid-canary', run.text);
  });

  it('outside the window walks the steps', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: PAUSED, spec: WINDOW })], {
        timeline: [
          at('60s', release('v2')),
          at('70s', ask('promote-full', '1')),
          at('2m', release('v3')),
          at('130s', ask('promote-full', '2')),
          at('3m', release('v1')),
        ],
        until: halted('Paused'),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(statusAtEnd(run)['fastRollback'], undefined);
    expectGolden('rollback-outside-window', run.text);
  });
});

function duration(run: Parameters<typeof statusAtEnd>[0]): Readonly<Record<string, unknown>> {
  return statusAtEnd(run)['duration'] as Readonly<Record<string, unknown>>;
}
