import type { CanaryStep } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Context } from './context.ts';

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
