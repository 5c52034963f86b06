import { REVISION } from '../../api/labels.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { ObservedReplicaSet } from './observed.ts';

/** The ordinal on a ReplicaSet; 0 when there is none. */
export function ordinalOf(set: ObservedReplicaSet): number {
  const value = Number.parseInt(set.annotations[REVISION] ?? '', 10);
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** The ordinal of the current revision: its own while it is the newest, else one more than any before, so that a template that returns counts anew. */
export function currentOrdinal(
  hash: string,
  current: ObservedReplicaSet | undefined,
  sets: readonly ObservedReplicaSet[],
  previous: RolloutStatus | undefined,
): number {
  const others = sets.filter((set) => set !== current).reduce((highest, set) => Math.max(highest, ordinalOf(set)), 0);
  const recorded = previous?.revision ?? 0;
  const returned = previous !== undefined && previous.currentPodHash !== hash;
  if (previous !== undefined && !returned && recorded > others) return recorded;
  const own = current === undefined ? 0 : ordinalOf(current);
  const newest = Math.max(others, recorded);
  return own > others && own >= newest ? own : newest + 1;
}
