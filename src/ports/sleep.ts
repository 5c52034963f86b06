import type { Millis } from '../api/time.ts';
import type { Clock } from './clock.ts';

/** Resolves after `delay`, or at once when `signal` aborts; never rejects. */
export function sleep(clock: Clock, delay: Millis, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const finish = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.startTimer(delay, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
