import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { formatInstant, type Instant } from '../../../api/time.ts';
import type { Action } from '../../plan/plan.ts';
import { seen } from '../../plan/seen.ts';
import { after, earliest } from '../../time/instants.ts';
import type { Context } from '../context.ts';
import { act, type Draft, patch, say, wake } from '../draft.ts';
import type { ObservedPod, ObservedReplicaSet } from '../observed.ts';
import { dueRestart, nextRestart, type WantedRestart } from './due-restart.ts';
import { LOOK_AGAIN } from './pods-wanted.ts';
import { type RestartSide, type RestartSides, restartSides } from './restart-sides.ts';

/** Evictions of one pass: what follows belongs to the next one. */
const MOST_EVICTIONS = 50;

type RestartRecord = NonNullable<RolloutStatus['restart']>;

function podsOf(context: Context, set: ObservedReplicaSet): readonly ObservedPod[] {
  return (context.observed.restart?.pods ?? []).filter((pod) => pod.ownerUid === set.uid && !pod.deleting);
}

function oldPods(context: Context, set: ObservedReplicaSet, restart: WantedRestart): readonly ObservedPod[] {
  return podsOf(context, set).filter((pod) => pod.createdAt < restart.at);
}

/** Serves, and has for `minReadySeconds`. */
function isAvailable(context: Context, pod: ObservedPod): boolean {
  const seconds = context.rollout.spec.minReadySeconds ?? 0;
  return pod.readySince !== undefined && (seconds === 0 || pod.readySince + seconds * 1000 <= context.now);
}

function availableOf(context: Context, set: ObservedReplicaSet): number {
  return podsOf(context, set).filter((pod) => isAvailable(context, pod)).length;
}

/** Of all revisions together, by the pods as they are now. */
function availableOfAll(context: Context): number {
  return context.observed.replicaSets.filter((set) => set.owned).reduce((sum, set) => sum + availableOf(context, set), 0);
}

/** Nothing but more pods makes room: at full size none could go, or a disruption budget says no for a while. */
function needsSurge(context: Context, { floor, sides }: RestartSides, side: RestartSide): boolean {
  const size = sides.reduce((sum, one) => sum + one.size, 0);
  const refused = context.observed.restart?.refused;
  return size <= floor || side.size <= side.floor || (refused !== undefined && context.now >= after(refused.since, LOOK_AGAIN));
}

function surgeFor(context: Context, status: RolloutStatus, sides: RestartSides, side: RestartSide): number {
  const before = status.restart?.podTemplateHash === side.set.hash ? (status.restart?.surge ?? 0) : 0;
  // Once there, the surge stays until the side is done: pods that come and go make no progress.
  return before > 0 || needsSurge(context, sides, side) ? side.surge : 0;
}

function withRecord(draft: Draft, record: Omit<RestartRecord, 'requestedAt'>): Draft {
  const requestedAt = draft.status.restart?.requestedAt;
  return patch(draft, { restart: { ...(requestedAt === undefined ? {} : { requestedAt }), ...record } });
}

function finished(context: Context, draft: Draft, restart: WantedRestart): Draft {
  const next = nextRestart(context.rollout, draft.status, context.now);
  const kept = next !== undefined && draft.status.restart?.requestedAt === next.text ? { requestedAt: next.text } : undefined;
  return say(patch(draft, { restartedAt: restart.text, restart: kept }), `every pod was created after ${restart.text}: restarted`);
}

/** At the latest after {@link LOOK_AGAIN}, and when a refusal is that old: more pods are allowed then. */
function nextLook({ now, observed }: Context): Instant {
  const refused = observed.restart?.refused;
  const grown = refused === undefined ? now : after(refused.since, LOOK_AGAIN);
  return grown > now ? grown : after(now, LOOK_AGAIN);
}

