import type { ConfigChange } from '../../api/rollout-status.ts';
import type { ConfigDigest } from './config-digest.ts';
import { type ConfigRecord, digestIn } from './config-record.ts';
import { splitConfigKey } from './config-refs.ts';

/** The schema's bounds. */
const MOST_KEYS = 20;
const MOST_CHANGES = 50;

/** Finds what an object of this digest holds, by `Kind/name`; undefined when it is not there any more. */
export type FindContent = (key: string, digest: string) => ConfigDigest | undefined;

/** Keys of which only one side knows, or both know another value, sorted. */
function changedKeys(before: ConfigDigest | undefined, after: ConfigDigest | undefined): readonly string[] {
  if (before === undefined || after === undefined) return [];
  const all = new Set([...before.keys.keys(), ...after.keys.keys()]);
  return [...all].filter((key) => before.keys.get(key) !== after.keys.get(key)).toSorted();
}

function changeOf(key: string, before: ConfigRecord, after: ConfigRecord, find: FindContent): ConfigChange | undefined {
  const [old, now] = [digestIn(before, key), digestIn(after, key)];
  if (old === now) return undefined;
  const keys = old === undefined || now === undefined ? [] : changedKeys(find(key, old), find(key, now)).slice(0, MOST_KEYS);
  return {
    ...splitConfigKey(key),
    change: old === undefined ? 'Added' : now === undefined ? 'Removed' : 'Changed',
    ...(keys.length === 0 ? {} : { keys }),
  };
}

/** How the configuration of two revisions differs: objects and keys, never a value. */
export function configChanges(before: ConfigRecord, after: ConfigRecord, find: FindContent): readonly ConfigChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return keys
    .map((key) => changeOf(key, before, after, find))
    .filter((change) => change !== undefined)
    .slice(0, MOST_CHANGES);
}

/** `ConfigMap checkout-config (timeout, retries)`. */
export function describeChange(change: ConfigChange): string {
  const how = change.change === 'Changed' ? (change.keys ?? []).join(', ') : change.change.toLowerCase();
  return `${change.kind} ${change.name}${how === '' ? '' : ` (${how})`}`;
}
