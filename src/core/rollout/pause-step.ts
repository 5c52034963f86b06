import { parseDuration } from '../../api/duration.ts';
import { formatInstant, type Instant, parseInstant } from '../../api/time.ts';
import { after, wholeSecond } from '../time/instants.ts';
import type { Context } from './context.ts';
import { type Draft, emit, patch, say, wake } from './draft.ts';
import { withoutPauses } from './pauses.ts';
import { stepLabel } from './step-label.ts';

/** `pause.duration` as the spec holds it: a duration, whole seconds, or none for until somebody resumes. */
type PauseDuration = string | number | undefined;

/** On to the next step. */
export function advance(context: Context, draft: Draft, index: number, why: string): Draft {
  const next = patch(draft, {
    currentStepIndex: index + 1,
    controllerPause: undefined,
    pauseConditions: withoutPauses(draft.status, 'CanaryPauseStep'),
  });
  return say(next, `${stepLabel(index)} of ${context.steps.length} is done: ${why}`);
}

/** A pause that ends by itself is news of a step, which one Event a release is enough for; one that waits for a person always has its own. */
function isTold(context: Context, index: number, duration: PauseDuration): boolean {
  return duration === undefined || !context.steps.slice(0, index).some((step) => step.pause?.duration !== undefined);
}

/** The pause of this step begins at `from`, in whole seconds rounded up: it is never shorter than it says. */
export function startPause(context: Context, draft: Draft, index: number, duration: PauseDuration, from: Instant): Draft {
  const startTime = wholeSecond(from);
  const pauses = [...(draft.status.pauseConditions ?? []), { reason: 'CanaryPauseStep' as const, startTime }];
  const paused = patch(draft, { pauseConditions: pauses, controllerPause: true });
  if (!isTold(context, index, duration)) return paused;
  const until = duration === undefined ? 'until somebody resumes or promotes' : `for ${duration}${typeof duration === 'number' ? 's' : ''}`;
  return emit(paused, { type: 'Normal', reason: 'RolloutPaused', message: `Paused at ${stepLabel(index)} ${until}` });
}

/** Waits for the duration, or until a person resumes when there is none. */
export function pauseStep(context: Context, draft: Draft, index: number, duration: PauseDuration): Draft {
  const started = draft.status.controllerPause !== true ? startPause(context, draft, index, duration, context.now) : draft;
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
