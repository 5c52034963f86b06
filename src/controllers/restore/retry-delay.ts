import { type Instant, instant } from '../../api/time.ts';

const FIRST = 15_000;
/** A repository that is back is noticed within two minutes: so long the bad commit stays in Git. */
const SLOWEST_PASSING = 120_000;
const SLOWEST = 600_000;

/** When a restore that was blocked for the `attempts`th time (from 1) is looked at again: soon for what passes by itself, slowly for what a person has to do. */
export function nextTry(now: Instant, attempts: number, passing: boolean): Instant {
  return instant(now + (passing ? Math.min(FIRST * 2 ** Math.min(attempts - 1, 10), SLOWEST_PASSING) : SLOWEST));
}
