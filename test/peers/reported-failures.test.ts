import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANALYSIS_RUN, POD, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { millis } from '../../src/api/time.ts';
import { countsOf } from '../../src/sim/invariants/world-view.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, metric, patchObject, podsBehave, type TimelineEvent } from '../../src/sim/scenario/timeline.ts';
import type { Until } from '../../src/sim/scenario/until.ts';
import { blueGreenWeb } from '../rollouts/blue-green-lab.ts';
import {
  ask,
  askAbort,
  FOR_EVER,
  halted,
  healthyAt,
  JUDGED_STEPS,
  scenario,
  services,
  statusAtEnd,
  template,
  web,
} from '../rollouts/lab.ts';
import { playGolden } from '../rollouts/play-golden.ts';
import { route, routed, routedWeb } from '../rollouts/routed-lab.ts';
import { behind, ROUTER_CASES, webBehind } from '../rollouts/router-cases.ts';
import { subsetHashes } from './argo-routes.ts';

/** Pods that the ReplicaSet of this image is to have. */
function sizeOf(run: ScenarioRun, tag: string): number {
  const set = run.sim.snapshot(REPLICA_SET).find((one) => JSON.stringify(one['spec']).includes(`"web:${tag}"`));
  return set === undefined ? 0 : countsOf(set).spec;
}

/** `shop/web` blue-green over the Services of the canary. */
function blueGreen(tag: string, fields = ''): string {
  return blueGreenWeb({ tag, services: ['web-stable', 'web-canary'], fields });
}

describe('pods of the canary that vanish', () => {
  for (const second of [64, 80, 95, 110, 126, 132, 137, 142]) {
    it(`at ${second} s, between any two moves of traffic and sizes, cost no request (AR#2050)`, async () => {
      const run = await runScenario(
        routed([route(), routedWeb()], {
          timeline: [
            at('60s', apply(routedWeb({ tag: 'v2' }))),
            at(`${second}s`, podsBehave('web:v2', { type: 'crash-loop', delay: millis(0) })),
            at(`${second + 60}s`, podsBehave('web:v2', { type: 'ready-after', delay: millis(2000) })),
          ],
          until: healthyAt(2),
        }),
      );
      assert.equal(run.problems.replaceAll(/^.* lost its last ready endpoint\n?/gm, ''), '');
    });
  }
});

