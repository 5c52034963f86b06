import { parseInstant } from '../../../api/time.ts';
import { type Context, underTest } from '../context.ts';
import { createCurrent } from '../create-current.ts';
import { type Draft, say } from '../draft.ts';
import type { ObservedReplicaSet } from '../observed.ts';
import { withSurge } from '../restart/restart-surge.ts';
import { scaleSet } from '../scale-set.ts';
import { selectedHash } from '../selected-hash.ts';
import { countOf } from '../sizing.ts';
import { maxWeightOf, podsFor, serviceOf } from './reach.ts';
import { routedTarget } from './routed-target.ts';
import { planDeadlines } from './scale-down.ts';

function scale(context: Context, draft: Draft, set: ObservedReplicaSet | undefined, to: number, why: string): Draft {
  if (set === undefined || !set.owned || set.specReplicas === to) return draft;
  return scaleSet(context, draft, set, to, why);
}

/** The most of the traffic that may still reach this revision, of `maxTrafficWeight`, by the sides that select it, as Service or as subset. Nothing known means all of it. */
function mostReaching(context: Context, draft: Draft, set: ObservedReplicaSet): number {
  const { traffic } = context;
  // At size 0 nobody is to serve.
  if (context.limits.replicas === 0) return 0;
  const max = maxWeightOf(context);
  if (traffic?.weight === undefined) return max;
  const selects = (side: 'stable' | 'canary'): boolean => {
    const service = serviceOf(context, draft.status, side);
    return (
      traffic.subsets?.[side] === set.hash ||
      (service !== undefined && (selectedHash(service) === set.hash || (service.readyByHash[set.hash ?? ''] ?? 0) > 0))
    );
  };
  return Math.min(max, (selects('stable') ? max - traffic.low : 0) + (selects('canary') ? traffic.high : 0));
}

/** A ReplicaSet never shrinks while nothing is known of the traffic; it grows at any time. */
function resize(context: Context, draft: Draft, set: ObservedReplicaSet | undefined, wanted: number, why: string): Draft {
  if (set === undefined) return draft;
  if (wanted < set.specReplicas && context.traffic?.weight === undefined) {
    return say(draft, `ReplicaSet ${set.name} keeps its ${set.specReplicas} pods while the routes cannot be read`);
  }
  return scale(context, draft, set, wanted, why);
}

/** What serves without this former revision is less than may be missing: its pods are the fast way back (S3). */
function isLastResort(context: Context, set: ObservedReplicaSet): boolean {
  const { replicas, unavailable } = context.limits;
  const serving = context.observed.replicaSets.reduce((sum, one) => sum + (one === set ? 0 : countOf(one).available), 0);
  return countOf(set).available > 0 && serving < replicas - unavailable;
}

/** A former revision keeps its pods, or with dynamicStableScale those of its share: what it has too many of may be the room that stable needs. */
function keepShare(context: Context, draft: Draft, set: ObservedReplicaSet, share: number): Draft {
  const pods = Math.max(1, podsFor(context, share));
  if (context.canary.dynamicStableScale === true && pods < set.specReplicas)
    return scale(context, draft, set, pods, `at most weight ${share} may still reach it`);
  return say(draft, `ReplicaSet ${set.name} keeps its pods: traffic may still reach them`);
}

/** Former revisions: down once no traffic can reach them and their deadline passed; beyond the revision limit without waiting for it. */
function drainOlder(context: Context, draft: Draft): Draft {
  const limit = context.canary.scaleDownDelayRevisionLimit;
  const waiting = context.older.filter((set) => set.specReplicas > 0 && draft.status.scaleDown?.[set.hash ?? ''] !== undefined);
  return context.older.reduce((next, set) => {
    if (set.specReplicas === 0) return next;
    const share = mostReaching(context, draft, set);
    if (share > 0) return keepShare(context, next, set, share);
    const deadline = parseInstant(draft.status.scaleDown?.[set.hash ?? '']);
    const over = limit !== undefined && waiting.indexOf(set) >= limit;
    if (deadline !== undefined && context.now < deadline && !over) return next;
    if (isLastResort(context, set)) return say(next, `ReplicaSet ${set.name} keeps its pods: what took over from it does not serve`);
    return scale(context, next, set, 0, over ? `more than ${limit} old revisions have pods` : 'no traffic reaches it any more');
  }, draft);
}

/**
 * Sizes with routers: nothing is bounded by maxSurge, since each side has to carry its share before it gets it; what may still be sent somewhere keeps its
 * pods there (S3, S4).
 */
export function planRoutedSizes(context: Context, draft: Draft): Draft {
  const { current, stable } = context;
  const timed = planDeadlines(context, draft);
  const target = withSurge(context, timed.status, routedTarget(context, timed.status));
  const why = underTest(context, timed.status)
    ? `${target.canary} canary and ${target.stable} stable pods wanted`
    : `${target.canary} wanted`;
  if (current === undefined && timed.status.abort !== true) return createCurrent(context, timed, target.canary);
  const separate = underTest(context, timed.status) && stable !== current;
  const grown = separate ? resize(context, timed, stable, target.stable, why) : timed;
  return drainOlder(context, resize(context, grown, current, target.canary, why));
}
