import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Instant } from '../../api/time.ts';
import type { Plan } from '../plan/plan.ts';
import { analysisProblems, planAnalysisRuns } from './analysis-runs.ts';
import { blueGreenLadder } from './blue-green/ladder.ts';
import { planConfigCopies } from './config-copies.ts';
import { recordConfig } from './config-status.ts';
import { type Context, readContext, writtenStatus } from './context.ts';
import { enforceDeadlines } from './deadlines.ts';
import { decideDeletion, deletionFacts } from './deletion.ts';
import type { Draft } from './draft.ts';
import { withFinalizer } from './finalizer.ts';
import { finish } from './finish.ts';
import { recordFormerlyStable } from './formerly-stable.ts';
import { planHistory } from './history.ts';
import { type Refusal, refusalOf, refusedPlan } from './invalid.ts';
import { judgeGates } from './judge.ts';
import type { ObservedRollout } from './observed.ts';
import { planOwnServices } from './own-services.ts';
import { planPodDress } from './pods/plan-dress.ts';
import { recordProvenance } from './provenance.ts';
import { completeQuarantine } from './quarantine.ts';
import { releaseFormerServices } from './release-services.ts';
import { planReplicaSets } from './replica-sets.ts';
import { handleRequests } from './requests.ts';
import { evictOldPods, planRestart } from './restart/plan-restart.ts';
import { followRestore } from './rollback.ts';
import { planTraffic } from './routed/plan-traffic.ts';
import { releaseFormerRoutes } from './routed/release-former.ts';
import { unknownTraffic } from './routed/unknown-traffic.ts';
import { holdFoughtSelectors } from './selector-conflict.ts';
import { refusingTroubles, type ServiceTrouble, serviceTroubles, troubleFacts, withoutUnusable } from './service-trouble.ts';
import { planServices } from './services.ts';
import { specProblems } from './spec-problems.ts';
import { startDraft } from './start.ts';
import { advanceSteps, promoteWhenReady } from './steps.ts';
import { lookingAgain, strayRefusal } from './stray-set.ts';
import { planWorkloadScale } from './workload-scale.ts';

/**
 * What to do with a Rollout, as a pure function of what was observed: a ladder of rungs, each in its own file.
 *
 * Total and deterministic: it never throws for an expected state, asks no clock, and repeats itself for equal input. Every decision says why in `explain`.
 */
export function decideRollout(read: ObservedRollout, now: Instant): Plan<RolloutStatus> {
  const { rollout } = read;
  const written = writtenStatus(rollout);
  const troubles = serviceTroubles(read);
  const observed = withoutUnusable(read, troubles);
  if (rollout.metadata.deletionTimestamp !== undefined) {
    return decideDeletion(deletionFacts(observed), written, now);
  }
  const stray = strayRefusal(observed);
  if (stray !== undefined) return lookingAgain(refusedPlan(written, rollout.metadata.generation ?? 0, stray, now), now);
  const refusal = refusalIn(observed, refusingTroubles(rollout, written, troubles));
  const context = readContext(read, now, troubles);
  const unknown = unknownTraffic(context);
  if (unknown !== undefined) return refusedPlan(written, rollout.metadata.generation ?? 0, unknown, now);
  const requested = completeQuarantine(context, recordConfig(context, handleRequests(context, startDraft(context))));
  // What serves stays untouched while the spec is wrong; only an abort still takes traffic back.
  if (refusal !== undefined && (requested.status.abort !== true || context.stable === undefined)) {
    return refusedPlan(written, rollout.metadata.generation ?? 0, refusal, now);
  }
  const judged = enforceDeadlines(context, followRestore(context, judgeGates(context, recordProvenance(context, requested))));
  const problems = analysisProblems(context, judged);
  const climb = context.blueGreen === undefined ? canaryLadder : blueGreenLadder;
  const given = releaseFormerRoutes(context, releaseFormerServices(context, judged));
  const sized = climb(context, planOwnServices(context, given), problems.length === 0);
  const tidied = planConfigCopies(
    context,
    planHistory(context, planAnalysisRuns(context, planWorkloadScale(context, planPodDress(context, holdFoughtSelectors(context, sized))))),
  );
  return withFinalizer(observed, finish(context, evictOldPods(context, tidied), refusal, problems));
}

/** Everything that keeps the Rollout from being acted on, at once; undefined when nothing does. */
function refusalIn(observed: ObservedRollout, troubles: readonly ServiceTrouble[]): Refusal | undefined {
  const { invalid, unsupported } = specProblems(observed, troubles);
  const refusal = refusalOf(invalid, unsupported);
  return refusal === undefined || troubles.length === 0 ? refusal : { ...refusal, causes: troubleFacts(troubles) };
}

function canaryLadder(context: Context, draft: Draft, analysisReady: boolean): Draft {
  const stepped = promoteWhenReady(context, advanceSteps(context, draft, analysisReady), analysisReady);
  return planReplicaSets(
    context,
    planTraffic(context, planServices(context, planRestart(context, recordFormerlyStable(context, stepped)))),
  );
}
