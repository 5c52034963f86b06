import { type Instant, instant } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';

/** Milliseconds for which a write that may wait is gathered with those that follow. */
const GATHER = 3000;

/** Gathers writes that may wait; kept in memory, since a controller that starts anew only writes a moment later. */
export interface LazyWrites {
  /** When the write of this key is due; undefined when it is due now. */
  postponed(key: string): Instant | undefined;
  /** The key was written, or has nothing to write. */
  settled(key: string): void;
}

/** Lets each key's first lazy change wait a moment; a change during the wait does not make it longer. */
export function createLazyWrites(clock: Pick<Clock, 'now'>): LazyWrites {
  const due = new Map<string, Instant>();
  return {
    postponed(key) {
      const now = clock.now();
      const at = due.get(key) ?? instant(now + GATHER);
      // A wall clock that was set back must not hold a write for hours.
      if (now >= at || at - now > GATHER) {
        due.delete(key);
        return undefined;
      }
      due.set(key, at);
      return at;
    },
    settled: (key) => void due.delete(key),
  };
}
