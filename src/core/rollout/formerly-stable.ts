import { STABLE_UNTIL } from '../../api/labels.ts';
import type { RolloutStatus, StableRevision } from '../../api/rollout-status.ts';
import { formatInstant, parseInstant } from '../../api/time.ts';
import type { Context } from './context.ts';
import { type Draft, patch } from './draft.ts';
import type { ObservedReplicaSet } from './observed.ts';
import { ordinalOf } from './ordinal.ts';

/** The schema's bound: the oldest entry leaves first. */
const MOST_ENTRIES = 20;

/** Remembers until when the revision was stable that another one replaced; entries without a ReplicaSet go. */
export function recordFormerlyStable(context: Context, draft: Draft): Draft {
  const { stableHash, stable, now } = context;
  if (stableHash === undefined || draft.status.stableRS === stableHash) return draft;
  const kept = (draft.status.formerlyStable ?? []).filter(
    (entry) =>
      entry.podTemplateHash !== stableHash &&
      entry.podTemplateHash !== draft.status.stableRS &&
      context.observed.replicaSets.some((set) => set.hash === entry.podTemplateHash),
  );
  const entry: StableRevision = {
    podTemplateHash: stableHash,
    revision: stable === undefined ? 0 : ordinalOf(stable),
    until: formatInstant(now),
  };
  return patch(draft, { formerlyStable: [...kept, entry].slice(-MOST_ENTRIES) });
}

/** What the ReplicaSets still say when status was lost; undefined when they say nothing. */
export function recoverFormerlyStable(context: Context): readonly StableRevision[] | undefined {
  const entries = context.observed.replicaSets
    .filter((set) => set.owned && set.hash !== context.stableHash)
    .flatMap((set): StableRevision[] => {
      const until = parseInstant(set.annotations[STABLE_UNTIL]);
      return until === undefined || set.hash === undefined
        ? []
        : [{ podTemplateHash: set.hash, revision: ordinalOf(set), until: formatInstant(until) }];
    })
    .sort((left, right) => (left.until < right.until ? -1 : 1));
  return entries.length === 0 ? undefined : entries.slice(-MOST_ENTRIES);
}

/**
 * The mark to put on a ReplicaSet that is scaled down anyway: it is stable until now at least, or was until the recorded time. It costs no write of its own
 * and is at most as old as the last change of the size.
 */
export function stableMark(context: Context, status: RolloutStatus, set: ObservedReplicaSet): Readonly<Record<string, string>> | undefined {
  const until =
    set.hash === context.stableHash
      ? formatInstant(context.now)
      : status.formerlyStable?.find((entry) => entry.podTemplateHash === set.hash)?.until;
  return until === undefined || set.annotations[STABLE_UNTIL] === until ? undefined : { [STABLE_UNTIL]: until };
}