/** Whose turn it is: the first side that still has old pods. The sizes follow what is recorded here. */
export function planRestart(context: Context, draft: Draft): Draft {
  const next = nextRestart(context.rollout, draft.status, context.now);
  const waiting = next === undefined ? draft : wake(draft, next.at);
  const restart = dueRestart(context.rollout, draft.status, context.now);
  if (restart === undefined || context.previous === undefined) return waiting;
  const observed = context.observed.restart;
  const again = wake(waiting, nextLook(context));
  if (observed?.problem !== undefined) return say(again, `the restart waits: ${observed.problem}`);
  if (observed?.pods === undefined) return again;
  const sides = restartSides(context, draft.status);
  const side = sides.sides.find((one) => oldPods(context, one.set, restart).length > 0);
  if (side === undefined) return finished(context, waiting, restart);
  const left = oldPods(context, side.set, restart).length;
  const surge = surgeFor(context, draft.status, sides, side);
  const line = `restart of ${restart.text}: ${left} pods of ${side.set.name} are older`;
  return say(
    withRecord(again, { podTemplateHash: side.set.hash, left, ...(surge === 0 ? {} : { surge }) }),
    surge === 0 ? line : `${line}; it gets ${surge} more pods meanwhile`,
  );
}

const MOVES: ReadonlySet<Action['type']> = new Set([
  'createReplicaSet',
  'adoptReplicaSet',
  'scaleReplicaSet',
  'setServiceSelector',
  'routeTraffic',
  'scaleWorkload',
]);

/** A refusal holds until its time, or until more pods serve than did then. */
function heldUntil(context: Context, available: number): Instant | undefined {
  const refused = context.observed.restart?.refused;
  return refused !== undefined && context.now < refused.until && available <= refused.available ? refused.until : undefined;
}

function evict(draft: Draft, pods: readonly ObservedPod[], available: number, restart: WantedRestart): Draft {
  return pods.slice(0, MOST_EVICTIONS).reduce(
    (next, pod) =>
      act(next, {
        type: 'evictPod',
        target: seen(pod),
        available,
        why: `Pod ${pod.name} of ${formatInstant(pod.createdAt)} is older than ${restart.text}: evicted`,
      }),
    draft,
  );
}

/** Oldest first; pods that serve nobody before all others, since nobody misses them. */
function inOrder(context: Context, pods: readonly ObservedPod[]): readonly ObservedPod[] {
  const rank = (pod: ObservedPod): number => (isAvailable(context, pod) ? 1 : 0);
  return pods.toSorted((left, right) => rank(left) - rank(right) || left.createdAt - right.createdAt || (left.name < right.name ? -1 : 1));
}

/**
 * Evicts old pods of the side whose turn it is, last of all, and only while nothing else moves: of those that serve as many as leave both floors standing,
 * counted by the pods as they are at this moment.
 */
export function evictOldPods(context: Context, draft: Draft): Draft {
  const restart = dueRestart(context.rollout, draft.status, context.now);
  const hash = draft.status.restart?.podTemplateHash;
  if (restart === undefined || hash === undefined || context.observed.restart?.pods === undefined) return draft;
  if (draft.actions.some((action) => MOVES.has(action.type))) return draft;
  const { sides, floor } = restartSides(context, draft.status);
  const side = sides.find((one) => one.set.hash === hash);
  if (side === undefined || !side.set.statusCurrent) return draft;
  const available = availableOfAll(context);
  const held = heldUntil(context, available);
  if (held !== undefined) return wake(draft, earliest(held, draft.wakeAt) ?? held);
  const room = Math.max(0, Math.min(available - floor, availableOf(context, side.set) - side.floor));
  const ordered = inOrder(context, oldPods(context, side.set, restart));
  const serving = ordered.filter((pod) => isAvailable(context, pod));
  const idle = ordered.filter((pod) => !isAvailable(context, pod));
  return evict(draft, [...idle, ...serving.slice(0, room)], available, restart);
}
