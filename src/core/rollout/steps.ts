import type { CanaryStep } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { begins } from './begins.ts';
import { type Context, underTest } from './context.ts';
import { type Draft, emit, patch, say } from './draft.ts';
import { enoughOf } from './enough-of.ts';
import { activeGates } from './gates.ts';
import { haltOf } from './halt.ts';
import { advance, pauseStep } from './pause-step.ts';
import { lifted } from './quarantine.ts';
import { isHandedOver } from './routed/hand-over.ts';
import { handedOver } from './routed/handed-over.ts';
import { routesReached, routesWait, weightReached } from './routed/traffic-progress.ts';
import { atTarget, sizingOf } from './sizing.ts';
import { stepLabel } from './step-label.ts';

function weightStep(context: Context, draft: Draft, index: number, weight: number): Draft {
  const sized = atTarget(context, draft.status);
  if (sized && weightReached(context, draft.status)) return advance(context, draft, index, `weight ${weight} is reached`);
  if (sized) return say(draft, `${stepLabel(index)}: ${routesWait(context, draft.status)}`);
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

/** Reached when the pods are there; the weight follows at the next `setWeight`. */
function scaleStep(context: Context, draft: Draft, index: number): Draft {
  if (atTarget(context, draft.status)) return advance(context, draft, index, 'the canary has its size');
  const { target, canary } = sizingOf(context, draft.status);
  return say(draft, `${stepLabel(index)}: ${canary.available} of ${target.canary} canary pods serve`);
}

/** Reached when the routes hold what header and mirror steps ask for, and the data plane has taken it over. */
function routeStep(context: Context, draft: Draft, index: number): Draft {
  if (routesReached(context, draft.status)) return advance(context, draft, index, 'the routes are there');
  return say(draft, `${stepLabel(index)}: ${routesWait(context, draft.status)}`);
}

function takeStep(context: Context, draft: Draft, index: number, step: CanaryStep): Draft {
  if (step.setWeight !== undefined) return weightStep(context, draft, index, step.setWeight);
  if (step.pause !== undefined) return pauseStep(context, draft, index, step.pause.duration);
  if (step.analysis !== undefined) return analysisStep(context, draft, index);
  if (step.setCanaryScale !== undefined) return scaleStep(context, draft, index);
  if (step.setHeaderRoute !== undefined || step.setMirrorRoute !== undefined) return routeStep(context, draft, index);
  return say(draft, `${stepLabel(index)} is of no kind that is known: held`);
}

/** At most one step a pass, and only the one that status names (S6). */
export function advanceSteps(context: Context, draft: Draft, analysisReady: boolean): Draft {
  const { status } = draft;
  const index = status.currentStepIndex ?? 0;
  const step = context.steps[index];
  if (!underTest(context, status) || status.abort === true) return draft;
  const halted =
    haltOf(context, status)?.message ?? (analysisReady ? undefined : 'an analysis cannot be started; correct its templates or arguments');
  if (halted !== undefined) return say(draft, `steps are held: ${halted}`);
  if (step === undefined || status.promoteFull === true) return draft;
  const taken = takeStep(context, draft, index, step);
  return begins(context) && taken.status.currentStepIndex !== index ? say(draft, `${stepLabel(index)} begins`) : taken;
}

/** Stable already, aborted, or about to be replaced by the live revision once its configuration is there. */
function isNoCandidate(context: Context, status: RolloutStatus): boolean {
  return status.stableRS === context.hash || status.abort === true || context.revision.hold !== undefined;
}

/** Promotion: past all steps, with every pod of the new revision serving; the live template becomes stable. */
export function promoteWhenReady(context: Context, draft: Draft, analysisReady: boolean): Draft {
  const { status } = draft;
  if (isNoCandidate(context, status)) return draft;
  const first = status.stableRS === undefined;
  if (!first && (haltOf(context, status) !== undefined || (status.promoteFull !== true && !analysisReady))) return draft;
  if (!first && (status.currentStepIndex ?? 0) < context.steps.length) return draft;
  const { canary, limits } = sizingOf(context, status);
  const full =
    context.current?.statusCurrent === true && canary.spec >= limits.replicas && canary.available >= enoughOf(context, limits.replicas);
  if (!full) return say(draft, `full size: ${canary.available} of ${limits.replicas} pods of revision ${context.hash} serve`);
  if (!first && context.traffic !== undefined && !isHandedOver(context, status))
    return say(draft, `promotion: ${routesWait(context, status)}`);
  const promoted = patch(draft, {
    stableRS: context.hash,
    currentStepIndex: context.steps.length,
    quarantine: lifted(context, status),
    ...(first ? {} : handedOver(context, status)),
  });
  return emit(say(promoted, `revision ${context.ordinal} (${context.hash}) is stable`), {
    type: 'Normal',
    reason: 'RolloutCompleted',
    message: `Rollout completed update to revision ${context.ordinal} (${context.hash})`,
  });
}
