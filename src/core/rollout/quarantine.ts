import { QUARANTINED } from '../../api/labels.ts';
import type { QuarantineEntry, RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import type { Context } from './context.ts';
import { ordinalOf } from './ordinal.ts';

/** The schema's bound: the oldest entry leaves first. */
const MOST_ENTRIES = 20;

/** The entry that keeps this revision from being rolled out by itself. */
export function quarantineEntry(status: RolloutStatus, hash: string): QuarantineEntry | undefined {
  return status.quarantine?.find((entry) => entry.podTemplateHash === hash);
}

/** The list with this revision on it; an entry that is there already keeps its place and its cause. */
export function quarantined(context: Context, status: RolloutStatus, cause: string): readonly QuarantineEntry[] {
  const list = status.quarantine ?? [];
  if (quarantineEntry(status, context.hash) !== undefined) return list;
  const entry = { podTemplateHash: context.hash, revision: context.ordinal, at: formatInstant(context.now), cause };
  return [...list, entry].slice(-MOST_ENTRIES);
}

/** The list without this revision; undefined when it is empty then. */
export function lifted(status: RolloutStatus, hash: string): readonly QuarantineEntry[] | undefined {
  const rest = (status.quarantine ?? []).filter((entry) => entry.podTemplateHash !== hash);
  return rest.length === 0 ? undefined : rest;
}

/** What the ReplicaSets still say when status was lost; undefined when none is marked. */
export function recoverQuarantine(context: Context): readonly QuarantineEntry[] | undefined {
  const entries = context.observed.replicaSets
    .filter((set) => set.owned && set.hash !== undefined && set.annotations[QUARANTINED] !== undefined && set.hash !== context.stableHash)
    .map((set) => ({
      podTemplateHash: set.hash ?? '',
      revision: ordinalOf(set),
      at: (set.annotations[QUARANTINED] ?? '').slice(0, 64),
      cause: 'breached before; its ReplicaSet carries the mark',
    }));
  return entries.length === 0 ? undefined : entries.slice(-MOST_ENTRIES);
}
