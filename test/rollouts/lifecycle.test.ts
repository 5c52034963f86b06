import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, type Millis, millis } from '../../src/api/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, podsBehave } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { startManager } from './start-manager.ts';

const PAUSED = '[{setWeight: 25}, {pause: {}}, {setWeight: 50}, {pause: {}}]';
const WINDOW = 'rollbackWindow: {revisions: 1}';

function release(tag: string, spec = WINDOW) {
  return apply(web({ tag, steps: PAUSED, spec }));
}

describe('a way back to an earlier revision by the real controller', () => {
  it('inside the window skips steps and pauses, from a revision without pods', async () => {
    const run = await playGolden('rollback-in-window', () =>
      scenario([services(), web({ steps: PAUSED, spec: WINDOW })], {
        timeline: [at('60s', release('v2')), at('70s', ask('promote-full', '1')), at('2m', release('v1'))],
        until: healthyAt(3),
      }),
    );
    assert.match(JSON.stringify(statusAtEnd(run)['fastRollback']), /0 revisions lie between/);
  });

  it('inside the window goes back also from the middle of another release', async () => {
    const spec = `${WINDOW}\nrevisionHistoryLimit: 3`;
    const run = await playGolden('rollback-in-window-mid-canary', () =>
      scenario([services(), web({ steps: PAUSED, spec })], {
        timeline: [
          at('60s', release('v2', spec)),
          at('70s', ask('promote-full', '1')),
          at('2m', release('v3', spec)),
          at('200s', release('v1', spec)),
        ],
        until: healthyAt(4),
      }),
    );
    assert.deepEqual(statusAtEnd(run)['duration'], { ...duration(run), completionStatus: 'FastRolledBack' });
  });

  it('outside the window walks the steps', async () => {
    const run = await playGolden('rollback-outside-window', () =>
      scenario([services(), web({ steps: PAUSED, spec: WINDOW })], {
        timeline: [
          at('60s', release('v2')),
          at('70s', ask('promote-full', '1')),
          at('4m', release('v3')),
          at('250s', ask('promote-full', '2')),
          at('8m', release('v1')),
        ],
        until: halted('Paused'),
      }),
    );
    assert.equal(statusAtEnd(run)['fastRollback'], undefined);
  });
});

const BROKEN = at('30s', podsBehave('web:v2', { type: 'crash-loop', delay: millis(3000) }));

describe('a deadline by the real controller', () => {
  it('without progress aborts the release when the spec asks for it', async () => {
    const spec = 'progressDeadlineSeconds: 120\nprogressDeadlineAbort: true';
    const run = await playGolden('deadline-abort', () =>
      scenario([services(), web({ spec })], { timeline: [BROKEN, at('60s', apply(web({ spec, tag: 'v2' })))], until: aborted() }),
    );
    assert.match(String(statusAtEnd(run).message), /no progress for 120s: progressDeadlineSeconds ended at/);
    assert.equal(statusAtEnd(run)['quarantine'], undefined);
  });

  it('of the whole release aborts it, and pauses do not count', async () => {
    const steps = '[{setWeight: 25}, {pause: {duration: 10m}}, {setWeight: 50}, {pause: {duration: 10m}}, {setWeight: 75}]';
    const spec = 'releaseDeadline: 90s\nprogressDeadlineAbort: true';
    const run = await playGolden('release-deadline-abort', () =>
      scenario([services(), web({ spec, steps })], {
        timeline: [
          at('60s', apply(web({ spec, steps, tag: 'v2' }))),
          at('15m', podsBehave('web:v2', { type: 'crash-loop', delay: millis(3000) })),
        ],
        until: aborted(),
        limit: '60m',
      }),
    );
    assert.match(String(statusAtEnd(run).message), /the release took longer than 90s: releaseDeadline ended at/);
  });

  it('is not fired by a wall clock that is set forward', async () => {
    const spec = 'progressDeadlineSeconds: 600\nreleaseDeadline: 30m\nprogressDeadlineAbort: true';
    const start = startManager();
    const run = await runScenario(
      scenario([services(), web({ spec })], {
        timeline: [BROKEN, at('60s', apply(web({ spec, tag: 'v2' })))],
        startController: (deps) => start({ ...deps, clock: setForward(deps.clock, millis(180_000), millis(3_600_000)) }),
        until: aborted(),
      }),
    );
    assert.equal(run.problems, '');
    const stalled = run.text.split('\n').filter((line) => line.includes('stalled: ProgressDeadlineExceeded'));
    assert.deepEqual(
      stalled.map((line) => line.slice(0, 7)),
      ['t+13:03'],
      'ten minutes after the jump was seen, not at once',
    );
  });
});

/** A clock whose wall time is set forward once so much time has passed. */
function setForward(clock: Clock, passed: Millis, by: Millis): Clock {
  return {
    now: () => instant(clock.now() + (clock.monotonic() >= passed ? by : 0)),
    monotonic: () => clock.monotonic(),
    startTimer: (delay, fire) => clock.startTimer(delay, fire),
  };
}

/** Until the release is aborted and the canary is gone. */
function aborted() {
  return rolloutIs('shop/web', 'Degraded', (status) => status.abort === true && status['updatedReplicas'] === 0);
}

function duration(run: Parameters<typeof statusAtEnd>[0]): Readonly<Record<string, unknown>> {
  return statusAtEnd(run)['duration'] as Readonly<Record<string, unknown>>;
}
