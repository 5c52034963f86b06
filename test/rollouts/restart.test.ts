import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, ROLLOUT } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { POD_DISRUPTION_BUDGET } from '../../src/sim/cluster/built-in-kinds.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, patchObject, podsBehave, removeObject } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { blueGreenWeb } from './blue-green-lab.ts';
import { ask, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

const PAUSED = '[{setWeight: 25}, {pause: {}}, {setWeight: 50}, {pause: {}}]';
const BUDGET = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 4, selector: {matchLabels: {app: web}}}
`;

function restarted(phase: 'Healthy' | 'Paused' | 'Degraded' = 'Healthy'): Until {
  return rolloutIs('shop/web', phase, (status) => status['restartedAt'] !== undefined && status['restart'] === undefined);
}

/** Every pod that is left was created after the restart was asked for. */
function assertNew(run: ScenarioRun): void {
  const since = Date.parse(String(statusAtEnd(run)['restartedAt']));
  const old = run.sim
    .snapshot(POD)
    .filter((pod) => Date.parse(pod.metadata.creationTimestamp ?? '') < since)
    .map((pod) => pod.metadata.name);
  assert.deepEqual(old, []);
}

function evictions(run: ScenarioRun): number {
  return run.requests.filter((request) => request.verb === 'evict').length;
}

/** `shop/web` with an active and a preview Service that it makes; `fields` are of blueGreen. */
function blueGreen(tag: string, fields: string): string {
  return blueGreenWeb({ tag, fields, spec: 'service: {ports: [{port: 80, targetPort: 8080}]}' });
}

describe('a restart of blue-green by the real controller', () => {
  it('replaces as many pods at a time as may be missing behind the active Service', async () => {
    const run = await playGolden('restart-blue-green', () =>
      scenario([blueGreen('v1', 'maxUnavailable: 2')], { timeline: [at('60s', ask('restart', '1'))], until: restarted() }),
    );
    assertNew(run);
    assert.equal(evictions(run), 4);
  });

  it('takes one pod more where none may be missing, and goes by spec.restartAt', async () => {
    const run = await playGolden('restart-blue-green-with-surge', () =>
      scenario([blueGreen('v1', 'maxUnavailable: 0')], {
        timeline: [at('30s', patchObject(ROLLOUT, 'shop/web', { spec: { restartAt: '2026-01-01T00:02:00Z' } }))],
        until: restarted(),
      }),
    );
    assertNew(run);
    assert.equal(statusAtEnd(run)['restartedAt'], '2026-01-01T00:02:00Z');
  });

  it('replaces stable and then the preview while the release waits for a person, and switches afterwards', async () => {
    const more = 'autoPromotionEnabled: false';
    const run = await playGolden('restart-blue-green-mid-release', () =>
      scenario([blueGreen('v1', more)], {
        timeline: [at('60s', apply(blueGreen('v2', more))), at('2m', ask('restart', '1')), at('5m', ask('promote', '2'))],
        until: rolloutIs('shop/web', 'Healthy', (status) => status['revision'] === 2 && status['restartedAt'] !== undefined),
        settle: '1m',
      }),
    );
    assertNew(run);
  });

  it('waits for a disruption budget', async () => {
    const run = await runScenario(
      scenario([blueGreen('v1', 'maxUnavailable: 1'), BUDGET], { timeline: [at('60s', ask('restart', '1'))], until: restarted() }),
    );
    assert.equal(run.problems, '');
    assertNew(run);
    assert.ok(evictions(run) > 4, 'the budget refused some');
    assert.match(run.text, /replicas of r1: 4 -> 5/);
  });
});

describe('a restart by the real controller', () => {
  it('replaces every pod with one more meanwhile, when none may be missing', async () => {
    const run = await playGolden('restart-with-surge', () =>
      scenario([services(), web()], { timeline: [at('60s', ask('restart', '1'))], until: restarted() }),
    );
    assertNew(run);
    assert.equal(evictions(run), 4);
  });

  it('replaces as many at a time as may be missing', async () => {
    const canary = 'maxSurge: 0\nmaxUnavailable: 2';
    const run = await playGolden('restart-within-unavailable', () =>
      scenario([services(), web({ canary })], { timeline: [at('60s', ask('restart', '1'))], until: restarted() }),
    );
    assertNew(run);
  });

  it('goes by spec.restartAt, once its time has come', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('30s', patchObject(ROLLOUT, 'shop/web', { spec: { restartAt: '2026-01-01T00:02:00Z' } }))],
        until: restarted(),
      }),
    );
    assert.equal(run.problems, '');
    assertNew(run);
    assert.equal(statusAtEnd(run)['restartedAt'], '2026-01-01T00:02:00Z');
  });

  it('replaces stable and then the canary in the middle of a release, which stays where it is', async () => {
    const canary = 'maxSurge: 1\nmaxUnavailable: 1';
    const run = await playGolden('restart-mid-canary', () =>
      scenario([services(), web({ steps: PAUSED, canary })], {
        timeline: [at('60s', apply(web({ steps: PAUSED, canary, tag: 'v2' }))), at('2m', ask('restart', '1'))],
        until: restarted('Paused'),
      }),
    );
    assertNew(run);
    assert.equal(statusAtEnd(run).currentStepIndex, 1);
  });

  it('waits for a disruption budget, then asks for one more pod, which the budget allows', async () => {
    const canary = 'maxSurge: 1\nmaxUnavailable: 1';
    const run = await playGolden('restart-disruption-budget', () =>
      scenario([services(), web({ canary }), BUDGET], { timeline: [at('60s', ask('restart', '1'))], until: restarted() }),
    );
    assertNew(run);
  });

  it('waits quietly as long as a budget says no, and goes on when it is gone', async () => {
    const canary = 'maxSurge: 0\nmaxUnavailable: 1';
    const run = await runScenario(
      scenario([services(), web({ canary }), BUDGET], {
        timeline: [at('60s', ask('restart', '1')), at('16m', removeObject(POD_DISRUPTION_BUDGET, 'shop/web'))],
        until: restarted(),
        limit: '30m',
      }),
    );
    assert.equal(run.problems, '');
    assertNew(run);
    const log = run.text.split('\n');
    const waiting = log.slice(log.findIndex((line) => line.includes('restart of shop/web')));
    const quiet = waiting.filter((line) => /^t\+(0[2-9]|1[0-5]):/.test(line));
    assert.deepEqual(quiet, [], 'no write while it waits');
  });

  it('replaces pods that serve nobody at once', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [
          at('60s', podsBehave('web:v1', { type: 'crash-loop', delay: millis(1000) })),
          at('2m', ask('restart', '1')),
          at('130s', podsBehave('web:v1', { type: 'ready-after', delay: millis(2000) })),
        ],
        until: restarted(),
      }),
    );
    assert.equal(run.problems, '');
    assertNew(run);
  });

  it('says so when it may not list pods, and does everything else', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('60s', ask('restart', '1')), at('2m', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 6 } }))],
        authorize: () => (request) => (request.kind.kind === 'Pod' && request.verb === 'list' ? 'no pods for you' : undefined),
        until: rolloutIs('shop/web', 'Progressing', (status) => status['availableReplicas'] === 6),
      }),
    );
    assert.match(
      String(statusAtEnd(run).message),
      /restart: pods created before \S+ are replaced; pods cannot be listed: .*no pods for you/,
    );
  });
});
