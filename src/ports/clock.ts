import type { Instant, Millis } from '../api/time.ts';

export interface Timer {
  /** Stops the timer; does nothing when it has fired. */
  cancel(): void;
}

/** Time as the shell sees it; tests and the simulator inject a virtual one. */
export interface Clock {
  /** Wall clock. */
  now(): Instant;
  /** Milliseconds that never step back; only differences mean anything. */
  monotonic(): Millis;
  /** Calls `fire` once, `delay` from now. */
  startTimer(delay: Millis, fire: () => void): Timer;
}
