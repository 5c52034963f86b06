import { formatInstant, type Instant, instant, type Millis, parseInstant } from '../../api/time.ts';

/** The earlier of two points in time; an absent one never is. */
export function earliest(left: Instant | undefined, right: Instant | undefined): Instant | undefined {
  if (left === undefined) return right;
  if (right === undefined) return left;
  return left < right ? left : right;
}

/** The point in time this much later. */
export function after(start: Instant, span: Millis): Instant {
  return instant(start + span);
}

/** Whole seconds from a status time to `now`, never negative; 0 when the text is no time. */
export function secondsSince(start: string | undefined, now: Instant): number {
  const from = parseInstant(start);
  return from === undefined ? 0 : Math.max(0, Math.round((now - from) / 1000));
}

/** Status time in whole seconds, rounded up: what is counted from it never ends too early. */
export function wholeSecond(at: Instant): string {
  return formatInstant(instant(Math.ceil(at / 1000) * 1000));
}
