import type { PauseCondition, RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant, type Millis, parseInstant } from '../../api/time.ts';
import { after } from '../time/instants.ts';

/** Whether the rollout is paused for this reason. */
export function isPausedFor(status: RolloutStatus, reason: PauseCondition['reason']): boolean {
  return status.pauseConditions?.some((pause) => pause.reason === reason) === true;
}

/** The pauses with one more; a reason that is there keeps its start. */
export function withPause(status: RolloutStatus, reason: PauseCondition['reason'], now: Instant): readonly PauseCondition[] {
  const pauses = status.pauseConditions ?? [];
  return isPausedFor(status, reason) ? pauses : [...pauses, { reason, startTime: formatInstant(now) }];
}

/** The pauses without these reasons; undefined when none is left. */
export function withoutPauses(
  status: RolloutStatus,
  ...reasons: readonly PauseCondition['reason'][]
): readonly PauseCondition[] | undefined {
  const rest = (status.pauseConditions ?? []).filter((pause) => !reasons.includes(pause.reason));
  return rest.length === 0 ? undefined : rest;
}

/** What ends a pause that began at `startTime`: its own end, or a person. */
export function pauseEnd(startTime: string, span: Millis | undefined): string {
  const start = parseInstant(startTime);
  return span === undefined || start === undefined
    ? 'until somebody resumes or promotes'
    : `until ${formatInstant(after(start, span))}; resume ends it now`;
}
