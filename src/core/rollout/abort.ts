import { formatInstant } from '../../api/time.ts';
import { type Context, stepIndex } from './context.ts';
import { type Draft, emit, patch, say } from './draft.ts';

/** Back to stable: weight 0 from here on, until a retry or another template. An abort that is there already keeps its time. */
export function abortRollout(context: Context, draft: Draft, cause: string): Draft {
  if (draft.status.abort === true) return draft;
  const aborted = patch(draft, {
    abort: true,
    abortedAt: formatInstant(context.now),
    currentStepIndex: stepIndex(context, 0),
    pauseConditions: undefined,
    controllerPause: undefined,
    promoteFull: undefined,
    fastRollback: undefined,
  });
  return emit(say(aborted, `aborted: ${cause}; traffic goes back to stable`), {
    type: 'Warning',
    reason: 'RolloutAborted',
    message: `Rollout aborted update to revision ${context.ordinal} (${context.hash}): ${cause}`.slice(0, 1024),
  });
}
