import type { DeepReadonly } from '../../api/deep-readonly.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import { secondsSince } from '../time/instants.ts';
import { settingsOf } from './blue-green/settings.ts';
import type { Context } from './context.ts';
import { isPausedFor } from './pauses.ts';
import { isRollback } from './rollback-window.ts';

/**
 * Duration when another template comes (Argo Rollouts' machine): a way back in the middle of a release keeps its start and says already how it will end, as
 * one that skips its steps (`fast`) or not; a release that is over and a return to stable leave what is written; all else starts anew.
 */
export function durationAtStart(context: Context, fast: boolean): DeepReadonly<RolloutStatus['duration']> {
  const before = context.previous?.duration;
  const underWay = before?.rolloutStartedAt !== undefined && before.finishedAt === undefined;
  const returns = context.stableHash !== undefined && context.hash === context.stableHash;
  if (underWay && (returns || isRollback(context))) return { ...before, completionStatus: fast ? 'FastRolledBack' : 'RolledBack' };
  if (returns && before !== undefined) return before;
  return { rolloutStartedAt: formatInstant(context.now) };
}

/** Whether somebody has to do something before the rollout goes on. */
function waitsForPerson(context: Context, status: RolloutStatus): boolean {
  if (status.phase !== 'Paused') return false;
  const step = context.steps[status.currentStepIndex ?? 0];
  const endless =
    context.blueGreen === undefined
      ? step?.pause !== undefined && step.pause.duration === undefined
      : isPausedFor(status, 'BlueGreenPause') && settingsOf(context).pause === 'until resumed';
  return (
    endless || context.rollout.spec.paused === true || isPausedFor(status, 'UserRequest') || isPausedFor(status, 'InconclusiveAnalysisRun')
  );
}

function completion(context: Context, status: RolloutStatus): string | undefined {
  const known = status.duration?.completionStatus;
  if (status.abort === true) return 'Aborted';
  if (status.stableRS !== context.hash) return undefined;
  if (context.previous === undefined || context.previous.stableRS !== context.hash)
    return known ?? (status.promoteFull === true ? 'FastPromoted' : 'Promoted');
  return status.phase === 'Healthy' ? (known ?? 'FastRolledBack') : undefined;
}

/** Start, end and waiting of the release (Argo Rollouts' names). */
export function releaseDuration(context: Context, status: RolloutStatus): RolloutStatus['duration'] {
  const before = status.duration;
  if (before === undefined) return undefined;
  if (before.finishedAt !== undefined) return before;
  const now = formatInstant(context.now);
  const { manualPauseStartedAt, ...rest } = before;
  const waits = waitsForPerson(context, status);
  const ended = waits ? undefined : manualPauseStartedAt;
  const total = (before.totalManualPauseDurationSeconds ?? 0) + secondsSince(ended, context.now);
  const completionStatus = completion(context, status);
  return {
    ...rest,
    ...(waits ? { manualPauseStartedAt: manualPauseStartedAt ?? now } : {}),
    // A pause that was over within the second counts as one: 0 is not the same as never.
    ...(total > 0 || ended !== undefined ? { totalManualPauseDurationSeconds: total } : {}),
    ...(completionStatus === undefined ? {} : { finishedAt: now, completionStatus }),
  };
}
