import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Context, underTest } from './context.ts';
import { keepsShare, keptPods } from './keeps-share.ts';
import { type Target, targetCounts } from './replicas.ts';
import { formerRoutesStay, sizesBesideRoutes } from './routed/former-routes-stay.ts';
import { routedTarget } from './routed/routed-target.ts';
import { goalWeight } from './routed/traffic-goal.ts';
import { pastSteps, weightAtStep } from './step-weight.ts';

/** The share of traffic that the revision under test should have now, 0..100. */
export function desiredWeight(context: Context, status: RolloutStatus): number {
  if (context.traffic !== undefined && underTest(context, status)) return goalWeight(context, status);
  if (!underTest(context, status)) return 100;
  if (status.abort === true) return 0;
  if (keepsShare(context, status)) return Math.round((100 * keptPods(context)) / Math.max(1, context.limits.replicas));
  return pastSteps(context, status) ? 100 : weightAtStep(context.steps, status.currentStepIndex ?? 0);
}

/** The sizes that are wanted: by numbers of pods they make the weight themselves, with routers they carry it. */
export function desiredTarget(context: Context, status: RolloutStatus): Target {
  if (context.traffic !== undefined) return routedTarget(context, status);
  const counted = countedTarget(context, status);
  return context.stable !== undefined && formerRoutesStay(context, status) ? sizesBesideRoutes(context, counted) : counted;
}

function countedTarget(context: Context, status: RolloutStatus): Target {
  const { replicas, surge } = context.limits;
  // Without a stable ReplicaSet the revision under test is all that can serve.
  if (!underTest(context, status) || context.stable === undefined) return { canary: replicas, stable: 0 };
  if (keepsShare(context, status)) return { canary: keptPods(context), stable: replicas - keptPods(context) };
  return targetCounts(replicas, desiredWeight(context, status), surge);
}
