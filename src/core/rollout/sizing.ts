import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Context, underTest } from './context.ts';
import { enoughOf } from './enough-of.ts';
import type { ObservedReplicaSet } from './observed.ts';
import type { Count, Sizing } from './replicas.ts';
import { surgeOf, withSurge } from './restart/restart-surge.ts';
import { desiredTarget } from './weight.ts';

const NONE: Count = { spec: 0, available: 0 };

/** Counts of a ReplicaSet; a report that lags never shows more than was asked for. */
export function countOf(set: ObservedReplicaSet | undefined): Count {
  return set === undefined ? NONE : { spec: set.specReplicas, available: Math.min(set.specReplicas, set.availableReplicas) };
}

function sum(sets: readonly ObservedReplicaSet[]): Count {
  return sets.map(countOf).reduce((left, right) => ({ spec: left.spec + right.spec, available: left.available + right.available }), NONE);
}

/** The sizes as they are beside the sizes that are wanted; the live template's side is `canary`, also when it is stable. */
export function sizingOf(context: Context, status: RolloutStatus): Sizing {
  const separate = underTest(context, status) ? context.stable : undefined;
  return {
    limits: context.limits,
    target: withSurge(context, status, desiredTarget(context, status)),
    canary: countOf(context.current),
    stable: countOf(separate),
    older: sum(context.older),
  };
}

/**
 * Whether the pods are where the weight wants them: the revision under test serves with its number, stable was asked for its number, and no older pod
 * serves; older pods that may not leave because stable is broken do not count, so that a broken stable never blocks the fix.
 */
export function atTarget(context: Context, status: RolloutStatus): boolean {
  const { target, canary, stable, older, limits } = sizingOf(context, status);
  if (context.current !== undefined && !context.current.statusCurrent) return false;
  // Pods that a restart adds are none of the weight's.
  const wanted = target.canary - surgeOf(status, context.hash);
  const reached = canary.spec === target.canary && canary.available >= enoughOf(context, wanted);
  if (context.traffic !== undefined) return reached && (context.canary.dynamicStableScale === true || stable.spec === target.stable);
  const serving = canary.available + stable.available + older.available;
  const olderHeld = older.spec > 0 && stable.available < stable.spec && serving <= limits.replicas - limits.unavailable;
  return reached && (olderHeld ? stable.spec <= target.stable : stable.spec === target.stable && older.available === 0);
}
