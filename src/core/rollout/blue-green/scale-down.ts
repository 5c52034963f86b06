import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { formatInstant, type Instant, instant, type Millis, parseInstant } from '../../../api/time.ts';
import { after } from '../../time/instants.ts';
import { type Context, underTest } from '../context.ts';
import { type Draft, patch, say, wake } from '../draft.ts';
import type { ObservedReplicaSet } from '../observed.ts';
import { ordinalOf } from '../ordinal.ts';
import { activeHash } from './place.ts';
import { settingsOf } from './settings.ts';

/** ReplicaSets that are neither current nor stable by this status, newest first. */
export function retired(context: Context, status: RolloutStatus): readonly ObservedReplicaSet[] {
  return context.observed.replicaSets
    .filter((set) => set.owned && !set.deleting && set.hash !== undefined && set.hash !== context.hash && set.hash !== status.stableRS)
    .toSorted((left, right) => ordinalOf(right) - ordinalOf(left));
}

/** The delay of this ReplicaSet is over. */
export function isDue(context: Context, status: RolloutStatus, set: ObservedReplicaSet): boolean {
  const deadline = parseInstant(status.scaleDown?.[set.hash ?? '']);
  return deadline !== undefined && deadline <= context.now;
}

/** Whole seconds, rounded up: a delay is never shorter than it says. */
function deadlineIn(context: Context, delay: Millis): Instant {
  return instant(Math.ceil(after(context.now, delay) / 1000) * 1000);
}

/** The deadlines that are to be, by hash: of retired ReplicaSets, and of the preview of an aborted release. Never of what has the traffic. */
function deadlines(context: Context, status: RolloutStatus): ReadonlyMap<string, Instant> {
  const { scaleDownDelay, abortScaleDownDelay, warmLimit } = settingsOf(context);
  const serving = activeHash(context);
  const found = new Map<string, Instant>();
  const known = (hash: string): Instant | undefined => parseInstant(status.scaleDown?.[hash]);
  let warm = 0;
  for (const { hash, specReplicas } of retired(context, status)) {
    if (hash === undefined || hash === serving || specReplicas === 0) continue;
    const deadline = known(hash) ?? deadlineIn(context, scaleDownDelay);
    if (deadline > context.now) warm += 1;
    found.set(hash, warm > warmLimit && deadline > context.now ? context.now : deadline);
  }
  const aborted = status.abort === true && underTest(context, status) && (context.current?.specReplicas ?? 0) > 0;
  if (aborted && abortScaleDownDelay !== undefined && serving !== context.hash) {
    found.set(context.hash, known(context.hash) ?? deadlineIn(context, abortScaleDownDelay));
  }
  return found;
}

/** Gives every ReplicaSet that no longer serves its deadline, and takes it from those that serve again. */
export function planScaleDowns(context: Context, draft: Draft): Draft {
  const { status } = draft;
  const found = deadlines(context, status);
  let next = draft;
  for (const [hash, deadline] of found) {
    if (deadline <= context.now) continue;
    next = wake(next, deadline);
    if (status.scaleDown?.[hash] === undefined) next = say(next, `revision ${hash} stays warm until ${formatInstant(deadline)}`);
  }
  const scaleDown = Object.fromEntries([...found].map(([hash, deadline]) => [hash, formatInstant(deadline)]));
  return patch(next, { scaleDown: found.size === 0 ? undefined : scaleDown });
}
