import { CONFIG_RECORD, TEMPLATE_HASH } from '../../api/labels.ts';
import { revisionHash } from '../identity/revision-hash.ts';
import type { ObservedReplicaSet } from '../rollout/observed.ts';
import { ordinalOf } from '../rollout/ordinal.ts';
import { agreement, type ConfigRecord, configHash, parseRecord } from './config-record.ts';

/** What the live revision consists of, and what it may be. */
export interface LabelQuery {
  readonly templateHash: string;
  readonly record: ConfigRecord;
  readonly sets: readonly ObservedReplicaSet[];
  /** `status.currentPodHash` and `status.stableRS`. */
  readonly currentHash: string | undefined;
  readonly stableHash: string | undefined;
}

/** What a ReplicaSet records of its revision. */
export type RecordedSet = Pick<ObservedReplicaSet, 'annotations' | 'hash'>;

/** The hash of the template that a ReplicaSet was made from: its label as long as nothing else is recorded. */
export function templateHashOf(set: RecordedSet): string | undefined {
  return set.annotations[TEMPLATE_HASH] ?? set.hash;
}

/** The configuration that a ReplicaSet was made with; empty on one that was made without following any. */
export function recordOf(set: RecordedSet): ConfigRecord {
  return parseRecord(set.annotations[CONFIG_RECORD]);
}

/** Orders ReplicaSets by how likely they are the live revision: current, then stable, then the newest. */
export function byPart({ currentHash, stableHash }: LabelQuery): (left: ObservedReplicaSet, right: ObservedReplicaSet) => number {
  const rank = ({ hash }: ObservedReplicaSet): number => (hash === currentHash ? 2 : hash === stableHash ? 1 : 0);
  return (left, right) => rank(right) - rank(left) || ordinalOf(right) - ordinalOf(left);
}

/**
 * The ReplicaSet that is this revision already: the same template, and no object of which both know another content. So one that was recorded without configuration
 * adopts the live one, and switching the following of a kind on or off starts nothing. The one that agrees in most objects wins, then current, then stable.
 */
export function findRevision(query: LabelQuery): ObservedReplicaSet | undefined {
  const matching = query.sets.flatMap((set) => {
    if (templateHashOf(set) !== query.templateHash) return [];
    const shared = agreement(recordOf(set), query.record);
    return shared === undefined ? [] : [{ set, shared }];
  });
  const order = byPart(query);
  return matching.sort((a, b) => b.shared - a.shared || order(a.set, b.set))[0]?.set;
}

/** The label of a template and a configuration together. */
export function revisionLabel(templateHash: string, configHash: string): string {
  return revisionHash({ template: templateHash, config: configHash });
}

/** The label of a revision that has no ReplicaSet: of the template alone when there is no configuration, or when status knows it so; else of both. */
export function newLabel(query: LabelQuery): string {
  const { templateHash, record, currentHash, sets } = query;
  const config = configHash(record);
  const adopted = currentHash === templateHash && !sets.some((set) => set.hash === templateHash);
  return config === undefined || adopted ? templateHash : revisionLabel(templateHash, config);
}
