import { type Instant, type Millis, millis, parseInstant } from '../../api/time.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration as kubectl prints ages: two units while the first is small, one after that (`45s`, `3m20s`, `12m`, `5h30m`, `42d`). */
export function formatDuration(duration: Millis): string {
  const value = Math.max(0, Math.floor(duration / SECOND) * SECOND);
  if (value < 2 * MINUTE) return `${value / SECOND}s`;
  if (value < 10 * MINUTE) return twoUnits(value, MINUTE, 'm', SECOND, 's');
  if (value < 3 * HOUR) return `${Math.floor(value / MINUTE)}m`;
  if (value < 8 * HOUR) return twoUnits(value, HOUR, 'h', MINUTE, 'm');
  if (value < 2 * DAY) return `${Math.floor(value / HOUR)}h`;
  if (value < 8 * DAY) return twoUnits(value, DAY, 'd', HOUR, 'h');
  return `${Math.floor(value / DAY)}d`;
}

function twoUnits(value: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((value % big) / small);
  return `${Math.floor(value / big)}${bigName}${rest === 0 ? '' : `${rest}${smallName}`}`;
}

/** How long ago an RFC 3339 text was; empty when it names no time. */
export function formatAge(since: string | undefined, now: Instant): string {
  const at = parseInstant(since);
  return at === undefined ? '' : formatDuration(millis(now - at));
}
