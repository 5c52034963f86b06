import { z } from 'zod';
import { type Millis, millis } from './time.ts';

/** RE2-safe, because the API server evaluates it: one or more of `1d`, `2h`, `30m`, `10s`, `500ms`, in any order, as in Go plus days. */
const DURATION_PATTERN = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$';

const DURATION_REMEDY = 'write a duration such as 30s, 5m or 1h30m';
const SECONDS_REMEDY = `${DURATION_REMEDY}, or whole seconds`;

/** Ten years: longer durations are typing errors, and a timer that long overflows. */
const LONGEST_MS = 10 * 365 * 24 * 3600 * 1000;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration field: `30s`, `5m`, `1h30m`. */
export const durationSchema = z.string().max(32).regex(new RegExp(DURATION_PATTERN), DURATION_REMEDY);

/** A duration field that also takes Argo's integer seconds. */
export const durationOrSecondsSchema = z
  .union(
    [
      z.int().min(0),
      z
        .string()
        .max(32)
        .regex(/^([0-9]+|([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+)$/, SECONDS_REMEDY),
    ],
    SECONDS_REMEDY,
  )
  .meta({ 'x-kubernetes-int-or-string': true });

/** Milliseconds of a duration text or of a number of seconds; undefined when it is neither, negative, or longer than ten years. */
export function parseDuration(value: string | number | undefined): Millis | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'number' || /^[0-9]+$/.test(value) ? `${value}s` : value;
  if (!new RegExp(DURATION_PATTERN).test(text)) return undefined;
  let total = 0;
  for (const match of text.matchAll(/([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)/g)) {
    total += Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0);
  }
  return total > LONGEST_MS ? undefined : millis(Math.round(total));
}
