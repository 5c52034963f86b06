import { parseDuration } from '../../api/duration.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, instant, parseInstant } from '../../api/time.ts';
import { settingsOf } from '../../core/rollout/blue-green/settings.ts';
import type { Context } from '../../core/rollout/context.ts';
import { clean } from '../render/escape.ts';
import type { ClockInput } from './explanation.ts';

/** Every time that something happens by itself, the next one first. */
export function describeClocks(context: Context, status: RolloutStatus): readonly ClockInput[] {
  const { deadlines, soak, rollback, scaleDown = {}, selectorConflicts = [], restart } = status;
  const found: readonly (readonly [string, string | undefined])[] = [
    ['the pause ends', pauseEnd(context, status)],
    ['no progress until then makes it Degraded (progressDeadlineSeconds)', deadlines?.progress],
    ['the release as a whole is too late (releaseDeadline)', deadlines?.release],
    ['the written weight has settled', context.traffic?.settlesAt === undefined ? undefined : formatInstant(context.traffic.settlesAt)],
    ['a change of the configuration has settled', holdEnd(context)],
    ['the soak ends', soak?.until],
    ['the restore commit is tried again', rollback?.nextTryAt],
    ['the restart begins', restart?.requestedAt],
    ...Object.entries(scaleDown).map(([hash, at]) => [`the ReplicaSet of ${hash} scales down`, at] as const),
    ...selectorConflicts.map((one) => [`the selector of Service ${one.name} is written again`, one.retryAt] as const),
  ];
  return found
    .flatMap(([what, at]) => (at === undefined || (parseInstant(at) ?? 0) <= context.now ? [] : [{ what: clean(what), at }]))
    .toSorted((left, right) => (parseInstant(left.at) ?? 0) - (parseInstant(right.at) ?? 0));
}

function holdEnd({ revision }: Context): string | undefined {
  return revision.hold?.until === undefined ? undefined : formatInstant(revision.hold.until);
}

function pauseEnd(context: Context, status: RolloutStatus): string | undefined {
  const pause = status.pauseConditions?.find((one) => one.reason === 'CanaryPauseStep' || one.reason === 'BlueGreenPause');
  const start = parseInstant(pause?.startTime);
  if (start === undefined) return undefined;
  const own = context.blueGreen === undefined ? undefined : settingsOf(context).pause;
  const duration = typeof own === 'number' ? own : parseDuration(context.steps[status.currentStepIndex ?? 0]?.pause?.duration);
  return duration === undefined ? undefined : formatInstant(instant(start + duration));
}
