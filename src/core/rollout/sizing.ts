import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Context, underTest } from './context.ts';
import { enoughOf } from './enough-of.ts';
import { mayEmpty } from './may-empty.ts';
import type { ObservedReplicaSet } from './observed.ts';
import { type Count, growthBudget, type Sizing } from './replicas.ts';
import { surgeOf, withSurge } from './restart/restart-surge.ts';
import { formerRoutesStay } from './routed/former-routes-stay.ts';
import { desiredTarget } from './weight.ts';

const NONE: Count = { spec: 0, available: 0 };

/** Counts of a ReplicaSet. */
export function countOf(set: ObservedReplicaSet | undefined): Count {
  return set === undefined ? NONE : { spec: set.specReplicas, available: set.countable };
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
 * serves; older pods that may not leave because stable is broken, or because a Service has nobody else, do not count: a stable that cannot serve never blocks
 * the fix.
 */
export function atTarget(context: Context, status: RolloutStatus): boolean {
  const sizing = sizingOf(context, status);
  const { target, canary, stable, older } = sizing;
  if (context.current !== undefined && !context.current.statusCurrent) return false;
  // Pods that a restart adds are none of the weight's.
  const wanted = target.canary - surgeOf(status, context.hash);
  const reached = canary.spec === target.canary && canary.available >= enoughOf(context, wanted);
  const dynamic = context.canary.dynamicStableScale === true;
  if (context.traffic !== undefined || formerRoutesStay(context, status)) return reached && (dynamic || stable.spec === target.stable);
  const olderHeld = older.spec > 0 && (areNeeded(sizing) || areSelected(context, sizing));
  return reached && (olderHeld ? stable.spec <= target.stable : stable.spec === target.stable && older.available === 0);
}

/** Older pods stand in for those of a stable revision that does not come up. */
function areNeeded({ limits, canary, stable, older }: Sizing): boolean {
  const serving = canary.available + stable.available + older.available;
  return stable.available < stable.spec && serving <= limits.replicas - limits.unavailable;
}

/** A Service keeps the last older pod until stable serves, for which there is no room or which does not come up: only the new revision can relieve it. */
function areSelected(context: Context, sizing: Sizing): boolean {
  const { target, stable } = sizing;
  const waits = stable.available < target.stable && (stable.spec >= target.stable || growthBudget(sizing) <= 0);
  return waits && context.older.every((set) => set.specReplicas === 0 || (set.specReplicas === 1 && !mayEmpty(context, set)));
}
