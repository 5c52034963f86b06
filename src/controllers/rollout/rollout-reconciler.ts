import type { Cached } from '../../api/cached.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Instant, instant } from '../../api/time.ts';
import type { ObservedConfig } from '../../core/config/observed-config.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { decideRollout } from '../../core/rollout/decide-rollout.ts';
import { decideUnreadable } from '../../core/rollout/decide-unreadable.ts';
import { holdsFinalizer } from '../../core/rollout/finalizer.ts';
import type { ObservedRollout } from '../../core/rollout/observed.ts';
import { lostStable } from '../../core/rollout/stray-set.ts';
import { earliest } from '../../core/time/instants.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { observeLeft } from '../../observe/observe-left.ts';
import { observeRollout } from '../../observe/observe-rollout.ts';
import type { RolloutJudges } from '../../observe/rollout-judges.ts';
import type { RolloutStores } from '../../observe/rollout-stores.ts';
import type { Routing } from '../../observe/routing.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import { type ClockWatch, watchClock } from '../runtime/clock-watch.ts';
import { createLazyWrites } from '../runtime/lazy-writes.ts';
import type { OwnWrites } from '../runtime/own-writes.ts';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler.ts';
import { type CarryOutDeps, carryOut } from './carry-out.ts';
import { findStray } from './find-stray.ts';
import { createRestarts } from './restarts.ts';
import { type RoutingDeps, routingOf } from './routing-of.ts';
import { createWriteRefusals, type WriteRefusal, type WriteRefusals, withRefusals } from './write-refusals.ts';

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
  former: [],
  objects: { get: () => undefined, availability: () => 'Syncing' },
  firstLook: false,
};

/** Reconciles Rollouts: observe through caches, `decideRollout`, execute the plan in order, write the status. */
export function createRolloutReconciler(deps: RolloutReconcilerDeps): Reconciler {
  const watch = watchClock(deps.clock);
  const lazy = createLazyWrites(deps.clock);
  const refusals = createWriteRefusals();
  const restarts = createRestarts(deps.cluster, deps.clock);
  return {
    name: 'rollout',
    reconcile: async (key, signal) => {
      const cached = deps.stores.rollouts.get(key);
      if (cached === undefined) {
        refusals.forget(key);
        restarts.forget(key);
        lazy.settled(key);
      }
      if (cached === undefined || deps.ownWrites.isParked(key)) return {};
      const { metadata } = cached.raw;
      if (metadata.deletionTimestamp !== undefined && !holdsFinalizer(metadata)) return {};
      return reconcileRollout(key, cached, { ...deps, watch, lazy, refusals, restarts }, signal);
    },
  };
}

/** Its caches are filled within moments, and their changes wake the Rollout; this is for an object that is not there. */
const SYNCING_WAIT = 500;

interface ReconcileDeps extends CarryOutDeps {
  readonly stores: RolloutStores;
  readonly judges: RolloutJudges;
  readonly routing: RoutingDeps;
  readonly watch: ClockWatch;
}

/** For moments only: what does not answer soon is unreadable. */
function isLoading(config: ObservedConfig | undefined): boolean {
  return config?.configMaps.state === 'Loading' || config?.secrets.state === 'Loading';
}

async function reconcileRollout(key: string, cached: Cached<Rollout>, deps: ReconcileDeps, signal: AbortSignal): Promise<ReconcileResult> {
  const clockJumpedAt = deps.watch.jumpedAt();
  const now = deps.clock.now();
  const { parsed, raw } = cached;
  const routing = parsed.ok ? routingOf(parsed.value, deps.routing) : NO_ROUTING;
  // Woken as soon as the kind of a route is read, or cannot be.
  if (routing.firstLook) return {};
  const cachedView = parsed.ok ? observeRollout(parsed.value, deps.stores, deps.judges, routing) : undefined;
  // Nothing is awaited unless a restart is due, or the stable ReplicaSet is missing: what was read from the caches is decided on at once.
  const restart = deps.restarts.isDue(key, cachedView, now) ? await deps.restarts.observe(key, cachedView, now, signal) : undefined;
  const lost = cachedView === undefined ? undefined : lostStable(cachedView);
  const stray = lost === undefined ? undefined : await findStray(lost, raw.metadata, deps.cluster, signal);
  const observed = cachedView === undefined ? undefined : { ...cachedView, clockJumpedAt, restart, stray };
  const left = observed ?? observeLeft(raw, deps.stores);
  // A workload that is not known yet is not missing.
  if (left.workload?.state === 'Syncing' || isLoading(observed?.config)) return { requeueAt: instant(now + SYNCING_WAIT) };
  const plan: Plan<RolloutStatus> =
    observed === undefined
      ? decideUnreadable(raw, parsed.ok ? [] : parsed.problems, left, now)
      : decideReadable(key, observed, now, deps.refusals);
  logPlan(plan, raw, deps.log);
  const before = parsed.ok ? parsed.value.status : undefined;
  return carryOut(key, raw, before, plan, routing, deps, signal);
}

/** As `decideRollout`, without the writes that were refused a moment ago: what is decided in their place may meet others of them. */
function decideReadable(key: string, observed: ObservedRollout, now: Instant, refusals: WriteRefusals): Plan<RolloutStatus> {
  const known: WriteRefusal[] = [];
  for (;;) {
    const plan = decideRollout(withRefusals(observed, known), now);
    const met = refusals.met(key, plan.actions, now).filter((refusal) => !known.includes(refusal));
    if (met.length === 0) return known.reduce((next, { until }) => ({ ...next, requeueAt: earliest(next.requeueAt, until) }), plan);
    known.push(...met);
  }
}

function logPlan(plan: Plan<RolloutStatus>, raw: KubeObject, log: Log): void {
  const about = { namespace: raw.metadata.namespace, name: raw.metadata.name, generation: raw.metadata.generation };
  for (const action of plan.actions) log.info(action.why, { ...about, action: action.type });
  if (plan.explain.length > 0) log.debug('decided', { ...about, explain: plan.explain });
}
