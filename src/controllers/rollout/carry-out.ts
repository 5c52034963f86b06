import { ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Instant, millis } from '../../api/time.ts';
import type { Action, Plan } from '../../core/plan/plan.ts';
import { isUrgent } from '../../core/rollout/is-urgent.ts';
import { earliest } from '../../core/time/instants.ts';
import type { EventRecorder } from '../../kube/events.ts';
import type { Routing } from '../../observe/routing.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError, SluiceError } from '../../ports/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { LazyWrites } from '../runtime/lazy-writes.ts';
import type { OwnWrites } from '../runtime/own-writes.ts';
import type { ReconcileResult } from '../runtime/reconciler.ts';
import { writeStatus } from '../runtime/write-status.ts';
import { executeAction } from './execute-plan.ts';
import { type ExecutionContext, executionContext, type Written } from './guarded-writes.ts';
import { refuseStaleRevision } from './refuse-stale-revision.ts';
import type { Restarts } from './restarts.ts';
import type { WriteRefusals } from './write-refusals.ts';
import { writeRoutes } from './write-routes.ts';

/** What carrying a plan out needs, memories included. */
export interface CarryOutDeps {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly ownWrites: OwnWrites;
  readonly lazy: LazyWrites;
  readonly refusals: WriteRefusals;
  readonly restarts: Restarts;
}

/** Does what the plan says: its effects in order, the evictions last of them, then the status and the Events. */
export async function carryOut(
  key: string,
  raw: KubeObject,
  before: RolloutStatus | undefined,
  plan: Plan<RolloutStatus>,
  routing: Routing,
  deps: CarryOutDeps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const live = await executeActions(key, raw, before, plan, routing, deps, signal).catch((error: unknown) => {
    if (!deps.refusals.remembers(error)) throw error;
    return error;
  });
  // What was done before the refusal is there; the rest is decided anew, at once.
  if (live instanceof SluiceError) {
    deps.log.warn('a write was refused', { key, error: live.message });
    return { requeueAt: deps.clock.now() };
  }
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
  deps: CarryOutDeps,
  signal: AbortSignal,
): Promise<boolean> {
  for (const action of plan.actions) {
    if (action.type === 'evictPod' && !(await deps.restarts.evict(key, action, contextOf(raw, deps, signal)))) return false;
  }
  return true;
}

function contextOf(raw: KubeObject, deps: CarryOutDeps, signal: AbortSignal): ExecutionContext {
  const { apiVersion, kind, metadata } = raw;
  return executionContext({
    cluster: deps.cluster,
    namespace: metadata.namespace ?? '',
    signal,
    owner: { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true },
  });
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

/** The Rollout as it is after the actions: one of them may have written its finalizers, or let it go. */
async function executeActions(
  key: string,
  raw: KubeObject,
  before: RolloutStatus | undefined,
  plan: Plan<RolloutStatus>,
  routing: Routing,
  deps: CarryOutDeps,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const context = contextOf(raw, deps, signal);
  const { namespace } = context;
  let live: KubeObject | undefined = raw;
  const wrote = (written: Written): void => {
    if (written.type === 'nothing') return;
    if (written.type === 'written') deps.ownWrites.wrote(key, written.kind, written.object);
    else deps.ownWrites.removed(key, written.kind, { namespace, name: written.target.name, uid: written.target.uid });
    if (written.kind === ROLLOUT) live = written.type === 'written' ? written.object : undefined;
  };
  await refuseStaleRevision(plan, raw, before, context);
  for (const action of plan.actions) {
    if (action.type === 'evictPod') continue;
    await tryWrite(key, action, deps, async () => {
      if (action.type !== 'routeTraffic' && action.type !== 'releaseTraffic') wrote(await executeAction(action, context));
      else await writeRoutes(action, routing, context, wrote);
    });
  }
  return live;
}

/** Remembers what is refused. A route that refuses to be given back is its owner's to mend; the Rollout goes all the same (F13). */
async function tryWrite(key: string, action: Action, deps: CarryOutDeps, write: () => Promise<void>): Promise<void> {
  try {
    await write();
    deps.refusals.succeeded(key, action);
  } catch (error) {
    deps.refusals.failed(key, action, error, deps.clock.now());
    const refused = isSluiceError(error, 'spec_invalid') || isSluiceError(error, 'forbidden');
    if (action.type !== 'releaseTraffic' || !refused) throw error;
    deps.log.warn('a route could not be given back', { key, router: action.router, error: error.message });
  }
}

/** A status decided on an older object fails with `conflict` and is decided again. */
async function saveStatus(key: string, raw: KubeObject, status: RolloutStatus, deps: CarryOutDeps, signal: AbortSignal): Promise<void> {
  const written = await writeStatus(deps.cluster, ROLLOUT, raw, status, signal);
  if (written !== undefined) deps.ownWrites.wrote(key, ROLLOUT, written);
}
