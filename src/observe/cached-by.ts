import type { Cached } from '../api/cached.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { Parse } from '../api/parse.ts';
import { deepEqual } from '../core/identity/deep-equal.ts';
import { fieldsOf } from '../core/sync/fields-of.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without what is as large as itself and nobody here reads: who manages which field, and kubectl's copy. The API server keeps both when they are left out of a write. */
export function withoutBallast(raw: KubeObject): KubeObject {
  const { managedFields: _managedFields, annotations, ...metadata } = raw.metadata;
  if (annotations?.[LAST_APPLIED] === undefined)
    return { ...raw, metadata: { ...metadata, ...(annotations === undefined ? {} : { annotations }) } };
  const { [LAST_APPLIED]: _lastApplied, ...kept } = annotations;
  return { ...raw, metadata: { ...metadata, annotations: kept } };
}

/** `raw` with the parts that the parser left as they are taken from what it made: each is in memory once. */
function sharing(raw: unknown, parsed: unknown): unknown {
  if (deepEqual(raw, parsed)) return parsed;
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const made = fieldsOf(parsed);
  return Object.fromEntries(Object.entries(raw).map(([field, value]) => [field, deepEqual(value, made[field]) ? made[field] : value]));
}

/** An informer's `parse` for one kind: `cachedBy(parseRollout)`. */
export function cachedBy<T>(parse: Parse<T>): (raw: KubeObject) => Cached<T> {
  return (object) => {
    const raw = withoutBallast(object);
    const parsed = parse(raw);
    if (!parsed.ok) return { raw, parsed };
    const made = fieldsOf(parsed.value);
    const parts = ['spec', 'status'].filter((part) => raw[part] !== undefined).map((part) => [part, sharing(raw[part], made[part])]);
    return { raw: { ...raw, ...Object.fromEntries(parts) }, parsed };
  };
}
