import { abortRollout } from '../abort.ts';
import type { Context } from '../context.ts';
import type { Draft } from '../draft.ts';
import { isFrozen } from '../frozen.ts';
import { canTakeOver } from '../service-switch.ts';
import { activeService, isSwitched } from './place.ts';

/**
 * After the switch and before the promotion, a revision of which no pod serves any more gives the traffic back to a stable one that can take it (S2). No verdict
 * said so, hence neither quarantine nor Git; and it does not come again by itself, so that a crash loop never makes the traffic go to and fro.
 */
export function giveBackWhenDown(context: Context, draft: Draft): Draft {
  const { current, stable, limits } = context;
  const { status } = draft;
  const active = activeService(context);
  if (status.abort === true || limits.replicas === 0 || active === undefined || isFrozen(context, status)) return draft;
  if (!isSwitched(context, status) || stable === undefined) return draft;
  const serving = (current?.availableReplicas ?? 0) + (current?.readyReplicas ?? 0) + (active.readyByHash[context.hash] ?? 0);
  if (serving > 0 || !canTakeOver(context, stable, active)) return draft;
  return abortRollout(context, draft, `no pod of revision ${context.hash} serves any more after the switch`);
}
