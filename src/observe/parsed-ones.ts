import type { Cached } from '../api/cached.ts';

/** The objects that can be read; the others are told of by their own reconciler. */
export function parsedOnes<T>(cached: readonly Cached<T>[]): readonly T[] {
  return cached.flatMap((item) => (item.parsed.ok ? [item.parsed.value] : []));
}
