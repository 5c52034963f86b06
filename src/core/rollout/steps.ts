import { parseDuration } from '../../api/duration.ts';
import type { CanaryStep } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, instant, parseInstant } from '../../api/time.ts';
import { after } from '../time/instants.ts';
import { type Context, underTest } from './context.ts';
import { type Draft, emit, patch, say, wake } from './draft.ts';
import { activeGates } from './gates.ts';
import { isPausedFor, withoutPauses } from './pauses.ts';
import { lifted, quarantineEntry } from './quarantine.ts';
import { atTarget, sizingOf } from './sizing.ts';
import { stepLabel } from './step-label.ts';

/** A breach whose onFailure is Freeze: held until a person decides. */
export function isFrozen(context: Context, status: RolloutStatus): boolean {
  return (
    underTest(context, status) &&
    status.abort !== true &&
    status.promoteFull !== true &&
    quarantineEntry(status, context.hash) !== undefined
  );
}

/** What keeps steps from moving, apart from the step itself; undefined when nothing does. */
export function haltReason(context: Context, status: RolloutStatus): string | undefined {
  if (status.promoteFull === true) return undefined;
  if (isFrozen(context, status)) return 'frozen after a breach; retry, promote or abort';
  if (context.rollout.spec.paused === true) return 'spec.paused is true; set it to false to go on';
  if (isPausedFor(status, 'UserRequest')) return 'paused by request; resume to go on';
  if (isPausedFor(status, 'InconclusiveAnalysisRun'))
    return 'an analysis has no verdict; resume measures again, promote goes on without, abort goes back';
  return undefined;
}

function advance(context: Context, draft: Draft, index: number, why: string): Draft {
  const next = patch(draft, {
    currentStepIndex: index + 1,
    controllerPause: undefined,
    pauseConditions: withoutPauses(draft.status, 'CanaryPauseStep'),
  });
  return say(next, `${stepLabel(index)} of ${context.steps.length} is done: ${why}`);
}

function startPause(context: Context, draft: Draft, index: number, duration: string | number | undefined): Draft {
  // Whole seconds, rounded up: a pause is never shorter than it says.
  const startTime = formatInstant(instant(Math.ceil(context.now / 1000) * 1000));
  const pauses = [...(draft.status.pauseConditions ?? []), { reason: 'CanaryPauseStep' as const, startTime }];
  const paused = patch(draft, { pauseConditions: pauses, controllerPause: true });
  const until = duration === undefined ? 'until somebody resumes or promotes' : `for ${duration}${typeof duration === 'number' ? 's' : ''}`;
  return emit(paused, { type: 'Normal', reason: 'RolloutPaused', message: `Paused at ${stepLabel(index)} ${until}` });
}

function pauseStep(context: Context, draft: Draft, index: number, duration: string | number | undefined): Draft {
  const started = draft.status.controllerPause !== true ? startPause(context, draft, index, duration) : draft;
  const pause = started.status.pauseConditions?.find((one) => one.reason === 'CanaryPauseStep');
  if (pause === undefined) return advance(context, started, index, 'somebody resumed');
  const span = parseDuration(duration);
  const start = parseInstant(pause.startTime);
  if (duration === undefined || span === undefined || start === undefined) {
    return say(started, `${stepLabel(index)}: paused since ${pause.startTime} until somebody resumes or promotes`);
  }
  const end = after(start, span);
  if (context.now >= end) return advance(context, started, index, `the pause of ${duration} is over`);
  return wake(say(started, `${stepLabel(index)}: paused since ${pause.startTime} until ${formatInstant(end)}; resume ends it now`), end);
}

function weightStep(context: Context, draft: Draft, index: number, weight: number): Draft {
  if (atTarget(context, draft.status)) return advance(context, draft, index, `weight ${weight} is reached`);
  const { target, canary, stable, older } = sizingOf(context, draft.status);
  return say(
    draft,
    `${stepLabel(index)}: weight ${weight} wants ${target.canary} canary and ${target.stable} stable pods; ${canary.available} of ${canary.spec} and ${stable.available} of ${stable.spec} serve, ${older.available} older pods serve`,
  );
}

function analysisStep(context: Context, draft: Draft, index: number): Draft {
  const gate = activeGates(context, draft.status).find((one) => one.type === 'Step');
  if (gate?.verdict === 'Pass') return advance(context, draft, index, `${gate.runName} passed`);
  return say(
    draft,
    `${stepLabel(index)}: waiting for the verdict of ${gate?.runName ?? 'its analysis'}; promote goes on without, abort goes back`,
  );
}

function takeStep(context: Context, draft: Draft, index: number, step: CanaryStep): Draft {
  if (step.setWeight !== undefined) return weightStep(context, draft, index, step.setWeight);
  if (step.pause !== undefined) return pauseStep(context, draft, index, step.pause.duration);
  if (step.analysis !== undefined) return analysisStep(context, draft, index);
  return say(draft, `${stepLabel(index)} is of no kind that is known: held`);
}

/** At most one step a pass, and only the one that status names (S6). */
export function advanceSteps(context: Context, draft: Draft, analysisReady: boolean): Draft {
  const { status } = draft;
  const index = status.currentStepIndex ?? 0;
  const step = context.steps[index];
  if (!underTest(context, status) || status.abort === true) return draft;
  const halted =
    haltReason(context, status) ?? (analysisReady ? undefined : 'an analysis cannot be started; correct its templates or arguments');
  if (halted !== undefined) return say(draft, `steps are held: ${halted}`);
  return step === undefined || status.promoteFull === true ? draft : takeStep(context, draft, index, step);
}

/** Promotion: past all steps, with every pod of the new revision serving; the live template becomes stable. */
export function promoteWhenReady(context: Context, draft: Draft, analysisReady: boolean): Draft {
  const { status } = draft;
  if (status.stableRS === context.hash || status.abort === true) return draft;
  const first = status.stableRS === undefined;
  if (!first && status.promoteFull !== true && (haltReason(context, status) !== undefined || !analysisReady)) return draft;
  if (!first && (status.currentStepIndex ?? 0) < context.steps.length) return draft;
  const { canary, limits } = sizingOf(context, status);
  const full = context.current?.statusCurrent === true && canary.spec === limits.replicas && canary.available >= limits.replicas;
  if (!full) return say(draft, `full size: ${canary.available} of ${limits.replicas} pods of revision ${context.hash} serve`);
  const promoted = patch(draft, {
    stableRS: context.hash,
    currentStepIndex: context.steps.length,
    quarantine: lifted(status, context.hash),
  });
  return emit(say(promoted, `revision ${context.ordinal} (${context.hash}) is stable`), {
    type: 'Normal',
    reason: 'RolloutCompleted',
    message: `Rollout completed update to revision ${context.ordinal} (${context.hash})`,
  });
}
