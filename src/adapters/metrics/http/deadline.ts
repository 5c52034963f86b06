import type { Millis } from '../../../api/time.ts';
import type { Clock } from '../../../ports/clock.ts';

/** One signal for a whole exchange. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time is over; false when the caller ended it. */
  passed(): boolean;
  clear(): void;
}

/** A signal that is aborted by the caller's, or after `timeout` on the injected clock. */
export function startDeadline(clock: Clock, timeout: Millis, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let passed = false;
  const timer = clock.startTimer(timeout, () => {
    passed = true;
    controller.abort();
  });
  const forward = (): void => controller.abort();
  if (outer?.aborted === true) controller.abort();
  outer?.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    passed: () => passed,
    clear() {
      timer.cancel();
      outer?.removeEventListener('abort', forward);
    },
  };
}