describe('an aborted revision', () => {
  const grow = patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 8 } });
  const abortThenGrow = (v2: string): readonly TimelineEvent[] => [
    at('60s', apply(v2)),
    at('2m', askAbort('1')),
    at('5m', grow),
    at('5m', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 7 } })),
  ];
  const settled: Until = { what: 'stable has 7 pods', holds: (sim) => sim.snapshot(POD).length === 7 };

  it('is not made again when an autoscaler grows the Rollout, by numbers of pods (AR#4973)', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: abortThenGrow(web({ steps: FOR_EVER, tag: 'v2' })),
        until: settled,
        settle: '2m',
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual([sizeOf(run, 'v1'), sizeOf(run, 'v2')], [7, 0]);
  });

  it('is not made again when an autoscaler grows the Rollout, with a router (AR#4973)', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps: FOR_EVER })], {
        timeline: abortThenGrow(routedWeb({ steps: FOR_EVER, tag: 'v2' })),
        until: settled,
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual([sizeOf(run, 'v1'), sizeOf(run, 'v2')], [7, 0]);
  });

  it('is not made again when an autoscaler grows the Rollout, with blue-green (AR#4973)', async () => {
    const manual = 'autoPromotionEnabled: false';
    const run = await runScenario(
      scenario([services(), blueGreen('v1', manual)], {
        timeline: abortThenGrow(blueGreen('v2', manual)),
        until: settled,
        settle: '2m',
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual([sizeOf(run, 'v1'), sizeOf(run, 'v2')], [7, 0]);
  });

  it('that keeps its pods for ever leaves the canary Service where it is (AR#3078)', async () => {
    const kept = (tag: string): string => routedWeb({ steps: FOR_EVER, tag, canary: 'abortScaleDownDelaySeconds: 0' });
    const run = await runScenario(
      routed([route(), kept('v1')], {
        timeline: [at('60s', apply(kept('v2'))), at('2m', askAbort('1'))],
        until: halted('Degraded'),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual([sizeOf(run, 'v1'), sizeOf(run, 'v2')], [4, 1]);
  });
});

describe('another strategy', () => {
  const canary = (tag: string): string => web({ tag, steps: FOR_EVER });
  const manual = (tag: string): string => blueGreen(tag, 'autoPromotionEnabled: false');
  const changes: Readonly<Record<string, readonly [string, readonly TimelineEvent[]]>> = {
    'blue-green becomes canary at rest': [blueGreen('v1'), [at('60s', apply(web({ tag: 'v1' }))), at('2m', apply(web({ tag: 'v2' })))]],
    'canary becomes blue-green at rest': [web({ tag: 'v1' }), [at('60s', apply(blueGreen('v1'))), at('2m', apply(blueGreen('v2')))]],
    'blue-green becomes canary with the same edit as a new template': [blueGreen('v1'), [at('60s', apply(web({ tag: 'v2' })))]],
    'canary becomes blue-green with the same edit as a new template': [web({ tag: 'v1' }), [at('60s', apply(blueGreen('v2')))]],
    'blue-green becomes canary in its pause': [manual('v1'), [at('60s', apply(manual('v2'))), at('2m', apply(web({ tag: 'v2' })))]],
    'canary becomes blue-green in a step': [canary('v1'), [at('60s', apply(canary('v2'))), at('2m', apply(blueGreen('v2')))]],
    'a router comes in a step': [canary('v1'), [at('60s', apply(canary('v2'))), at('2m', apply(routedWeb({ tag: 'v2' })))]],
    'a router goes in a step': [
      routedWeb({ steps: FOR_EVER }),
      [at('60s', apply(routedWeb({ steps: FOR_EVER, tag: 'v2' }))), at('2m', apply(web({ tag: 'v2' })))],
    ],
  };
  for (const [name, [first, timeline]] of Object.entries(changes)) {
    it(`comes to its end without losing a pod that serves: ${name} (AR#83)`, async () => {
      const run = await runScenario(routed([route(), first], { timeline, until: healthyAt(2), settle: '2m' }));
      assert.equal(run.problems, '');
      assert.deepEqual([sizeOf(run, 'v1'), sizeOf(run, 'v2')], [0, 4]);
    });
  }
});

describe('a full promotion with a router', () => {
  it('moves the traffic only as the canary grows (AR#1681)', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps: FOR_EVER, replicas: 8 })], {
        timeline: [at('60s', apply(routedWeb({ steps: FOR_EVER, replicas: 8, tag: 'v2' }))), at('2m', ask('promote-full', '1'))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
  });
});

describe('a revision that comes while the one before is measured', () => {
  it('is judged itself at every step: no verdict of another revision counts (FL#30)', async () => {
    const judged = (tag: string): string => web({ tag, steps: JUDGED_STEPS });
    const run = await runScenario(
      scenario([services(), template(), judged('v1')], {
        timeline: [at('0s', metric('success', 0.99)), at('60s', apply(judged('v2'))), at('75s', apply(judged('v3')))],
        until: healthyAt(3),
      }),
    );
    assert.equal(run.problems, '');
    const { stableRS } = statusAtEnd(run);
    const own = run.sim.snapshot(ANALYSIS_RUN).filter(({ metadata }) => metadata.labels?.[POD_TEMPLATE_HASH] === stableRS);
    assert.equal(own.length, 2, run.text);
  });
});

describe('subsets of Istio while a canary has its share', () => {
  const of = ROUTER_CASES['istio-subsets'];
  assert.ok(of);
  const canary = (tag: string): string => webBehind(of, { tag, steps: FOR_EVER });

  it('lead to a revision that comes then only once the one before has none of the traffic (AR#4390, AR PR#4564)', async () => {
    const run = await playGolden('istio-new-revision-mid-canary', () =>
      behind(of, [canary('v1')], {
        timeline: [at('60s', apply(canary('v2'))), at('2m', apply(canary('v3'))), at('4m', ask('promote-full', '1'))],
        until: healthyAt(3),
      }),
    );
    assert.deepEqual([sizeOf(run, 'v1'), sizeOf(run, 'v2'), sizeOf(run, 'v3')], [0, 0, 4]);
    assert.deepEqual(subsetHashes(run), [statusAtEnd(run).stableRS, statusAtEnd(run).stableRS]);
  });

  it('lead to stable alone when its template returns: first the weight, then the subset (AR PR#4612)', async () => {
    const run = await runScenario(
      behind(of, [canary('v1')], { timeline: [at('60s', apply(canary('v2'))), at('2m', apply(canary('v1')))], until: healthyAt(3) }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual([sizeOf(run, 'v1'), sizeOf(run, 'v2')], [4, 0]);
    assert.deepEqual(subsetHashes(run), [statusAtEnd(run).stableRS, statusAtEnd(run).stableRS]);
  });

  it('lead to stable alone after an abort, and no pod of the aborted revision is left (AR#1838, AR PR#2540)', async () => {
    const run = await runScenario(
      behind(of, [canary('v1')], { timeline: [at('60s', apply(canary('v2'))), at('2m', askAbort('1'))], until: halted('Degraded') }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual([sizeOf(run, 'v1'), sizeOf(run, 'v2')], [4, 0]);
    assert.deepEqual(subsetHashes(run), [statusAtEnd(run).stableRS, statusAtEnd(run).stableRS]);
  });
});
