import { parseDuration } from '../../api/duration.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant, type Millis, millis, parseInstant } from '../../api/time.ts';
import { after, secondsSince, wholeSecond } from '../time/instants.ts';
import type { Context } from './context.ts';

type Deadlines = NonNullable<RolloutStatus['deadlines']>;

/** The clock of `spec.releaseDeadline`: what of it goes into status, when it ends, and whether it has. */
export interface ReleaseClock {
  readonly record: Omit<Deadlines, 'progress'>;
  /** Undefined while it stands still, and without a deadline. */
  readonly endsAt: Instant | undefined;
  readonly timedOut: boolean;
}

const NONE: ReleaseClock = { record: {}, endsAt: undefined, timedOut: false };

/** Whether the time between was lived through: the wall clock neither jumped since nor stands before it. */
function isTrue(context: Context, since: Instant): boolean {
  const jumped = context.observed.clockJumpedAt;
  return since <= context.now && (jumped === undefined || since >= jumped);
}

/** The time of one more stretch is counted up to now and starts anew, unless the clock jumped in it: then it is not counted at all. */
function spentSeconds(context: Context, before: Deadlines | undefined): number {
  const since = parseInstant(before?.releaseRunsSince);
  const stretch = since === undefined || !isTrue(context, since) ? 0 : secondsSince(before?.releaseRunsSince, context.now);
  return (before?.releaseSpentSeconds ?? 0) + stretch;
}

/** Goes on with the clock of this release; `runs` says whether the release is now waiting for nobody but itself. */
export function releaseClock(context: Context, status: RolloutStatus, runs: boolean): ReleaseClock {
  const limit: Millis | undefined = parseDuration(context.rollout.spec.releaseDeadline);
  if (limit === undefined || status.abort === true || status.stableRS === context.hash) return NONE;
  const before = status.deadlines;
  if (!runs) return { record: { releaseSpentSeconds: spentSeconds(context, before) }, endsAt: undefined, timedOut: false };
  const known = parseInstant(before?.releaseRunsSince);
  const goesOn = before?.releaseRunsSince !== undefined && known !== undefined && isTrue(context, known);
  const since = goesOn ? before.releaseRunsSince : formatInstant(context.now);
  const spent = goesOn ? (before.releaseSpentSeconds ?? 0) : spentSeconds(context, before);
  const endsAt = after(parseInstant(since) ?? context.now, millis(limit - spent * 1000));
  return {
    record: { release: wholeSecond(endsAt), releaseSpentSeconds: spent, releaseRunsSince: since },
    endsAt,
    timedOut: context.now >= endsAt,
  };
}
