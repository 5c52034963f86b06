import type { Cached } from '../../api/cached.ts';
import { ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Instant, instant, millis } from '../../api/time.ts';
import type { ObservedConfig } from '../../core/config/observed-config.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { decideRollout } from '../../core/rollout/decide-rollout.ts';
import { decideUnreadable } from '../../core/rollout/decide-unreadable.ts';
import { holdsFinalizer } from '../../core/rollout/finalizer.ts';
import { isUrgent } from '../../core/rollout/is-urgent.ts';
import type { ObservedRollout } from '../../core/rollout/observed.ts';
import { earliest } from '../../core/time/instants.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { observeLeft } from '../../observe/observe-left.ts';
import { observeRollout } from '../../observe/observe-rollout.ts';
import type { RolloutJudges } from '../../observe/rollout-judges.ts';
import type { RolloutStores } from '../../observe/rollout-stores.ts';
import type { Routing } from '../../observe/routing.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError, SluiceError } from '../../ports/errors.ts';
import type { Log } from '../../ports/log.ts';
import { type ClockWatch, watchClock } from '../runtime/clock-watch.ts';
import { createLazyWrites, type LazyWrites } from '../runtime/lazy-writes.ts';
import type { OwnWrites } from '../runtime/own-writes.ts';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler.ts';
import { writeStatus } from '../runtime/write-status.ts';
import { isRefusedCopy } from './execute-config.ts';
import { executeAction } from './execute-plan.ts';
import type { ExecutionContext, Written } from './guarded-writes.ts';
import { refuseStaleRevision } from './refuse-stale-revision.ts';
import { createRestarts, type Restarts } from './restarts.ts';
import { createRouteRefusals, type RouteRefusals, withRouteRefusal } from './route-refusals.ts';
import { type RoutingDeps, routingOf } from './routing.ts';
import { type RouteAction, writeRoutes } from './write-routes.ts';

export interface RolloutReconcilerDeps {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly stores: RolloutStores;
  readonly judges: RolloutJudges;
  readonly routing: RoutingDeps;
  readonly ownWrites: OwnWrites;
}

/** Of a Rollout that cannot be read. */
const NO_ROUTING: Routing = {
  uses: [],
  objects: { get: () => undefined, availability: () => 'Syncing' },
  firstLook: false,
};

/** Reconciles Rollouts: observe through caches, `decideRollout`, execute the plan in order, write the status. */
export function createRolloutReconciler(deps: RolloutReconcilerDeps): Reconciler {
  const watch = watchClock(deps.clock);
  const refusals: Refusals = new Map();
  const lazy = createLazyWrites(deps.clock);
  const routeRefusals = createRouteRefusals();
  const restarts = createRestarts(deps.cluster, deps.clock);
  return {
    name: 'rollout',
    reconcile: async (key, signal) => {
      const cached = deps.stores.rollouts.get(key);
      if (cached === undefined) {
        refusals.delete(key);
        routeRefusals.forget(key);
        restarts.forget(key);
        lazy.settled(key);
      }
      if (cached === undefined || deps.ownWrites.isParked(key)) return {};
      const { metadata } = cached.raw;
      if (metadata.deletionTimestamp !== undefined && !holdsFinalizer(metadata)) return {};
      return reconcileRollout(key, cached, { ...deps, watch, lazy, refusals, routeRefusals, restarts }, signal);
    },
  };
}

/** Its caches are filled within moments, and their changes wake the Rollout; this is for an object that is not there. */
const SYNCING_WAIT = 500;

/** Copies of configuration that the API server refused, by Rollout: remembered, so that status can say it and the next pass does something else. */
type Refusals = Map<string, NonNullable<ObservedConfig['refused']>>;

interface ReconcileDeps extends RolloutReconcilerDeps {
  readonly watch: ClockWatch;
  readonly lazy: LazyWrites;
  readonly refusals: Refusals;
  readonly restarts: Restarts;
  readonly routeRefusals: RouteRefusals;
}

/** How long a refused copy is not tried again. */
const REFUSAL = millis(30_000);

/** For moments only: what does not answer soon is unreadable. */
function isLoading(config: ObservedConfig | undefined): boolean {
  return config?.configMaps.state === 'Loading' || config?.secrets.state === 'Loading';
}

