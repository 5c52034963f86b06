import type { ParseResult } from './field-problem.ts';
import type { KubeObject } from './metadata.ts';
import type { Parse } from './parse.ts';

/** A custom object in a cache: parsed once, and visible even when it cannot be parsed (F17). */
export interface Cached<T> {
  readonly raw: KubeObject;
  readonly parsed: ParseResult<T>;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object without what is as large as itself and nobody here reads: who manages which field, and kubectl's copy. The API server keeps both when they are left out of a write. */
export function withoutBallast(raw: KubeObject): KubeObject {
  const { managedFields: _managedFields, annotations, ...metadata } = raw.metadata;
  if (annotations?.[LAST_APPLIED] === undefined)
    return { ...raw, metadata: { ...metadata, ...(annotations === undefined ? {} : { annotations }) } };
  const { [LAST_APPLIED]: _lastApplied, ...kept } = annotations;
  return { ...raw, metadata: { ...metadata, annotations: kept } };
}

/** An informer's `parse` for one kind: `cachedBy(parseRollout)`. */
export function cachedBy<T>(parse: Parse<T>): (raw: KubeObject) => Cached<T> {
  return (object) => {
    const raw = withoutBallast(object);
    return { raw, parsed: parse(raw) };
  };
}
