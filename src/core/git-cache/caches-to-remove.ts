import type { Instant, Millis } from '../../api/time.ts';

/** The bare clone of one repository, as it is on disk. */
export interface RepositoryCache {
  readonly name: string;
  readonly usedAt: Instant;
  readonly bytes: number;
}

export interface CacheLimits {
  /** A clone that nobody has used for so long goes: no GitSync and no GitTarget names its address any more. */
  readonly unusedFor: Millis;
  /** One that was used so lately is never taken away: whoever uses it would only fetch it again. */
  readonly keptFor: Millis;
  /** What all of them may take together. */
  readonly bytes: number;
}

/**
 * The clones to take away: those that nobody uses any more, then, while the rest takes more than it may, the one that was used longest ago. Anything may be taken away
 * at any time, since the remote is the only truth; what is used all the time stays even where it takes too much.
 */
export function cachesToRemove(caches: readonly RepositoryCache[], limits: CacheLimits, now: Instant): readonly string[] {
  const oldestFirst = caches.toSorted((left, right) => left.usedAt - right.usedAt || (left.name < right.name ? -1 : 1));
  let total = caches.reduce((sum, { bytes }) => sum + bytes, 0);
  return oldestFirst.flatMap(({ name, usedAt, bytes }) => {
    const idle = now - usedAt;
    const goes = idle >= limits.unusedFor || (total > limits.bytes && idle >= limits.keptFor);
    if (goes) total -= bytes;
    return goes ? [name] : [];
  });
}
