import { parseDuration } from '../../api/duration.ts';
import type { PauseCondition } from '../../api/rollout-status.ts';
import { type Instant, type Millis, millis, parseInstant } from '../../api/time.ts';
import { pauseOf } from '../../core/rollout/blue-green/settings.ts';
import { formatDuration } from '../render/age.ts';
import { effectivePhase } from '../render/status-line.ts';
import { abortHint, type Command, readySince, runHints } from './advice-parts.ts';
import { recordAt } from './fields.ts';
import type { RolloutView } from './rollout-view.ts';
import { currentStep } from './steps.ts';
import type { Advice, Wait } from './wait.ts';

/** What a pause waits for; undefined when nothing is paused. */
export function adviseOnPause(view: RolloutView, now: Instant, command: Command): Advice | undefined {
  const pauses = view.status.pauseConditions ?? [];
  const sinceOf = (...reasons: readonly PauseCondition['reason'][]): string | undefined =>
    pauses.find((pause) => reasons.includes(pause.reason))?.startTime;
  const abort = abortHint(view, command);
  const asked = sinceOf('UserRequest');
  if (view.specPaused && effectivePhase(view) === 'Paused') {
    return {
      waits: [{ for: 'spec.paused to be removed from the manifest', since: readySince(view), ends: 'when spec.paused is false' }],
      youCan: ['set spec.paused to false where the manifest is kept', ...abort],
    };
  }
  if (asked !== undefined) {
    return {
      waits: [{ for: 'a person, who paused it', since: asked, ends: 'when somebody resumes' }],
      youCan: [`go on: ${command('resume')}`, ...abort],
    };
  }
  const unjudged = sinceOf('InconclusiveAnalysisRun', 'InconclusiveExperiment');
  if (unjudged !== undefined) {
    return {
      waits: [
        {
          for: 'a person: the analysis gave no verdict, and Unknown never acts',
          since: unjudged,
          ends: 'when somebody promotes, resumes or aborts',
        },
      ],
      youCan: [...runHints(view), `accept this step: ${command('promote')}`, `measure again: ${command('resume')}`, ...abort],
    };
  }
  const start = sinceOf('CanaryPauseStep', 'BlueGreenPause');
  if (start === undefined) return undefined;
  return { waits: [pauseWait(view, start, now)], youCan: [`go on now: ${command('promote')}`, ...abort] };
}

function pauseWait(view: RolloutView, since: string, now: Instant): Wait {
  const duration = pauseDuration(view);
  const start = parseInstant(since);
  if (duration === undefined || start === undefined) {
    return { for: 'a person: this pause has no end of its own', since, ends: 'when somebody promotes or resumes' };
  }
  const left = millis(start + duration - now);
  const what = left > 0 ? `the pause to end in ${formatDuration(left)}` : 'the controller to end the pause, which is over';
  return { for: what, since, ends: 'by itself, or when somebody promotes or resumes' };
}

function pauseDuration(view: RolloutView): Millis | undefined {
  if (view.strategy === 'BlueGreen') {
    const wanted = pauseOf({ autoPromotionSeconds: view.autoPromotionSeconds });
    return typeof wanted === 'number' ? wanted : undefined;
  }
  const step = view.steps[currentStep(view) ?? 0];
  const raw = step === undefined ? undefined : recordAt(step, 'pause')['duration'];
  return typeof raw === 'string' || typeof raw === 'number' ? parseDuration(raw) : undefined;
}
