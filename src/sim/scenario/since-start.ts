import type { Instant } from '../../api/time.ts';

/** `t+01:30`, or `t+1:01:30` from an hour on. */
export function sinceStart(at: Instant, start: Instant): string {
  const seconds = Math.floor((at - start) / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `t+${hours > 0 ? `${hours}:` : ''}${two(minutes)}:${two(seconds % 60)}`;
}
