import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, REPLICA_SET } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { Fault } from '../../src/sim/cluster/sim-types.ts';
import { countsOf } from '../../src/sim/invariants/world-view.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, apply, at, perform } from '../../src/sim/scenario/timeline.ts';
import { allOf, podsReady } from '../../src/sim/scenario/until.ts';
import { askAbort, halted, scenario, services, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

const STEPS = '[{setWeight: 50}, {pause: {}}]';
const NO_LEADER: Fault = { kind: 'fail', status: 503, reason: 'ServiceUnavailable', message: 'etcd has no leader', applied: false };

/** From the next scale-down until `arrive` nobody is told what a ReplicaSet counts; its pods come and go all the same. */
function lateCounts(): { readonly begin: Action; readonly arrive: () => void } {
  let state: 'on time' | 'late soon' | 'late' = 'on time';
  const sizeOf = (object: KubeObject | undefined): number => (object === undefined ? 0 : countsOf(object).spec);
  const begin = perform('from the next scale-down on counts are late', ({ sim }) => {
    state = 'late soon';
    sim.onWrite(({ request, before, after }) => {
      if (state === 'late soon' && request.kind.plural === REPLICA_SET.plural && sizeOf(after) < sizeOf(before)) state = 'late';
    });
    sim.onRequest(({ kind, subresource }) =>
      state === 'late' && kind.plural === REPLICA_SET.plural && subresource === 'status' ? NO_LEADER : undefined,
    );
  });
  const arrive = (): void => {
    state = 'on time';
  };
  return { begin, arrive };
}

describe('a rollout whose ReplicaSets are counted late', () => {
  it('takes no canary pod away after an abort for a stable pod that leaves and is counted still', async () => {
    await playGolden('counts-late-at-abort', () => {
      const { begin, arrive } = lateCounts();
      return scenario([services(), web({ replicas: 2, steps: STEPS })], {
        timeline: [
          at('50s', begin),
          at('60s', apply(web({ replicas: 2, steps: STEPS, tag: 'v2' }))),
          at('90s', askAbort('1')),
          at('2m', perform('counts arrive', arrive)),
          at(
            '3m',
            perform('nothing more', () => undefined),
          ),
        ],
        until: halted('Degraded'),
      });
    });
  });

  it('looks at the pods themselves when a count at the present size may be wrong', async () => {
    const { begin, arrive } = lateCounts();
    const claim = perform('r1 says that both of its pods serve', async ({ sim, cluster }) => {
      const stable = sim.snapshot(REPLICA_SET).find((set) => countsOf(set).spec === 2);
      const counted = { replicas: 2, readyReplicas: 2, availableReplicas: 2, observedGeneration: stable?.metadata.generation };
      if (stable === undefined) throw new Error('no ReplicaSet wants two pods');
      arrive();
      await cluster.update(REPLICA_SET, { ...stable, status: counted }, { subresource: 'status', fieldManager: 'kube-controller-manager' });
    });
    const run = await runScenario(
      scenario([services(), web({ replicas: 2, steps: STEPS })], {
        timeline: [
          at('50s', begin),
          at('60s', apply(web({ replicas: 2, steps: STEPS, tag: 'v2' }))),
          at('90s', askAbort('1')),
          at('90s', claim),
        ],
        until: allOf(halted('Degraded'), podsReady(2)),
      }),
    );
    assert.equal(run.problems, '');
    assert.ok(
      run.requests.some(({ verb, kind }) => verb === 'list' && kind.plural === POD.plural),
      'the pods were looked at',
    );
  });
});
