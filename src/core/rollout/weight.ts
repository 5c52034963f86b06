import type { CanaryStep } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Context, underTest } from './context.ts';
import { type Target, targetCounts } from './replicas.ts';

/** The last `setWeight` at or before this step; 0 before the first. */
export function weightAtStep(steps: readonly CanaryStep[], index: number): number {
  for (let at = Math.min(index, steps.length - 1); at >= 0; at -= 1) {
    const weight = steps[at]?.setWeight;
    if (weight !== undefined) return weight;
  }
  return 0;
}

/** All steps are behind: what is left is to reach the full size. */
export function pastSteps(context: Context, status: RolloutStatus): boolean {
  return status.promoteFull === true || (status.currentStepIndex ?? 0) >= context.steps.length;
}

/** The share of traffic that the revision under test should have now, 0..100. */
export function desiredWeight(context: Context, status: RolloutStatus): number {
  if (!underTest(context, status)) return 100;
  if (status.abort === true) return 0;
  return pastSteps(context, status) ? 100 : weightAtStep(context.steps, status.currentStepIndex ?? 0);
}

/** The sizes that make the desired weight by numbers of pods. */
export function desiredTarget(context: Context, status: RolloutStatus): Target {
  const { replicas, surge } = context.limits;
  // Without a stable ReplicaSet the revision under test is all that can serve.
  if (!underTest(context, status) || context.stable === undefined) return { canary: replicas, stable: 0 };
  return targetCounts(replicas, desiredWeight(context, status), surge);
}
