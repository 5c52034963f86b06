import type { Context } from '../context.ts';
import type { Draft } from '../draft.ts';
import { recordFormerlyStable } from '../formerly-stable.ts';
import { planReplicaSets } from '../replica-sets.ts';
import { planRestart } from '../restart/plan-restart.ts';
import { clearForSwitch } from './clear.ts';
import { giveBackWhenDown } from './give-back.ts';
import { promoteWhenServing } from './promote.ts';
import { planScaleDowns } from './scale-down.ts';
import { planSelectors } from './selectors.ts';
import { resizeBlueGreen } from './sizes.ts';

/**
 * The rungs of blue-green: two revisions stand beside each other at full size, and the selector of the active Service is the traffic. The new one is previewed,
 * judged and waited for, then switched to, judged again, and becomes stable; the old one stays warm for its delay.
 */
export function blueGreenLadder(context: Context, draft: Draft, analysisReady: boolean): Draft {
  const walked = clearForSwitch(context, giveBackWhenDown(context, draft), analysisReady);
  const selected = planSelectors(
    context,
    planRestart(context, recordFormerlyStable(context, promoteWhenServing(context, walked, analysisReady))),
  );
  return planReplicaSets(context, planScaleDowns(context, selected), resizeBlueGreen);
}