function withRefusal(observed: ObservedRollout, refused: ObservedConfig['refused']): ObservedRollout {
  return observed.config === undefined || refused === undefined ? observed : { ...observed, config: { ...observed.config, refused } };
}

/** What was done before the refusal is there; the rest is decided anew, at once. */
function noteRefusal(key: string, error: SluiceError, deps: ReconcileDeps): ReconcileResult {
  const now = deps.clock.now();
  const isCopy: boolean = isRefusedCopy(error);
  deps.log.warn(isCopy ? 'a copy of the configuration was refused' : 'a route was refused', { key, error: error.message });
  if (isCopy) deps.refusals.set(key, { message: error.message, until: instant(now + REFUSAL) });
  return { requeueAt: now };
}

async function reconcileRollout(key: string, cached: Cached<Rollout>, deps: ReconcileDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const clockJumpedAt = deps.watch.jumpedAt();
  const now = deps.clock.now();
  const { parsed, raw } = cached;
  const routing = parsed.ok ? routingOf(parsed.value, deps.routing) : NO_ROUTING;
  // Woken as soon as the kind of a route is read, or cannot be.
  if (routing.firstLook) return {};
  const cachedView = parsed.ok
    ? withRefusal(observeRollout(parsed.value, deps.stores, deps.judges, routing), deps.refusals.get(key))
    : undefined;
  // Nothing is awaited unless a restart is due: what was read from the caches is decided on at once.
  const restart = deps.restarts.isDue(key, cachedView, now) ? await deps.restarts.observe(key, cachedView, now, signal) : undefined;
  const observed = cachedView === undefined ? undefined : { ...cachedView, clockJumpedAt, restart };
  const left = observed ?? observeLeft(raw, deps.stores);
  // A workload that is not known yet is not missing.
  if (left.workload?.state === 'Syncing' || isLoading(observed?.config)) return { requeueAt: instant(now + SYNCING_WAIT) };
  const plan: Plan<RolloutStatus> =
    observed === undefined
      ? decideUnreadable(raw, parsed.ok ? [] : parsed.problems, left, now)
      : decideReadable(key, observed, now, deps.routeRefusals);
  logPlan(plan, raw, deps.log);
  const before = parsed.ok ? parsed.value.status : undefined;
  return carryOut(key, raw, before, plan, routing, deps, signal);
}

/** Does what the plan says: its effects in order, the evictions last of them, then the status and the Events. */
async function carryOut(
  key: string,
  raw: KubeObject,
  before: RolloutStatus | undefined,
  plan: Plan<RolloutStatus>,
  routing: Routing,
  deps: ReconcileDeps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const live = await executeActions(key, raw, plan, routing, deps, signal).catch((error: unknown) => {
    if (!isRefusedCopy(error) && !deps.routeRefusals.remembers(error)) throw error;
    return error;
  });
  if (live instanceof SluiceError) return noteRefusal(key, live, deps);
  if (live === undefined) return {};
  // A refused eviction is told at once.
  const requeueAt = evicts(plan) && !(await evictPods(key, raw, plan, deps, signal)) ? deps.clock.now() : plan.requeueAt;
  const later = writesLater(key, before, plan, deps.lazy);
  if (later !== undefined) return { requeueAt: earliest(requeueAt, later) };
  await saveStatus(key, live, plan.status, deps, signal);
  for (const event of plan.events) await deps.events.emit(raw, event);
  return { requeueAt };
}

function evicts(plan: Plan<RolloutStatus>): boolean {
  return plan.actions.some((action) => action.type === 'evictPod');
}

/** Evictions come last and in order; the first that is refused ends them. Whether none was. */
async function evictPods(
  key: string,
  raw: KubeObject,
  plan: Plan<RolloutStatus>,
  deps: ReconcileDeps,
  signal: AbortSignal,
): Promise<boolean> {
  for (const action of plan.actions) {
    if (action.type === 'evictPod' && !(await deps.restarts.evict(key, action, executionContext(raw, deps, signal)))) return false;
  }
  return true;
}

