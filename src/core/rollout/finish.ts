import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type ConditionFacts, timedConditions } from '../conditions/timed-conditions.ts';
import { deepEqual } from '../identity/deep-equal.ts';
import type { Plan } from '../plan/plan.ts';
import { blueGreenStatus } from './blue-green/blue-green-status.ts';
import { kstatusFacts } from './conditions.ts';
import { configFacts } from './config-situation.ts';
import { type Context, underTest } from './context.ts';
import { judgeDeadlines } from './deadlines.ts';
import { type Draft, patch, say, wake } from './draft.ts';
import type { Refusal } from './invalid.ts';
import { notOwnedFacts } from './own-services.ts';
import { isSettled, judgePhase } from './phase.ts';
import { podCounts } from './pod-counts.ts';
import { podFailureFacts, withPodFailure } from './pod-failure.ts';
import { recordLastGood } from './provenance.ts';
import { refusedFacts } from './refused-writes.ts';
import { releaseDuration } from './release-duration.ts';
import { unmatchedFacts } from './replica-set-ownership.ts';
import { formerRoutesFact } from './routed/release-former.ts';
import { routedWeights } from './routed/routed-weights.ts';
import { selectorConflict } from './selector-conflict.ts';
import { selectorText } from './selector-text.ts';
import { troubleFacts } from './service-trouble.ts';
import type { Situation } from './situation.ts';
import { atTarget } from './sizing.ts';
import { desiredWeight } from './weight.ts';
import { workloadGeneration } from './workload.ts';

function weights(context: Context, draft: Draft): NonNullable<RolloutStatus['canary']>['weights'] {
  if (context.traffic !== undefined) return routedWeights(context, draft.status, context.traffic);
  const tested = underTest(context, draft.status);
  const weight = tested ? desiredWeight(context, draft.status) : 0;
  const { canaryService, stableService } = context.canary;
  const stableHash = tested ? draft.status.stableRS : context.hash;
  return {
    canary: { podTemplateHash: context.hash, ...(canaryService === undefined ? {} : { serviceName: canaryService }), weight },
    stable: {
      ...(stableHash === undefined ? {} : { podTemplateHash: stableHash }),
      ...(stableService === undefined ? {} : { serviceName: stableService }),
      weight: 100 - weight,
    },
    verified: tested ? atTarget(context, draft.status) : isSettled(context, draft),
  };
}

function withCounts(context: Context, draft: Draft): Draft {
  const counts = podCounts(context, draft.status);
  const selector = selectorText(context.rollout.spec.selector).slice(0, 4096);
  return patch(draft, {
    observedGeneration: context.rollout.metadata.generation ?? 0,
    revision: context.ordinal,
    ...counts,
    HPAReplicas: counts.replicas,
    selector,
    workloadObservedGeneration: workloadGeneration(context.observed),
    ...(context.blueGreen === undefined
      ? { canary: { ...draft.status.canary, weights: weights(context, draft) }, blueGreen: undefined }
      : blueGreenStatus(context, draft, selector)),
  });
}

/** Argo Rollouts' conditions, beside the three of kstatus. */
function otherFacts(
  context: Context,
  status: RolloutStatus,
  situation: Situation,
  progress: ConditionFacts,
  refusal: Refusal | undefined,
): readonly ConditionFacts[] {
  const enough = (status.availableReplicas ?? 0) >= context.limits.replicas - context.limits.unavailable;
  const fact = (type: string, holds: boolean, yes: string, no: string, message: string): ConditionFacts => ({
    type,
    status: holds ? 'True' : 'False',
    reason: holds ? yes : no,
    message,
  });
  const completed = status.stableRS === context.hash && context.revision.hold === undefined;
  const invalid = refusal ?? (situation.reason === 'InvalidSpec' ? { reason: 'InvalidSpec', message: situation.message } : undefined);
  return [
    progress,
    fact(
      'Available',
      enough,
      'AvailableReason',
      'NotAvailable',
      enough ? 'enough pods serve' : 'fewer pods serve than replicas - maxUnavailable',
    ),
    fact(
      'Paused',
      situation.phase === 'Paused',
      'RolloutPaused',
      'RolloutNotPaused',
      situation.phase === 'Paused' ? situation.message : 'not paused',
    ),
    fact(
      'Healthy',
      situation.phase === 'Healthy',
      'RolloutHealthy',
      'RolloutNotHealthy',
      situation.phase === 'Healthy' ? 'the stable revision serves' : 'not healthy',
    ),
    fact(
      'Completed',
      completed,
      'RolloutCompleted',
      'RolloutNotCompleted',
      completed ? 'the live template is stable' : 'the live template is not stable yet',
    ),
    ...configFacts(context),
    ...(invalid === undefined ? [] : [{ type: 'InvalidSpec', status: 'True' as const, reason: invalid.reason, message: invalid.message }]),
  ];
}

/** Whether this pass moved what the next one starts from, so that another look is due at once. */
function movedOn(before: RolloutStatus | undefined, next: RolloutStatus): boolean {
  if (before === undefined) return true;
  const keys = [
    'currentStepIndex',
    'stableRS',
    'currentPodHash',
    'currentStepHash',
    'abort',
    'promoteFull',
    'attempts',
    'quarantine',
    'pauseConditions',
    'workload',
    'blueGreen',
    'scaleDown',
  ] as const;
  return keys.some((key) => !deepEqual(before[key], next[key]));
}

/** The complete next status, equal to the written one when nothing is new, and when to look again. */
export function finish(
  context: Context,
  decided: Draft,
  refusal: Refusal | undefined,
  analysisProblems: readonly string[],
): Plan<RolloutStatus> {
  const counted = withCounts(context, decided);
  const first = judgePhase(context, counted, refusal, analysisProblems);
  const { situation: judgedSituation, facts: progress, record, wakeAt: deadline } = judgeDeadlines(context, counted, first);
  const situation = withPodFailure(context, judgedSituation);
  const refused = refusedFacts(context, counted.status);
  const generation = context.rollout.metadata.generation ?? 0;
  const facts = [
    ...kstatusFacts(situation.phase, situation.reason, situation.message),
    ...otherFacts(context, counted.status, situation, progress, refusal),
    ...troubleFacts(context.troubles),
    ...notOwnedFacts(context),
    ...refused,
    ...(refused.some(({ type }) => type === 'ReplicaFailure') ? [] : podFailureFacts(context)),
    ...unmatchedFacts(context, counted.status),
    ...[selectorConflict(counted.status), formerRoutesFact(context, counted)].filter((fact) => fact !== undefined),
  ];
  const judged = patch(counted, {
    phase: situation.phase,
    deadlines: record,
    message: situation.message.slice(0, 32_768),
    conditions: timedConditions(context.previous?.conditions, facts, generation, context.now),
  });
  const timed = patch(judged, { duration: releaseDuration(context, judged.status) });
  const promoted = timed.status.stableRS === context.hash ? patch(timed, { promoteFull: undefined, controllerPause: undefined }) : timed;
  const done = say(recordLastGood(context, promoted), `${situation.phase} (${situation.reason}): ${situation.message}`);
  const status = context.previous !== undefined && deepEqual(context.previous, done.status) ? context.previous : done.status;
  const timer = deadline === undefined ? done : wake(done, deadline);
  const { wakeAt } = movedOn(context.previous, status) ? wake(timer, context.now) : timer;
  return {
    actions: done.actions,
    status,
    events: done.events,
    explain: done.explain,
    ...(wakeAt === undefined ? {} : { requeueAt: wakeAt }),
  };
}
