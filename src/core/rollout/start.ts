import type { RollbackStatus, RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import { freshAttempts } from './attempts.ts';
import { selectorsOnly, warmRollback } from './blue-green/fast-rollback.ts';
import { type Context, stepIndex } from './context.ts';
import { type Draft, emit, patch, type StatusPatch, say } from './draft.ts';
import { recoverFormerlyStable } from './formerly-stable.ts';
import { quarantineEntry, recoverQuarantine } from './quarantine.ts';
import { durationAtStart } from './release-duration.ts';
import { dueRestart } from './restart/due-restart.ts';
import { fastRollback, isRollback, judgeRollback, skipsGates } from './rollback-window.ts';
import { keptParts } from './routed/kept-parts.ts';

/** What a restore under way means once the live template is another one. */
function rollbackAfterChange(context: Context, rollback: RollbackStatus | undefined): RollbackStatus | undefined {
  if (rollback === undefined) return undefined;
  // Back at stable: what was asked for or pushed is settled by the restore itself, or by `followRestore`.
  // One with a candidate may have been pushed although no answer said so: the remote tells at the next try.
  if (context.hash === context.stableHash && (rollback.state !== 'Blocked' || rollback.candidate !== undefined)) return rollback;
  if (rollback.state === 'Intent' || rollback.state === 'Blocked' || rollback.state === 'Pushed' || rollback.state === 'AlreadyReverted') {
    const message = 'the live template changed to another one before the restore was applied';
    return { ...rollback, state: 'Superseded', reason: 'TemplateChanged', message, finishedAt: formatInstant(context.now) };
  }
  return rollback;
}

function firstSight(context: Context, draft: Draft): Draft {
  const rest = context.stableHash !== undefined && context.stableHash === context.hash;
  const line = rest
    ? 'no status was found; the serving revision was recognised and is kept'
    : context.stableHash === undefined
      ? 'first deployment: no steps, straight to full size'
      : `no status was found; revision ${context.stableHash} serves, and the rollout of ${context.hash} starts again at its first step`;
  return say(patch(draft, { quarantine: recoverQuarantine(context), formerlyStable: recoverFormerlyStable(context) }), line);
}

/** New pods are what a restart wants: it ends with the new template (Argo Rollouts), which is what brings them. */
function supersededRestart(context: Context): StatusPatch {
  if (context.previous === undefined || context.hash === context.stableHash) return {};
  const due = dueRestart(context.rollout, context.previous, context.now);
  return due === undefined ? {} : { restartedAt: due.text, restart: undefined };
}

/** A new template: every mark of the revision before is cleared, and the steps start at 0 (or are over, back at stable and on a first deployment). */
function newRevision(context: Context, draft: Draft): Draft {
  const { hash, stableHash, now } = context;
  const direct = stableHash === undefined || stableHash === hash;
  const held = !direct && quarantineEntry(context, draft.status) !== undefined;
  const fast = direct || held ? undefined : (warmRollback(context, draft.status) ?? fastRollback(context, draft.status));
  const started = patch(draft, {
    currentPodHash: hash,
    currentStepHash: context.stepHash,
    currentStepIndex: stepIndex(context, direct || fast !== undefined ? context.steps.length : 0),
    fastRollback: fast,
    stableRS: stableHash,
    revision: context.ordinal,
    pauseConditions: undefined,
    controllerPause: undefined,
    abort: held ? true : undefined,
    abortedAt: held ? formatInstant(now) : undefined,
    promoteFull: undefined,
    deadlines: undefined,
    ...supersededRestart(context),
    canary: keptParts(draft.status),
    blueGreen: selectorsOnly(draft.status),
    gates: undefined,
    attempts: freshAttempts(context, { observedGeneration: 0 }),
    rollback: rollbackAfterChange(context, draft.status.rollback),
    duration: durationAtStart(context, direct || fast !== undefined),
  });
  if (held) {
    return emit(say(started, `revision ${hash} is quarantined: it breached before and stays at weight 0 until somebody retries`), {
      type: 'Warning',
      reason: 'RolloutAborted',
      message: `Revision ${context.ordinal} (${hash}) breached before and is not rolled out again; change the template, or retry`,
    });
  }
  if (context.previous === undefined && direct && stableHash !== undefined) return patch(started, { duration: undefined });
  const lines = [supersededText(context), startText(context, started.status)].filter((line) => line !== undefined);
  return emit(lines.reduce(say, started), {
    type: 'Normal',
    reason: 'RolloutUpdated',
    message: `Rollout updated to revision ${context.ordinal} (${hash})`,
  });
}

/** What becomes of the release that the new template cuts off; undefined when none was under way. */
function supersededText(context: Context): string | undefined {
  const before = context.previous?.duration;
  const cutOff = before?.rolloutStartedAt !== undefined && before.finishedAt === undefined && !isRollback(context);
  if (!cutOff || context.hash === context.stableHash) return undefined;
  return `the release of ${context.previous?.currentPodHash} that started at ${before.rolloutStartedAt} ends: Superseded`;
}

function startText(context: Context, status: RolloutStatus): string {
  const { hash, stableHash, ordinal } = context;
  if (hash === stableHash) return 'the template is that of stable again: steps are skipped';
  if (status.fastRollback !== undefined) {
    return `revision ${ordinal} (${hash}) goes back fast (${status.fastRollback.message}): steps, pauses and analyses are skipped; capacity is still awaited`;
  }
  const outside = judgeRollback(context, status);
  if (outside !== undefined)
    return `revision ${ordinal} (${hash}) goes back outside the rollback window (${outside.text}): its steps are walked`;
  return `revision ${ordinal} (${hash}) starts`;
}

/** Other steps for the same template: they start again; an abort stays, since no new revision came (S11), and so does the decision to leave the steps out. */
function newSteps(context: Context, draft: Draft): Draft {
  const { abort } = draft.status;
  const tested = context.stableHash !== undefined && context.stableHash !== context.hash;
  if (!tested || skipsGates(draft.status))
    return patch(draft, { currentStepHash: context.stepHash, currentStepIndex: stepIndex(context, context.steps.length) });
  const changed = patch(draft, { currentStepHash: context.stepHash, currentStepIndex: stepIndex(context, 0) });
  if (abort === true) return changed;
  const attempts = freshAttempts(context, draft.status);
  const reset = patch(changed, { pauseConditions: undefined, controllerPause: undefined, gates: undefined, attempts });
  return say(reset, 'the steps were edited: they start again');
}

/** The draft that the other rungs work on: the status as written, reset when the template or the steps changed. */
export function startDraft(context: Context): Draft {
  const empty: Draft = { status: context.previous ?? { observedGeneration: -1 }, actions: [], events: [], explain: [], wakeAt: undefined };
  if (context.previous === undefined) return newRevision(context, firstSight(context, empty));
  if (context.previous.currentPodHash !== context.hash) return newRevision(context, empty);
  if (context.previous.currentStepHash !== context.stepHash) return newSteps(context, empty);
  return empty;
}
