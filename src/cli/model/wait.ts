import { type Instant, millis, parseInstant } from '../../api/time.ts';
import { formatDuration } from '../render/age.ts';

/** One thing that a Rollout waits for. */
export interface Wait {
  readonly for: string;
  /** RFC 3339; undefined when nothing tells it. */
  readonly since: string | undefined;
  /** What ends it: by itself, or by whom. */
  readonly ends: string;
}

/** What a Rollout waits for, and the commands that make sense now. */
export interface Advice {
  readonly waits: readonly Wait[];
  readonly youCan: readonly string[];
}

export const NO_ADVICE: Advice = { waits: [], youCan: [] };

export function mergeAdvice(left: Advice, right: Advice): Advice {
  return { waits: [...left.waits, ...right.waits], youCan: [...left.youCan, ...right.youCan] };
}

/** `in 3m`, or `since 2m` for a time that has passed; undefined for no time. */
export function untilText(end: string | undefined, now: Instant): string | undefined {
  const at = parseInstant(end);
  if (at === undefined) return undefined;
  return at > now ? `in ${formatDuration(millis(at - now))}` : `since ${formatDuration(millis(now - at))} already`;
}

/** The wait as one line: what, since when, and what ends it. */
export function formatWait(wait: Wait, now: Instant): string {
  const since = parseInstant(wait.since);
  const past = since === undefined ? '' : `, since ${formatDuration(millis(now - since))}`;
  return `${wait.for}${past}; ends ${wait.ends}`;
}