function executionContext(raw: KubeObject, deps: RolloutReconcilerDeps, signal: AbortSignal): ExecutionContext {
  const { apiVersion, kind, metadata } = raw;
  return {
    cluster: deps.cluster,
    namespace: metadata.namespace ?? '',
    signal,
    owner: { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true },
  };
}

/** How long numbers of pods may be gathered: while a release moves the next write is near, and when it stands still these may be the last ones. */
const GATHER = { moving: millis(3000), still: millis(500) };

/** When the status is written, if that may wait for the next change; undefined when it is written now, or is there already. */
function writesLater(key: string, before: RolloutStatus | undefined, plan: Plan<RolloutStatus>, lazy: LazyWrites): Instant | undefined {
  const gather = plan.status.phase === 'Progressing' ? GATHER.moving : GATHER.still;
  const mayWait = plan.status !== before && plan.events.length === 0 && !isUrgent(before, plan.status);
  const later = mayWait ? lazy.postponed(key, gather) : undefined;
  if (later === undefined) lazy.settled(key);
  return later;
}

/** As `decideRollout`; a write of routes that was refused a moment ago is decided on as a route that cannot be written, until it is tried again. */
function decideReadable(key: string, observed: ObservedRollout, now: Instant, refusals: RouteRefusals): Plan<RolloutStatus> {
  const plan = decideRollout(observed, now);
  const refusal = refusals.met(key, plan.actions, now);
  if (refusal === undefined) return plan;
  const without = decideRollout({ ...observed, traffic: withRouteRefusal(observed.traffic, refusal) }, now);
  return { ...without, requeueAt: instant(Math.min(refusal.until, without.requeueAt ?? refusal.until)) };
}

/** The Rollout as it is after the actions: one of them may have written its finalizers, or let it go. */
async function executeActions(
  key: string,
  raw: KubeObject,
  plan: Plan<RolloutStatus>,
  routing: Routing,
  deps: ReconcileDeps,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const context = executionContext(raw, deps, signal);
  const { namespace } = context;
  let live: KubeObject | undefined = raw;
  const wrote = (written: Written): void => {
    if (written.type === 'nothing') return;
    if (written.type === 'written') deps.ownWrites.wrote(key, written.kind, written.object);
    else deps.ownWrites.removed(key, written.kind, { namespace, name: written.target.name, uid: written.target.uid });
    if (written.kind === ROLLOUT) live = written.type === 'written' ? written.object : undefined;
  };
  await refuseStaleRevision(plan, raw, context);
  for (const action of plan.actions) {
    if (action.type === 'evictPod') continue;
    if (action.type !== 'routeTraffic' && action.type !== 'releaseTraffic') wrote(await executeAction(action, context));
    else await tryRoutes(key, action, () => writeRoutes(action, routing, context, wrote), deps);
  }
  return live;
}

async function tryRoutes(key: string, action: RouteAction, write: () => Promise<void>, deps: ReconcileDeps): Promise<void> {
  try {
    await write();
    deps.routeRefusals.forget(key);
  } catch (error) {
    if (action.type === 'routeTraffic') deps.routeRefusals.failed(key, action, error, deps.clock.now());
    // A route that refuses to be given back is its owner's to mend; the Rollout goes all the same (F13).
    const refused = isSluiceError(error, 'spec_invalid') || isSluiceError(error, 'forbidden');
    if (action.type === 'routeTraffic' || !refused) throw error;
    deps.log.warn('a route could not be given back', { key, router: action.router, error: error.message });
  }
}

/** A status decided on an older object fails with `conflict` and is decided again. */
async function saveStatus(
  key: string,
  raw: KubeObject,
  status: RolloutStatus,
  deps: RolloutReconcilerDeps,
  signal: AbortSignal,
): Promise<void> {
  const written = await writeStatus(deps.cluster, ROLLOUT, raw, status, signal);
  if (written !== undefined) deps.ownWrites.wrote(key, ROLLOUT, written);
}

function logPlan(plan: Plan<RolloutStatus>, raw: KubeObject, log: Log): void {
  const about = { namespace: raw.metadata.namespace, name: raw.metadata.name, generation: raw.metadata.generation };
  for (const action of plan.actions) log.info(action.why, { ...about, action: action.type });
  if (plan.explain.length > 0) log.debug('decided', { ...about, explain: plan.explain });
}
