import { type Millis, millis } from '../api/time.ts';
import type { Random } from '../ports/random.ts';

/** Delay before try number `failures` (the first failure is 1): doubles from `first` up to `longest`, of which the upper half is jitter. */
export function backoffDelay(failures: number, first: Millis, longest: Millis, random: Random): Millis {
  const exponent = Math.min(Math.max(failures - 1, 0), 40);
  const full = Math.min(first * 2 ** exponent, longest);
  return millis(Math.max(first, full * (0.5 + random() / 2)));
}
