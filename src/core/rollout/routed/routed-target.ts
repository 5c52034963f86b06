import type { CanaryStep } from '../../../api/rollout.ts';
import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { parseInstant } from '../../../api/time.ts';
import { type Context, underTest } from '../context.ts';
import { keepsShare, keptPods } from '../keeps-share.ts';
import type { Target } from '../replicas.ts';
import { formerRoutesStay } from './former-routes-stay.ts';
import { canarySelectsCurrent, carriesFormer, maxWeightOf, podsFor } from './reach.ts';
import { goalWeight } from './traffic-goal.ts';

type CanaryScale = NonNullable<CanaryStep['setCanaryScale']>;

/** The nearest `setCanaryScale` at or before the current step; `matchTrafficWeight` ends an earlier one (Argo Rollouts). */
export function canaryScale(context: Context, status: RolloutStatus): CanaryScale | undefined {
  const index = status.currentStepIndex ?? 0;
  if (status.promoteFull === true || status.abort === true || index >= context.steps.length) return undefined;
  const last = context.steps.slice(0, index + 1).findLast((step) => step.setCanaryScale !== undefined)?.setCanaryScale;
  return last?.matchTrafficWeight === true ? undefined : last;
}

/** A ReplicaSet that has pods has at least `minPodsPerReplicaSet`, as far as `replicas` allows. */
function atLeast(context: Context, pods: number): number {
  return pods > 0 ? Math.max(Math.min(context.canary.minPodsPerReplicaSet ?? 0, context.limits.replicas), pods) : 0;
}

/** Pods of the canary that carry this weight, or that `setCanaryScale` asks for. */
export function canaryPods(context: Context, status: RolloutStatus, weight: number): number {
  const scale = canaryScale(context, status);
  if (scale?.replicas !== undefined) return scale.replicas;
  if (scale?.weight !== undefined) return atLeast(context, Math.ceil((context.limits.replicas * scale.weight) / 100));
  return atLeast(context, podsFor(context, weight));
}

/** An aborted canary keeps its size until its deadline and as long as traffic may reach it; it never grows (an autoscaler must not feed it). */
function abortedCanary(context: Context, status: RolloutStatus): number {
  const spec = context.current?.specReplicas ?? 0;
  const idle = context.traffic?.weight !== undefined && context.traffic.high === 0;
  const deadline = parseInstant(status.scaleDown?.[context.hash]);
  return idle && deadline !== undefined && context.now >= deadline ? 0 : Math.min(spec, Math.max(context.limits.replicas, 1));
}

/**
 * Stable carries what the canary may not: all of `replicas`, or with dynamicStableScale its share; one pod at least until another revision is stable (S4). Routes that are
 * named no longer are waiting for all of it.
 */
function stablePods(context: Context, status: RolloutStatus): number {
  const { replicas } = context.limits;
  if (context.canary.dynamicStableScale !== true || replicas === 0 || formerRoutesStay(context, status)) return replicas;
  // A share of a former revision goes to stable before the next one gets any.
  const former = carriesFormer(context, status);
  const low = context.traffic?.weight === undefined || former ? 0 : Math.min(context.traffic.low, goalWeight(context, status));
  return atLeast(context, Math.max(1, podsFor(context, maxWeightOf(context) - low)));
}

/** The canary carries what it may be sent now and what it is to get next; a size of its own (`setCanaryScale`) waits until the traffic fits it. */
function testedCanary(context: Context, status: RolloutStatus): number {
  const goal = goalWeight(context, status);
  const sent = context.traffic?.weight === undefined ? (context.traffic?.record?.weight ?? 0) : context.traffic.high;
  const carried = canarySelectsCurrent(context, status) ? sent : 0;
  const carrying = canaryPods(context, status, Math.max(carried, goal));
  // Warm pods of a revision that came back while somebody paused are not given up.
  const warm = keepsShare(context, status) ? keptPods(context) : 0;
  const wanted = Math.max(carrying, warm);
  if (carried === 0) return wanted;
  const kept = carried > goal ? Math.min(context.current?.specReplicas ?? 0, podsFor(context, carried)) : 0;
  return Math.max(wanted, kept, context.limits.replicas > 0 ? 1 : 0);
}

/** Sizes of a routed canary: each side carries all that the data plane may be sending it now, and what it is to get next. */
export function routedTarget(context: Context, status: RolloutStatus): Target {
  const { replicas } = context.limits;
  if (!underTest(context, status) || context.stable === undefined) return { canary: replicas, stable: 0 };
  const stable = stablePods(context, status);
  return { canary: status.abort === true ? abortedCanary(context, status) : testedCanary(context, status), stable };
}
