import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { CanaryStep, CanaryStrategy } from '../../src/api/rollout.ts';
import type { RolloutStatus } from '../../src/api/rollout-status.ts';
import type { RouterName } from '../../src/api/rollout-traffic.ts';
import { millis } from '../../src/api/time.ts';
import type { Action } from '../../src/core/plan/plan.ts';
import type { ObservedRollout } from '../../src/core/rollout/observed.ts';
import { limitsOf } from '../../src/core/rollout/replicas.ts';
import type { TrafficIntent } from '../../src/ports/traffic-router.ts';
import { assertCanaryRests, comeToRest, type Decided, decideTwice } from './every-decision.ts';
import { decideEveryPass, happen, happenings } from './random-happenings.ts';
import { World } from './world.ts';

const happening = happenings({
  wait: 6,
  deploy: 3,
  scale: 2,
  request: 3,
  abort: 1,
  break: 1,
  heal: 2,
  verdict: 2,
  forget: 1,
  late: 4,
  steps: 1,
  meddle: 1,
  unmake: 1,
  slow: 1,
  hide: 1,
  crash: 3,
});

/** A router as the engine meets it: how revisions are told apart, whether it ever says that it follows, and how late it may do so, behind a weight alone sooner. Seconds. */
interface RouterProfile {
  readonly name: RouterName;
  readonly kind: 'services' | 'pingPong' | 'subsets';
  readonly silent: boolean;
  readonly settle: number;
  readonly weightSettle?: number;
}

const ROUTERS: readonly RouterProfile[] = [
  { name: 'gatewayAPI', kind: 'services', silent: false, settle: 5 },
  { name: 'gatewayAPI', kind: 'pingPong', silent: false, settle: 5 },
  { name: 'istio', kind: 'services', silent: true, settle: 10 },
  { name: 'istio', kind: 'subsets', silent: true, settle: 10 },
  { name: 'nginx', kind: 'services', silent: true, settle: 10, weightSettle: 6 },
  { name: 'traefik', kind: 'services', silent: true, settle: 5 },
  { name: 'contour', kind: 'services', silent: false, settle: 2 },
];

const step: fc.Arbitrary<CanaryStep> = fc.oneof(
  fc.constantFrom(0, 1, 5, 20, 33, 50, 99, 100).map((setWeight) => ({ setWeight })),
  fc.constantFrom('0s', '15s', '1m').map((duration) => ({ pause: { duration } })),
  fc.constant({ analysis: { templates: [{ templateName: 'slo' }] } }),
  fc.oneof(
    fc.integer({ min: 1, max: 6 }).map((replicas) => ({ setCanaryScale: { replicas } })),
    fc.constantFrom(10, 50).map((weight) => ({ setCanaryScale: { weight } })),
    fc.constant({ setCanaryScale: { matchTrafficWeight: true } }),
  ),
  fc.constantFrom(
    { setHeaderRoute: { name: 'beta', match: [{ headerName: 'x-beta', headerValue: { exact: 'yes' } }] } },
    { setHeaderRoute: { name: 'beta' } },
  ),
);

const scenario = fc.record({
  replicas: fc.integer({ min: 1, max: 12 }),
  steps: fc.array(step, { maxLength: 6 }),
  background: fc.boolean(),
  dynamic: fc.boolean(),
  router: fc.constantFrom(...ROUTERS),
  minPods: fc.constantFrom(undefined, 2),
  threshold: fc.constantFrom(undefined, 80),
  abortDelay: fc.constantFrom(undefined, 0, 10),
  delay: fc.constantFrom(undefined, 0, 45),
  revisionLimit: fc.constantFrom(undefined, 0, 1),
  maxWeight: fc.constantFrom(100, 100, 1000),
  onFailure: fc.constantFrom('Revert' as const, 'Abort' as const, 'Freeze' as const),
  window: fc.constantFrom(undefined, 1),
  happenings: fc.array(happening, { minLength: 4, maxLength: 25 }),
});

export type RoutedScenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

