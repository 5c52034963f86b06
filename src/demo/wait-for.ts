import type { Millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { SimCluster } from '../sim/cluster/sim-cluster.ts';

/** The story did not go on as told. */
export class StoryError extends Error {}

/** Waits until `holds` is true, looking again after every write. Rejects with a {@link StoryError} when it takes longer than `limit`. */
export function waitFor(
  sim: SimCluster,
  clock: Clock,
  what: string,
  limit: Millis,
  holds: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      unsubscribe();
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const look = (): void => {
      if (holds()) settle(resolve);
    };
    const onAbort = (): void => settle(() => reject(new StoryError('interrupted')));
    const unsubscribe = sim.onWrite(look);
    const timer = clock.startTimer(limit, () => settle(() => reject(new StoryError(`${what}: not within ${limit / 1000} s`))));
    signal.addEventListener('abort', onAbort, { once: true });
    look();
  });
}
