import { type Instant, instant, type Millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';

/** Gathers writes that may wait; kept in memory, since a controller that starts anew only writes a moment later. */
export interface LazyWrites {
  /** When the write of this key is due, `gather` after the first change; undefined when it is due now. */
  postponed(key: string, gather: Millis): Instant | undefined;
  /** The key was written, or has nothing to write. */
  settled(key: string): void;
}

/** Lets each key's first lazy change wait a moment; a change during the wait does not make it longer. */
export function createLazyWrites(clock: Pick<Clock, 'now'>): LazyWrites {
  const due = new Map<string, Instant>();
  return {
    postponed(key, gather) {
      const now = clock.now();
      const latest = instant(now + gather);
      // A wall clock that was set back must not hold a write for hours.
      const at = instant(Math.min(due.get(key) ?? latest, latest));
      if (now >= at) {
        due.delete(key);
        return undefined;
      }
      due.set(key, at);
      return at;
    },
    settled: (key) => void due.delete(key),
  };
}