function strategyOf(given: RoutedScenario): CanaryStrategy {
  return {
    trafficRouting: { gatewayAPI: {}, managedRoutes: [{ name: 'beta' }], maxTrafficWeight: given.maxWeight },
    steps: given.steps.map((one) => (one.setWeight === undefined ? one : { setWeight: (one.setWeight * given.maxWeight) / 100 })),
    ...(given.dynamic ? { dynamicStableScale: true } : {}),
    ...(given.router.kind === 'services' ? { stableService: 'stable', canaryService: 'canary' } : {}),
    ...(given.router.kind === 'pingPong' ? { pingPong: { pingService: 'ping', pongService: 'pong' } } : {}),
    ...(given.background ? { analysis: { templates: [{ templateName: 'slo' }] } } : {}),
    ...(given.minPods === undefined ? {} : { minPodsPerReplicaSet: given.minPods }),
    ...(given.threshold === undefined ? {} : { replicaProgressThreshold: { type: 'Percent' as const, value: given.threshold } }),
    ...(given.abortDelay === undefined ? {} : { abortScaleDownDelaySeconds: given.abortDelay }),
    ...(given.delay === undefined || given.dynamic ? {} : { scaleDownDelaySeconds: given.delay }),
    ...(given.revisionLimit === undefined ? {} : { scaleDownDelayRevisionLimit: given.revisionLimit }),
  };
}

function build(given: RoutedScenario): World {
  const world = new World({
    replicas: given.replicas,
    rollback: { onFailure: given.onFailure },
    ...(given.window === undefined ? {} : { rollbackWindow: { revisions: given.window } }),
    strategy: { canary: strategyOf(given) },
  });
  if (world.router !== undefined) {
    world.router.name = given.router.name;
    world.router.silent = given.router.silent;
    world.router.settle = millis(given.router.settle * 1000);
    world.router.weightSettle = millis((given.router.weightSettle ?? given.router.settle) * 1000);
    if (given.router.kind === 'subsets') world.router.subsets = { stable: '', canary: '' };
  }
  return world;
}

function maxWeightOf(world: World): number {
  return world.spec.strategy.canary?.trafficRouting?.maxTrafficWeight ?? 100;
}

/** The Service of a side. */
function nameOf(world: World, observed: ObservedRollout, side: 'stable' | 'canary'): string {
  const pong = observed.rollout.status?.canary?.stablePingPong === 'pong';
  if (world.spec.strategy.canary?.pingPong === undefined) return side;
  return (side === 'stable') === pong ? 'pong' : 'ping';
}

/** What a side selects, by Service or by subset. */
function selectedBy(world: World, observed: ObservedRollout, side: 'stable' | 'canary'): string | undefined {
  if (world.router?.subsets !== undefined) return world.router.subsets[side];
  return observed.services.get(nameOf(world, observed, side))?.selector[POD_TEMPLATE_HASH];
}

/** Pods of what a side selects that traffic reaches: by Service, only those in its slices. */
function reached({ world, observed, selected }: Pick<Seen, 'world' | 'observed' | 'selected'>, side: 'stable' | 'canary'): number {
  const hash = selected[side];
  const service = world.router?.subsets === undefined ? observed.services.get(nameOf(world, observed, side)) : undefined;
  return Math.min(serving(world, hash), service === undefined ? Number.POSITIVE_INFINITY : (service.readyByHash[hash ?? ''] ?? 0));
}

function serving(world: World, hash: string | undefined): number {
  const set = world.observe().replicaSets.find((one) => one.hash === hash);
  return set === undefined ? 0 : world.serving(set.name);
}

/** What a check of one action needs to know. */
interface Seen {
  readonly world: World;
  readonly observed: ObservedRollout;
  /** The least and the most that the data plane may be sending to the canary side. */
  readonly low: number;
  readonly high: number;
  readonly selected: { readonly stable: string | undefined; readonly canary: string | undefined };
  readonly tested: string | undefined;
}

type Of<Type extends Action['type']> = Extract<Action, { type: Type }>;

