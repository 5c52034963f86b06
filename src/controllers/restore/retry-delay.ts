import { type Instant, instant } from '../../api/time.ts';

const FIRST = 15_000;
const SLOWEST = 600_000;

/** When a blocked restore is looked at again: soon for what passes by itself, slowly for what a person has to do. */
export function nextTry(now: Instant, attempts: number, passing: boolean): Instant {
  return instant(now + (passing ? Math.min(FIRST * 2 ** Math.min(attempts, 10), SLOWEST) : SLOWEST));
}
