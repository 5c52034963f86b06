import type { Instant } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';

/** Milliseconds by which the wall clock may leave the monotonic one between two looks: slewing and rounding stay below, a step or a suspended machine does not. */
const TOLERANCE = 5000;

/** Tells whether the wall clock jumped. */
export interface ClockWatch {
  /** Looks at both clocks; the wall time of the look at which the last jump was found, undefined when there was none. */
  jumpedAt(): Instant | undefined;
}

/** Watches the wall clock from now on, against one that never steps: a time written before a jump says nothing of how long ago it was. */
export function watchClock(clock: Clock): ClockWatch {
  let offset = clock.now() - clock.monotonic();
  let jumped: Instant | undefined;
  return {
    jumpedAt() {
      const now = clock.now();
      const seen = now - clock.monotonic();
      if (Math.abs(seen - offset) > TOLERANCE) jumped = now;
      // Slewing adds up over weeks and is no jump.
      offset = seen;
      return jumped;
    },
  };
}
