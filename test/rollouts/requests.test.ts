import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { annotate, apply, at, metric, patchObject } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, askAbort, FOR_EVER, halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

interface Outcome {
  readonly outcome: string;
  readonly reason: string;
}

function outcomeOf(status: ReturnType<typeof statusAtEnd>): string {
  const { outcome, reason } = status['requestOutcome'] as Outcome;
  return `${outcome}/${reason}`;
}

describe('a person', () => {
  it('aborts: traffic goes back, nothing is quarantined, nothing is written to Git', async () => {
    const run = await playGolden('abort', () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', askAbort('1'))],
        until: halted('Degraded'),
      }),
    );
    const status = statusAtEnd(run);
    assert.equal(status['quarantine'], undefined);
    assert.equal(status.rollback, undefined);
    assert.match(status.lastHandledAbort ?? '', /^\w+@1$/);
  });

  it('retries what was aborted, from the first step', async () => {
    await playGolden('retry', () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [
          at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))),
          at('2m', askAbort('1')),
          at('3m', ask('retry', '1')),
          at('4m', ask('resume', '2')),
        ],
        until: healthyAt(2),
      }),
    );
  });

  it('aborts while the new revision takes over, and the stable one gets everything back', async () => {
    await playGolden('abort-while-promoting', () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', ask('promote-full', '1')), at('123s', askAbort('1'))],
        until: halted('Degraded'),
      }),
    );
  });

  it('is refused a request for a revision that is no longer current', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [
          at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))),
          at('2m', annotate(ROLLOUT, 'shop/web', { 'sluice.dev/request': 'promote-full:0000000000@1' })),
        ],
        until: halted('Paused'),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(outcomeOf(statusAtEnd(run)), 'Refused/StaleRequest');
    assert.equal(statusAtEnd(run).lastHandledRequest, 'promote-full:0000000000@1');
  });

  it('finds an abort for another revision refused, and the rollout going on', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('60s', apply(web({ tag: 'v2' }))), at('70s', annotate(ROLLOUT, 'shop/web', { 'sluice.dev/abort': '0000000000@1' }))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(outcomeOf(statusAtEnd(run)), 'Refused/StaleRequest');
  });

  it('finds a request on a Rollout without status acknowledged, not executed', async () => {
    const annotations = '{sluice.dev/request: "pause@old"}';
    const run = await runScenario(
      scenario([services(), web({ annotations })], {
        timeline: [at('60s', apply(web({ tag: 'v2', annotations })))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(outcomeOf(statusAtEnd(run)), 'Acknowledged/FirstSight');
  });

  it('wins with an abort over a promotion that is asked for at the same time', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', ask('promote-full', '1')), at('2m', askAbort('2'))],
        until: halted('Degraded'),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(statusAtEnd(run).abort, true);
  });

  it('pauses by request and by spec.paused; sizes stay live', async () => {
    const run = await playGolden('paused-by-people', () =>
      scenario([services(), web()], {
        timeline: [
          at('60s', apply(web({ tag: 'v2' }))),
          at('70s', ask('pause', '1')),
          at('5m', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 6 } })),
          at('6m', patchObject(ROLLOUT, 'shop/web', { spec: { paused: true } })),
          at('7m', ask('resume', '2')),
          at('12m', patchObject(ROLLOUT, 'shop/web', { spec: { paused: false } })),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(statusAtEnd(run)['replicas'], 6);
  });

  it('resumes a Rollout of which spec.paused was true from the beginning', async () => {
    const run = await runScenario(
      scenario([services(), web({ spec: 'paused: true' })], {
        timeline: [at('0s', metric('success', 1)), at('60s', apply(web({ spec: 'paused: true', tag: 'v2' })))],
        until: rolloutIs('shop/web', 'Paused', (status) => status.currentPodHash !== status.stableRS),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(statusAtEnd(run).currentStepIndex ?? 0, 0);
  });
});
