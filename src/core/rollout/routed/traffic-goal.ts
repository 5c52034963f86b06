import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { isFrozen } from '../frozen.ts';
import { keepsShare } from '../keeps-share.ts';
import { pastSteps, weightAtStep } from '../step-weight.ts';
import { maxWeightOf } from './reach.ts';

/** Where steps and people want the canary's weight, of `maxTrafficWeight`; whether it can be given yet is another question. */
export function goalWeight(context: Context, status: RolloutStatus): number {
  if (!underTest(context, status) || status.abort === true) return 0;
  if (isFrozen(context, status) || keepsShare(context, status)) return context.traffic?.weight ?? context.traffic?.record?.weight ?? 0;
  return pastSteps(context, status) ? maxWeightOf(context) : weightAtStep(context.steps, status.currentStepIndex ?? 0);
}
