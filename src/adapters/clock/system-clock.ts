import { performance } from 'node:perf_hooks';
import { instant, type Millis, millis } from '../../api/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';

/** Longest delay that `setTimeout` takes; beyond it Node fires at once. */
const LONGEST_TIMER = 2_147_483_647;

function startTimer(delay: Millis, fire: () => void): Timer {
  const due = performance.now() + Math.max(0, delay);
  let handle: NodeJS.Timeout;
  const arm = (left: number): void => {
    handle = setTimeout(
      () => {
        // Node counts from the start of its loop's turn, so a timer can come early.
        const still = due - performance.now();
        if (still > 0) arm(still);
        else fire();
      },
      Math.min(left, LONGEST_TIMER),
    );
  };
  arm(Math.max(0, delay));
  return { cancel: () => clearTimeout(handle) };
}

/** The machine's own clocks and timers: the only place that may use them. */
export function createSystemClock(): Clock {
  return {
    now: () => instant(Date.now()),
    monotonic: () => millis(performance.now()),
    startTimer,
  };
}
