import { formatInstant, instant, parseInstant } from '../../../api/time.ts';
import { after } from '../../time/instants.ts';
import { type Context, underTest } from '../context.ts';
import { type Draft, emit, patch, say, wake } from '../draft.ts';
import { haltOf } from '../halt.ts';
import { withoutPauses } from '../pauses.ts';
import { countOf } from '../sizing.ts';
import { blueGreenGates } from './blue-green-gates.ts';
import { isCleared, isPreviewReady, previewSize } from './place.ts';
import { settingsOf } from './settings.ts';

/** The preview is judged and nobody has to wait any longer: the next thing is the full size, then the switch. */
export function cleared(draft: Draft): Draft {
  return patch(draft, {
    blueGreen: { ...draft.status.blueGreen, scaleUpPreviewCheckPoint: true },
    controllerPause: undefined,
    pauseConditions: withoutPauses(draft.status, 'BlueGreenPause'),
  });
}

function startPause(context: Context, draft: Draft, until: string): Draft {
  // Whole seconds, rounded up: a pause is never shorter than it says.
  const startTime = formatInstant(instant(Math.ceil(context.now / 1000) * 1000));
  const pauses = [...(draft.status.pauseConditions ?? []), { reason: 'BlueGreenPause' as const, startTime }];
  const message = `Paused before the switch to revision ${context.ordinal} (${context.hash}) ${until}`;
  return emit(patch(draft, { pauseConditions: pauses, controllerPause: true }), { type: 'Normal', reason: 'RolloutPaused', message });
}

function pause(context: Context, draft: Draft): Draft {
  const { pause: wanted } = settingsOf(context);
  if (wanted === 'none') return cleared(draft);
  const until = wanted === 'until resumed' ? 'until somebody resumes or promotes' : `for ${wanted / 1000}s`;
  const paused = draft.status.controllerPause === true ? draft : startPause(context, draft, until);
  const condition = paused.status.pauseConditions?.find((one) => one.reason === 'BlueGreenPause');
  if (condition === undefined) return say(cleared(paused), 'the pause before the switch is over: somebody resumed');
  const start = parseInstant(condition.startTime);
  if (wanted === 'until resumed' || start === undefined)
    return say(paused, `paused before the switch since ${condition.startTime} ${until}`);
  const end = after(start, wanted);
  if (context.now >= end) return say(cleared(paused), `the pause of ${wanted / 1000}s before the switch is over`);
  return wake(say(paused, `paused before the switch since ${condition.startTime} until ${formatInstant(end)}; resume ends it now`), end);
}

/** Walks the way to the switch: the preview is ready, its analysis passes, the pause ends. Each is one way, and a person's request may end it early. */
export function clearForSwitch(context: Context, draft: Draft, analysisReady: boolean): Draft {
  const { status } = draft;
  if (!underTest(context, status) || status.abort === true || isCleared(status)) return draft;
  const halted =
    haltOf(context, status)?.message ?? (analysisReady ? undefined : 'an analysis cannot be started; correct its templates or arguments');
  if (halted !== undefined) return say(draft, `the way to the switch is held: ${halted}`);
  if (status.controllerPause !== true) {
    const [gate] = blueGreenGates(context, status);
    if (gate !== undefined && gate.verdict !== 'Pass') {
      return say(draft, `waiting for the verdict of ${gate.runName}; promote goes on without, abort goes back`);
    }
    if (!isPreviewReady(context)) {
      return say(draft, `preview: ${countOf(context.current).available} of ${previewSize(context)} pods of revision ${context.hash} serve`);
    }
  }
  return pause(context, draft);
}