function checkRoute(seen: Seen, { intent }: Of<'routeTraffic'>): void {
  const { world, selected, tested } = seen;
  const { weight, maxWeight } = intent;
  assert.ok(Number.isInteger(weight) && weight >= 0 && weight <= maxWeight, 'S1');
  const raised = weight > (world.router?.said ?? 0);
  const needed = podsFor(world, weight);
  assert.ok(!raised || reached(seen, 'canary') >= needed, `S3: weight ${weight} needs ${needed} pods`);
  assert.ok(!raised || reached(seen, 'canary') > 0, `S2: weight ${weight} without a pod`);
  checkTaken(seen, intent);
  assert.ok(!raised || selected.canary === tested, 'S5: the canary side selects the revision under test');
  const first = world.router?.subsets !== undefined && world.router.written.weight === 0;
  const meshed = !first || world.router?.selectedCanaries(world.now).every((hash) => hash === tested) === true;
  assert.ok(!raised || meshed, 'S5: the mesh has followed the subset before it gets a share (AR#4752)');
  const changed = intent.canary.hash !== selected.canary || intent.stable.hash !== selected.stable;
  const apart = world.router?.subsets === undefined || !changed || weight === world.router.written.weight;
  assert.ok(apart, 'hash and weight never change together');
}

function checkSelector({ world, observed, low, high, selected }: Seen, action: Of<'setServiceSelector'>): void {
  const hash = action.selector[POD_TEMPLATE_HASH];
  assert.ok(serving(world, hash) > 0, 'S2, S13: a Service selects a revision that serves');
  // At size 0 all pods are leaving, and nobody is to be served.
  if (world.spec.replicas === 0) return;
  const before = observed.services.get(action.target.name)?.selector[POD_TEMPLATE_HASH];
  if (before === undefined || before === hash || serving(world, before) === 0 || selected.stable === selected.canary) return;
  const canary = before === selected.canary;
  const returns = !canary && hash === observed.rollout.status?.stableRS;
  const idle = canary ? high === 0 : low === maxWeightOf(world);
  assert.ok(idle || returns, `S5: Service ${action.target.name} leaves ${before} while ${low}..${high} is served`);
}

function checkScale({ world, observed, low, high, selected }: Seen, action: Of<'scaleReplicaSet'>): void {
  const set = observed.replicaSets.find((one) => one.name === action.target.name);
  const max = maxWeightOf(world);
  const reached = (selected.canary === set?.hash && high > 0) || (selected.stable === set?.hash && low < max);
  const shares = [selected.canary === set?.hash ? high : 0, selected.stable === set?.hash ? max - low : 0];
  const had = serving(world, set?.hash);
  const needed = Math.min(had, podsFor(world, Math.max(...shares)));
  assert.ok(Math.min(had, action.to) >= needed, `S5: ${action.why} while ${low}..${high} is served, which needs ${needed} pods`);
  const empties = action.to === 0 && serving(world, set?.hash) > 0 && world.spec.replicas > 0;
  assert.ok(!empties || !reached, `S4, S5: ${action.why} while ${low}..${high} is served`);
}

/** Pods that the stable side of an intent reaches, whatever revision they are of. */
function stableReached({ world, observed, selected }: Seen, { stable }: TrafficIntent): number {
  const endpoints = Object.entries(observed.services.get(stable.service ?? '')?.readyByHash ?? { [selected.stable ?? '']: 1000 });
  return endpoints.reduce((sum, [hash, ready]) => sum + Math.min(ready, serving(world, hash)), 0);
}

/** The canary side serves, and is to lose a share; with ping-pong not because the sides swap their parts. */
function takesShare(seen: Seen, { weight, stable }: TrafficIntent): boolean {
  const { world, observed } = seen;
  const swapped = stable.service !== undefined && stable.service !== nameOf(world, observed, 'stable');
  return !swapped && weight < (world.router?.said ?? 0) && reached(seen, 'canary') > 0;
}

/** Pods for a share, unless somebody says that fewer will do. */
function podsFor(world: World, share: number): number {
  const { canary } = world.spec.strategy;
  const fewer = canary?.replicaProgressThreshold !== undefined || canary?.steps?.some((one) => one.setCanaryScale !== undefined) === true;
  return fewer ? 0 : Math.ceil((world.spec.replicas * share) / maxWeightOf(world));
}

