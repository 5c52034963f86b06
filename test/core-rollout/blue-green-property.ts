import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { limitsOf } from '../../src/core/rollout/replicas.ts';
import { blueGreen, SLO } from './blue-green-world.ts';
import { assertIntentIsOfABreach, assertOneWriteEach, comeToRest, type Decided, decideTwice } from './every-decision.ts';
import { decideEveryPass, happen, happenings } from './random-happenings.ts';
import { World } from './world.ts';

const happening = happenings({
  wait: 4,
  deploy: 3,
  scale: 2,
  request: 4,
  break: 1,
  abort: 1,
  heal: 1,
  forget: 1,
  late: 4,
  pause: 1,
  verdict: 4,
  crash: 3,
});

const scenario = fc.record({
  replicas: fc.integer({ min: 1, max: 8 }),
  strategy: fc.record(
    {
      previewService: fc.constant('preview'),
      previewReplicaCount: fc.integer({ min: 1, max: 10 }),
      autoPromotionEnabled: fc.boolean(),
      autoPromotionSeconds: fc.constantFrom(0, 15, 60),
      prePromotionAnalysis: fc.constant(SLO),
      postPromotionAnalysis: fc.constant(SLO),
      scaleDownDelaySeconds: fc.constantFrom(0, 30, 300),
      scaleDownDelayRevisionLimit: fc.integer({ min: 0, max: 2 }),
      abortScaleDownDelaySeconds: fc.constantFrom(0, 30, 300),
      maxUnavailable: fc.constantFrom<number | string>(0, 1, '50%'),
    },
    { requiredKeys: [] },
  ),
  onFailure: fc.constantFrom('Revert' as const, 'Abort' as const, 'Freeze' as const),
  happenings: fc.array(happening, { minLength: 5, maxLength: 25 }),
});

type Observed = ReturnType<World['observe']>;

function limitsIn(world: World): ReturnType<typeof limitsOf> {
  return limitsOf(world.spec.replicas, '100%', world.spec.strategy.blueGreen?.maxUnavailable);
}

function activeIn(world: World): string | undefined {
  return world.services.get('active')?.selector[POD_TEMPLATE_HASH];
}

function checkServices(world: World, observed: Observed, plan: Decided): void {
  for (const action of plan.actions) {
    if (action.type !== 'setServiceSelector') continue;
    const set = observed.replicaSets.find((one) => one.hash === action.selector[POD_TEMPLATE_HASH]);
    assert.ok(set !== undefined && world.serving(set.name) > 0, 'S2, S13: a Service selects a revision that serves');
    const forward = action.target.name === 'active' && set.hash !== plan.status.stableRS && set.hash !== activeIn(world);
    assert.ok(!forward || world.serving(set.name) >= world.spec.replicas, 'S5: forward only at full size');
    assert.ok(!forward || plan.status.abort !== true, 'S11: never to what was aborted');
  }
}

function checkSizes(world: World, observed: Observed, plan: Decided): void {
  const limits = limitsIn(world);
  let serving = observed.replicaSets.reduce((sum, set) => sum + world.serving(set.name), 0);
  for (const action of plan.actions) {
    if (action.type !== 'scaleReplicaSet') continue;
    const set = observed.replicaSets.find((one) => one.name === action.target.name);
    assert.ok(set !== undefined);
    const held = plan.status.abort === true && set.hash === plan.status.currentPodHash && set.hash !== plan.status.stableRS;
    assert.ok(action.to < action.from || !held, 'S11: an aborted revision never grows');
    const kept = Math.min(action.from, limits.replicas);
    assert.ok(set.hash !== activeIn(world) || action.to >= kept, 'S4: what has the traffic keeps its pods');
    const stable = set.hash === world.status?.stableRS && set.hash === plan.status.stableRS;
    assert.ok(!stable || action.to >= limits.replicas, 'S4: stable keeps its size');
    const lost = Math.max(0, world.serving(set.name) - action.to);
    serving -= lost;
    assert.ok(lost === 0 || serving >= limits.replicas - limits.unavailable, `S3: ${serving} serve after ${action.why}`);
  }
}

/** What must hold for every single decision. */
function judge(world: World): Decided {
  const { observed, plan } = decideTwice(world);
  assertOneWriteEach(plan);
  checkServices(world, observed, plan);
  checkSizes(world, observed, plan);
  assertIntentIsOfABreach(world, observed, plan);
  return plan;
}

/** Random blue-green releases: every promise at every decision, and rest when things calm down. */
export const blueGreenProperty = fc.property(scenario, (given) => {
  const world = new World(
    blueGreen({ previewService: undefined, ...given.strategy }, { replicas: given.replicas, rollback: { onFailure: given.onFailure } }),
  );
  decideEveryPass(world, judge);
  for (const [index, event] of given.happenings.entries()) {
    happen(world, event, index + 1);
    world.tick();
  }
  world.broken.clear();
  world.countLate(false);
  world.endpointsLate(false);
  world.change({ paused: false });
  const plan = comeToRest(world, 40);
  const { phase, message } = plan.status;
  const ends = ['Healthy', 'Paused', 'Degraded'].includes(phase ?? '') || world.spec.replicas === 0;
  assert.ok(ends, `${phase}: ${message}\n${plan.explain.join('\n')}`);
  const active = world.services.get('active')?.selector[POD_TEMPLATE_HASH];
  if (phase === 'Healthy' && world.spec.replicas > 0) assert.equal(active, plan.status.stableRS);
  if (plan.status.abort === true && world.spec.replicas > 0) assert.equal(active, plan.status.stableRS, 'the traffic went back');
});
