import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { CanaryStep } from '../../src/api/rollout.ts';
import type { RolloutStatus } from '../../src/api/rollout-status.ts';
import { limitsOf } from '../../src/core/rollout/replicas.ts';
import { assertCanaryRests, assertIntentIsOfABreach, assertOneWriteEach, comeToRest, type Decided, decideTwice } from './every-decision.ts';
import { decideEveryPass, happen, happenings } from './random-happenings.ts';
import { World } from './world.ts';

const happening = happenings({
  wait: 4,
  deploy: 2,
  scale: 2,
  request: 3,
  abort: 1,
  break: 1,
  heal: 1,
  verdict: 3,
  steps: 1,
  forget: 1,
  late: 4,
  crash: 3,
});

const step: fc.Arbitrary<CanaryStep> = fc.oneof(
  fc.integer({ min: 0, max: 100 }).map((setWeight) => ({ setWeight })),
  fc.constantFrom('0s', '15s', '1m').map((duration) => ({ pause: { duration } })),
  fc.constant({ analysis: { templates: [{ templateName: 'slo' }] } }),
);

const scenario = fc.record({
  replicas: fc.integer({ min: 1, max: 12 }),
  maxSurge: fc.constantFrom<number | string>(0, 1, 3, '25%', '100%'),
  maxUnavailable: fc.constantFrom<number | string>(0, 1, '25%', '50%'),
  steps: fc.array(step, { maxLength: 5 }),
  background: fc.boolean(),
  services: fc.boolean(),
  onFailure: fc.constantFrom('Revert' as const, 'Abort' as const, 'Freeze' as const),
  window: fc.constantFrom(undefined, 1),
  happenings: fc.array(happening, { minLength: 5, maxLength: 25 }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** The world of a random canary before anything happens. */
export function build(given: Scenario): World {
  const slo = { templates: [{ templateName: 'slo' }] };
  return new World({
    replicas: given.replicas,
    rollback: { onFailure: given.onFailure },
    ...(given.window === undefined ? {} : { rollbackWindow: { revisions: given.window } }),
    strategy: {
      canary: {
        maxSurge: given.maxSurge,
        maxUnavailable: given.maxUnavailable,
        steps: given.steps,
        ...(given.background ? { analysis: slo } : {}),
        ...(given.services ? { stableService: 'stable', canaryService: 'canary' } : {}),
      },
    },
  });
}

type Observed = ReturnType<World['observe']>;

function checkServices(world: World, observed: Observed, plan: Decided): void {
  for (const action of plan.actions) {
    if (action.type !== 'setServiceSelector') continue;
    const set = observed.replicaSets.find((one) => one.hash === action.selector[POD_TEMPLATE_HASH]);
    assert.ok(set !== undefined && world.serving(set.name) > 0, 'S2, S13: a Service selects a revision that serves');
  }
}

/** The last pods of a revision go: no Service selects them any more, and none that selects others is left without endpoints. */
function checkLastPod(observed: Observed, hash = ''): void {
  for (const service of observed.services.values()) {
    const selected = service?.selector[POD_TEMPLATE_HASH];
    assert.notEqual(selected, hash, 'S4, S5: traffic leaves before the last pod');
    if (service === undefined || selected === undefined) continue;
    const { [hash]: own = 0, ...others } = service.readyByHash;
    const followed = own === 0 || Object.values(others).some((ready) => ready > 0);
    assert.ok(followed, 'S5: endpoints follow the selector before the last pod goes');
  }
}

function checkScaling(world: World, observed: Observed, plan: Decided): void {
  const canary = world.spec.strategy.canary;
  const limits = limitsOf(world.spec.replicas, canary?.maxSurge, canary?.maxUnavailable);
  const available = new Map(observed.replicaSets.map((set) => [set.name, world.serving(set.name)]));
  for (const action of plan.actions) {
    if (action.type !== 'scaleReplicaSet') continue;
    const set = observed.replicaSets.find((one) => one.name === action.target.name);
    assert.ok(set !== undefined);
    const held = plan.status.abort === true && set.hash === plan.status.currentPodHash && set.hash !== plan.status.stableRS;
    assert.ok(action.to < action.from || !held, 'S11: an aborted revision never grows');
    const had = world.serving(set.name);
    const lost = Math.max(0, had - action.to);
    available.set(set.name, had - lost);
    const serving = [...available.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(lost === 0 || serving >= limits.replicas - limits.unavailable, `S3: ${serving} serve after ${action.why}`);
    if (action.to > 0 || lost === 0 || limits.replicas === 0 || limits.replicas + limits.surge <= 1) continue;
    checkLastPod(observed, set.hash);
  }
}

function checkSteps(before: RolloutStatus | undefined, plan: Decided): void {
  const { status } = plan;
  if (before?.currentPodHash !== status.currentPodHash || before?.currentStepHash !== status.currentStepHash) return;
  const moved = (status.currentStepIndex ?? 0) - (before?.currentStepIndex ?? 0);
  const asked = before?.lastHandledRequest !== status.lastHandledRequest && status.requestOutcome?.outcome === 'Executed';
  assert.ok(moved <= 1 || asked, 'S6: one step a pass');
}

/** What must hold for every single decision. */
function judge(world: World): Decided {
  const before = world.status;
  const { observed, plan } = decideTwice(world);
  assertOneWriteEach(plan);
  checkServices(world, observed, plan);
  checkScaling(world, observed, plan);
  checkSteps(before, plan);
  assertIntentIsOfABreach(world, observed, plan);
  const { canary } = plan.status;
  if (canary?.weights !== undefined) assert.equal(canary.weights.canary.weight + canary.weights.stable.weight, 100, 'S1');
  return plan;
}

function selectorsExist(world: World): void {
  for (const service of world.services.values()) {
    const hash = service.selector[POD_TEMPLATE_HASH];
    if (hash !== undefined)
      assert.ok(
        [...world.sets.values()].some((set) => set.view.hash === hash),
        'S13: the selected ReplicaSet exists',
      );
  }
}

/** Random canaries by replica counts: every promise at every decision, and rest when things calm down. */
export const canaryProperty = fc.property(scenario, (given) => {
  const world = build(given);
  decideEveryPass(world, judge);
  for (const [index, event] of given.happenings.entries()) {
    happen(world, event, index + 1);
    world.tick();
    selectorsExist(world);
  }
  world.broken.clear();
  world.countLate(false);
  world.endpointsLate(false);
  assertCanaryRests(comeToRest(world, 40, selectorsExist));
});