function checkTaken(seen: Seen, intent: TrafficIntent): void {
  const { world, observed, selected, tested } = seen;
  const { replicas } = world.spec;
  if (!takesShare(seen, intent) || replicas === 0) return;
  const stable = stableReached(seen, intent);
  // A fix under test waits for no broken stable.
  const fix = selected.canary !== tested && tested !== observed.rollout.status?.stableRS;
  assert.ok(stable > 0 || fix, 'S2: what is taken from the canary side goes to one that serves');
  const { unavailable } = limitsOf(replicas, undefined, undefined);
  if (world.spec.strategy.canary?.dynamicStableScale !== true || stable === 0 || stable >= replicas - unavailable) return;
  const carried = Math.floor((stable * intent.maxWeight) / replicas);
  assert.ok(intent.maxWeight - intent.weight <= carried, `S3: ${intent.maxWeight - intent.weight} goes to ${stable} of ${replicas} pods`);
}

/** What must hold for one action, given every weight that the data plane may be serving. */
function checkAction(seen: Seen, action: Action): void {
  if (action.type === 'routeTraffic') checkRoute(seen, action);
  if (action.type === 'setServiceSelector') checkSelector(seen, action);
  if (action.type === 'scaleReplicaSet') checkScale(seen, action);
}

/** The weight of the step that this pass leaves behind by itself; 0 when it leaves none, or a person asked for it. */
function weightPassed({ world }: Seen, before: RolloutStatus, { status }: Decided): number {
  const same = before.currentPodHash === status.currentPodHash && before.currentStepHash === status.currentStepHash;
  const asked = before.lastHandledRequest !== status.lastHandledRequest || status.promoteFull === true || status.abort === true;
  const index = before.currentStepIndex ?? 0;
  if (!same || asked || status.currentPodHash === before.stableRS || status.currentStepIndex !== index + 1) return 0;
  return world.spec.replicas === 0 ? 0 : (world.spec.strategy.canary?.steps?.[index]?.setWeight ?? 0);
}

/** A weight step is passed when the revision under test has that weight, or gets it in this very pass. */
function checkWeightStep(seen: Seen, before: RolloutStatus | undefined, plan: Decided): void {
  const weight = before === undefined ? 0 : weightPassed(seen, before, plan);
  if (weight === 0) return;
  const given = plan.actions.some((action) => action.type === 'routeTraffic' && action.intent.weight === weight);
  assert.ok(given || seen.world.router?.written.weight === weight, `S6: weight ${weight} is passed and not written`);
  assert.equal(seen.selected.canary, plan.status.currentPodHash, `S6: weight ${weight} is passed, and another revision has it`);
}

function judge(world: World): Decided {
  const before = world.status;
  const { observed, plan } = decideTwice(world);
  const served = world.router?.served(world.now) ?? [];
  const selected = { stable: selectedBy(world, observed, 'stable'), canary: selectedBy(world, observed, 'canary') };
  const seen = { world, observed, selected, low: Math.min(...served), high: Math.max(...served), tested: plan.status.currentPodHash };
  for (const action of plan.actions) checkAction(seen, action);
  if (plan.status.abort === true && before?.abort === true && before.currentPodHash === plan.status.currentPodHash) {
    const raised = plan.actions.some((action) => action.type === 'routeTraffic' && action.intent.weight > (world.router?.said ?? 0));
    assert.ok(!raised, 'S11: an aborted revision gets no traffic again');
  }
  checkWeightStep(seen, before, plan);
  const weights = plan.status.canary?.weights;
  if (weights !== undefined) assert.equal(weights.canary.weight + weights.stable.weight, maxWeightOf(world), 'S1');
  return plan;
}

/** Random routed canaries: every promise at every decision, and rest when things calm down. */
export const routedProperty = fc.property(scenario, (given) => {
  const world = build(given);
  decideEveryPass(world, judge);
  for (const [index, event] of given.happenings.entries()) {
    happen(world, event, index + 1);
    world.tick();
  }
  world.broken.clear();
  world.countLate(false);
  world.endpointsLate(false);
  if (world.router !== undefined) {
    world.router.missing = undefined;
    world.router.acceptsAfter = millis(0);
  }
  assertCanaryRests(comeToRest(world, 60));
});
