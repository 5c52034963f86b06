import type { RolloutAnalysis } from '../../../api/rollout.ts';
import type { RolloutStatus } from '../../../api/rollout-status.ts';
import type { Context } from '../context.ts';
import { type Gate, makeGate } from '../gate.ts';
import { skipsGates } from '../rollback-window.ts';
import { countOf } from '../sizing.ts';
import { isCleared, isPreviewReady, isServing, isSwitched, previewSize } from './place.ts';
import { settingsOf } from './settings.ts';

/** The one gate that counts now: the analysis before the switch until that is cleared, from then on the one after it. */
export function blueGreenGates(context: Context, status: RolloutStatus): readonly Gate[] {
  if (skipsGates(status)) return [];
  const { prePromotion, postPromotion } = settingsOf(context);
  const before = !isCleared(status);
  const analysis = before ? prePromotion : postPromotion;
  return analysis === undefined ? [] : [makeGate(context, status, { type: before ? 'PrePromotion' : 'PostPromotion' }, analysis)];
}

/** The analyses that are still to come or under way. */
export function blueGreenAnalyses(context: Context, status: RolloutStatus): readonly (RolloutAnalysis | undefined)[] {
  if (skipsGates(status)) return [];
  const { prePromotion, postPromotion } = settingsOf(context);
  return isCleared(status) ? [postPromotion] : [prePromotion, postPromotion];
}

/** What a run waits for before it may start; undefined when it may. There is nothing to measure before the pods are there and reached. */
export function blueGreenGateWaits(context: Context, status: RolloutStatus, gate: Gate): string | undefined {
  const { available } = countOf(context.current);
  if (gate.type === 'PrePromotion') {
    if (isPreviewReady(context) && available > 0) return undefined;
    return `${previewSize(context)} pods of revision ${context.hash} to serve as the preview (${available} do)`;
  }
  if (isSwitched(context, status) && isServing(context) && available > 0) return undefined;
  return `the active Service to lead to ${context.limits.replicas} ready pods of revision ${context.hash}`;
}
