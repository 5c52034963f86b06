import type { ParseResult } from './field-problem.ts';
import type { KubeObject } from './metadata.ts';
import type { Parse } from './parse.ts';

/** A custom object in a cache: parsed once, and visible even when it cannot be parsed (F17). */
export interface Cached<T> {
  readonly raw: KubeObject;
  readonly parsed: ParseResult<T>;
}

/** An informer's `parse` for one kind: `cachedBy(parseRollout)`. */
export function cachedBy<T>(parse: Parse<T>): (raw: KubeObject) => Cached<T> {
  return (raw) => ({ raw, parsed: parse(raw) });
}
