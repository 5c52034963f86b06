import { instant, millis } from '../../../src/api/time.ts';
import type { Clock } from '../../../src/ports/clock.ts';

/** The machine's clock; timers keep no process alive. */
export const realClock: Clock = {
  now: () => instant(Date.now()),
  monotonic: () => millis(performance.now()),
  startTimer: (delay, fire) => {
    const timer = setTimeout(fire, delay);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
