import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RolloutSpec } from '../../src/api/rollout.ts';
import type { Plan } from '../../src/core/plan/plan.ts';
import { decideRollout } from '../../src/core/rollout/decide-rollout.ts';
import type { ObservedRollout } from '../../src/core/rollout/observed.ts';
import { BOTH } from './blue-green-world.ts';
import { checkEveryPass } from './random-happenings.ts';
import { routed } from './routed-strategy.ts';
import { healthyWorld, type World } from './world.ts';

const SLO = { templates: [{ templateName: 'slo' }] };
const MATCH = [
  { headerName: 'x-beta', headerValue: { exact: 'yes' } },
  { headerName: 'x-team', headerValue: { prefix: 'shop' } },
];

const STRATEGIES: Readonly<Record<string, RolloutSpec['strategy']>> = {
  'by numbers of pods': {
    canary: {
      stableService: 'stable',
      canaryService: 'canary',
      analysis: SLO,
      steps: [{ setWeight: 20 }, { analysis: SLO }, { setWeight: 60 }],
    },
  },
  'with a router and header routes': routed({
    trafficRouting: { gatewayAPI: {}, managedRoutes: [{ name: 'beta' }] },
    steps: [{ setHeaderRoute: { name: 'beta', match: MATCH } }, { setWeight: 20 }, { analysis: SLO }, { setHeaderRoute: { name: 'beta' } }],
  }).strategy,
  'with blue-green': { blueGreen: { activeService: 'active', previewService: 'preview', ...BOTH } },
};

/** The same data with the members of every object in the other order, as another API server may send them. */
function rekeyed<T>(value: T): T;
function rekeyed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(rekeyed);
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]): [string, unknown] => [name, rekeyed(member)]),
  );
}

/** The same observation from caches that list everything in the other order. */
function reordered(observed: ObservedRollout): ObservedRollout {
  return {
    ...observed,
    rollout: rekeyed(observed.rollout),
    replicaSets: observed.replicaSets.map(rekeyed).toReversed(),
    services: new Map([...observed.services].toReversed()),
    managedServices: observed.managedServices.toReversed(),
    analysisRuns: observed.analysisRuns.map(rekeyed).toReversed(),
    traffic: observed.traffic.map(rekeyed),
  };
}

/** Effects on different objects may come in another order. */
function comparable({ actions, explain, ...rest }: Plan<unknown>): unknown {
  return { ...rest, explain: explain.toSorted(), actions: actions.map(({ type, why }) => `${type}: ${why}`).toSorted() };
}

function checkPlan(world: World): void {
  const observed = world.observe();
  const plan = decideRollout(observed, world.now);
  assert.deepEqual(decideRollout(observed, world.now), plan);
  assert.deepEqual(decideRollout(structuredClone(observed), world.now), plan);
  assert.deepEqual(comparable(decideRollout(reordered(observed), world.now)), comparable(plan));
}

describe('what is decided twice is decided alike, in whatever order things are read (FL#1713),', () => {
  for (const [name, strategy] of Object.entries(STRATEGIES)) {
    it(`at every pass of two releases, an abort and a retry ${name}`, () => {
      const world = healthyWorld({ replicas: 4, strategy, rollback: { onFailure: 'Abort' } });
      let passes = 0;
      checkEveryPass(world, () => {
        passes += 1;
        checkPlan(world);
      });
      world.deploy('v2');
      for (let round = 0; round < 40; round += 1) {
        world.tick();
        world.judgeAll('Successful');
      }
      assert.equal(world.status?.phase, 'Healthy');
      world.deploy('v3');
      world.run(6);
      world.judgeAll('Failed');
      world.run(6);
      assert.equal(world.status.abort, true);
      world.annotations['sluice.dev/request'] = `retry:${world.status.currentPodHash}@1`;
      world.run(8);
      assert.ok(passes > 50, `${passes} passes`);
    });
  }
});
