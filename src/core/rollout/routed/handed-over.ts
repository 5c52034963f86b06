import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { instant } from '../../../api/time.ts';
import { wholeSecond } from '../../time/instants.ts';
import type { Context } from '../context.ts';
import type { StatusPatch } from '../draft.ts';
import { DEFAULT_DELAY_SECONDS } from './scale-down.ts';

/** What a promotion with routers changes besides the stable revision: the deadline of the former one, and the parts of ping and pong. */
export function handedOver(context: Context, status: RolloutStatus): StatusPatch {
  const { canary, traffic, now, stable } = context;
  if (traffic === undefined) return {};
  const delay = canary.dynamicStableScale === true ? 0 : (canary.scaleDownDelaySeconds ?? DEFAULT_DELAY_SECONDS);
  // Weight 0 is written in this pass; the pods drain from when it has settled.
  const deadline = wholeSecond(instant(now + traffic.settle.weight + delay * 1000));
  const scaleDown = stable?.hash === undefined ? status.scaleDown : { ...status.scaleDown, [stable.hash]: deadline };
  if (canary.pingPong === undefined) return { scaleDown };
  const stablePingPong = status.canary?.stablePingPong === 'pong' ? 'ping' : 'pong';
  // All traffic stays where it is; by the new parts it is the stable side's.
  const swapped = { weight: 0, low: 0, high: 0, writtenAt: wholeSecond(now) };
  return { scaleDown, canary: { ...status.canary, stablePingPong }, traffic: swapped };
}
