import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import { secondsSince } from '../time/instants.ts';
import type { Context } from './context.ts';
import { isPausedFor } from './pauses.ts';

/** Whether somebody has to do something before the rollout goes on. */
function waitsForPerson(context: Context, status: RolloutStatus): boolean {
  if (status.phase !== 'Paused') return false;
  const step = context.steps[status.currentStepIndex ?? 0];
  const endless = step?.pause !== undefined && step.pause.duration === undefined;
  return (
    endless || context.rollout.spec.paused === true || isPausedFor(status, 'UserRequest') || isPausedFor(status, 'InconclusiveAnalysisRun')
  );
}

function completion(context: Context, status: RolloutStatus): string | undefined {
  if (status.abort === true) return 'Aborted';
  if (status.stableRS !== context.hash) return undefined;
  if (context.previous === undefined || context.previous.stableRS !== context.hash)
    return status.promoteFull === true ? 'FastPromoted' : 'Promoted';
  return status.phase === 'Healthy' ? 'FastRolledBack' : undefined;
}

/** Start, end and waiting of the release (Argo Rollouts' names). */
export function releaseDuration(context: Context, status: RolloutStatus): RolloutStatus['duration'] {
  const before = status.duration;
  if (before === undefined) return undefined;
  const now = formatInstant(context.now);
  const { manualPauseStartedAt, ...rest } = before;
  const waits = waitsForPerson(context, status);
  const total = (before.totalManualPauseDurationSeconds ?? 0) + secondsSince(waits ? undefined : manualPauseStartedAt, context.now);
  const completionStatus = before.finishedAt === undefined ? completion(context, status) : undefined;
  return {
    ...rest,
    ...(waits ? { manualPauseStartedAt: manualPauseStartedAt ?? now } : {}),
    ...(total > 0 ? { totalManualPauseDurationSeconds: total } : {}),
    ...(completionStatus === undefined ? {} : { finishedAt: now, completionStatus }),
  };
}
