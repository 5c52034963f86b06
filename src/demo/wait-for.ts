import type { Millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { SimCluster } from '../sim/cluster/sim-cluster.ts';

/** The story did not go on as told. */
export class StoryError extends Error {}

export interface Wait {
  readonly sim: SimCluster;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly limit: Millis;
  /** What is waited for, in words. */
  readonly what: string;
  readonly holds: () => boolean;
  /** Why it can no longer come; undefined while it can. */
  readonly fails: () => string | undefined;
  /** What is the case instead, for the message of a story that takes too long. */
  readonly instead: () => string;
}

/** Waits until `holds` is true, looking again after every write. Rejects with a {@link StoryError} when it fails or takes longer than `limit`. */
export function waitFor(wait: Wait): Promise<void> {
  const { signal, limit } = wait;
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      unsubscribe();
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const fail = (why: string): void => settle(() => reject(new StoryError(why)));
    const onAbort = (): void => fail('interrupted');
    const look = (): void => {
      const failure = wait.fails();
      if (wait.holds()) settle(resolve);
      else if (failure !== undefined) fail(failure);
    };
    const unsubscribe = wait.sim.onWrite(look);
    const timer = wait.clock.startTimer(limit, () => fail(`not within ${limit / 1000} s: ${wait.what}; ${wait.instead()}`));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else look();
  });
}
