import { CONFIG_HASH, QUARANTINED } from '../../api/labels.ts';
import type { QuarantineEntry, RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import { revisionLabel, templateHashOf } from '../config/revision-label.ts';
import type { Context } from './context.ts';
import { type Draft, patch } from './draft.ts';
import type { ObservedReplicaSet } from './observed.ts';
import { ordinalOf } from './ordinal.ts';
import { configHashOf } from './revision.ts';

/** The schema's bound: the oldest entry leaves first. */
const MOST_ENTRIES = 20;

/** A revision by its label and by the two parts that it consists of. */
interface RevisionKey {
  readonly hash: string;
  readonly templateHash: string;
  /** Undefined when nothing is followed, or nobody has recorded it yet. */
  readonly configHash: string | undefined;
  /** The label of both parts together; undefined without a config hash. */
  readonly label: string | undefined;
}

function keyOf(hash: string, templateHash: string, config: string | undefined): RevisionKey {
  return { hash, templateHash, configHash: config, label: config === undefined ? undefined : revisionLabel(templateHash, config) };
}

function keyOfSet(set: ObservedReplicaSet, hash: string): RevisionKey {
  return keyOf(hash, templateHashOf(set) ?? hash, set.annotations[CONFIG_HASH]);
}

/** The current revision: what its ReplicaSet was made of counts before what is live, which it may be about to adopt. */
function currentKey({ hash, current, revision }: Context): RevisionKey {
  if (current !== undefined) {
    const recorded = current.annotations[CONFIG_HASH];
    const config = recorded === undefined && revision.hold === undefined ? configHashOf(revision) : recorded;
    return keyOf(hash, templateHashOf(current) ?? hash, config);
  }
  // While the live revision waits its parts are not those of the current one.
  if (revision.hold !== undefined) return keyOf(hash, hash, undefined);
  return keyOf(hash, revision.templateHash, configHashOf(revision));
}

/**
 * The same label, or the same two parts under another label: a revision that was made before its configuration was followed keeps the label of its template
 * alone, and would get one of both when it is made again.
 */
function isEntryOf(entry: QuarantineEntry, { hash, templateHash, configHash, label }: RevisionKey): boolean {
  if (entry.podTemplateHash === hash) return true;
  if (configHash === undefined) return false;
  if (entry.podTemplateHash === templateHash) return entry.configHash === configHash;
  return entry.podTemplateHash === label;
}

/** The entry that keeps the current revision from being rolled out by itself. */
export function quarantineEntry(context: Context, status: RolloutStatus): QuarantineEntry | undefined {
  if (status.quarantine === undefined) return undefined;
  const key = currentKey(context);
  return status.quarantine.find((entry) => isEntryOf(entry, key));
}

/** The entry of the revision of this ReplicaSet. */
export function quarantineEntryOf(set: ObservedReplicaSet, status: RolloutStatus): QuarantineEntry | undefined {
  const { hash } = set;
  if (status.quarantine === undefined || hash === undefined) return undefined;
  const key = keyOfSet(set, hash);
  return status.quarantine.find((entry) => isEntryOf(entry, key));
}

/** The list with this revision on it; an entry that is there already keeps its place and its cause. */
export function quarantined(context: Context, status: RolloutStatus, cause: string): readonly QuarantineEntry[] {
  const list = status.quarantine ?? [];
  if (quarantineEntry(context, status) !== undefined) return list;
  const { hash, configHash } = currentKey(context);
  const config = configHash === undefined ? {} : { configHash };
  return [...list, { podTemplateHash: hash, ...config, revision: context.ordinal, at: formatInstant(context.now), cause }].slice(
    -MOST_ENTRIES,
  );
}

/** The list without this revision; undefined when it is empty then. */
export function lifted(context: Context, status: RolloutStatus): readonly QuarantineEntry[] | undefined {
  if (status.quarantine === undefined) return undefined;
  const key = currentKey(context);
  const rest = status.quarantine.filter((entry) => !isEntryOf(entry, key));
  return rest.length === 0 ? undefined : rest;
}

/** Entries of older versions hold no config hash: it is written down as soon as a ReplicaSet tells it, since history deletes ReplicaSets. */
export function completeQuarantine(context: Context, draft: Draft): Draft {
  const { quarantine } = draft.status;
  if (quarantine === undefined || quarantine.every((entry) => entry.configHash !== undefined)) return draft;
  const completed = quarantine.map((entry) => {
    const set = context.observed.replicaSets.find((one) => one.owned && one.hash === entry.podTemplateHash);
    const configHash = entry.configHash ?? set?.annotations[CONFIG_HASH];
    return configHash === undefined ? entry : { ...entry, configHash };
  });
  return completed.every((entry, index) => entry === quarantine[index] || entry.configHash === quarantine[index]?.configHash)
    ? draft
    : patch(draft, { quarantine: completed });
}

/** What the ReplicaSets still say when status was lost; undefined when none is marked. */
export function recoverQuarantine(context: Context): readonly QuarantineEntry[] | undefined {
  const entries = context.observed.replicaSets
    .filter((set) => set.owned && set.hash !== undefined && set.annotations[QUARANTINED] !== undefined && set.hash !== context.stableHash)
    .map((set) => ({
      podTemplateHash: set.hash ?? '',
      ...(set.annotations[CONFIG_HASH] === undefined ? {} : { configHash: set.annotations[CONFIG_HASH] }),
      revision: ordinalOf(set),
      at: (set.annotations[QUARANTINED] ?? '').slice(0, 64),
      cause: 'breached before; its ReplicaSet carries the mark',
    }));
  return entries.length === 0 ? undefined : entries.slice(-MOST_ENTRIES);
}
