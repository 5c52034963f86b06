import type { ParseResult } from './field-problem.ts';
import type { KubeObject } from './metadata.ts';

/** A custom object in a cache: parsed once, and visible even when it cannot be parsed (F17). */
export interface Cached<T> {
  readonly raw: KubeObject;
  readonly parsed: ParseResult<T>;
}
