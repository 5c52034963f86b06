import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { enoughOf } from '../enough-of.ts';
import { pastSteps } from '../step-weight.ts';
import { canaryReach, maxWeightOf, reachable, routedServices, serviceOf } from './routing.ts';

/** All traffic is verified on the new revision, which serves at full size: the stable side, which carries nothing, may take it over. */
export function isHandingOver(context: Context, status: RolloutStatus): boolean {
  const { traffic, current, limits } = context;
  if (traffic === undefined || !underTest(context, status) || status.abort === true || !pastSteps(context, status)) return false;
  const full = current?.statusCurrent === true && current.specReplicas >= limits.replicas;
  const serves = canaryReach(context, status) >= enoughOf(context, limits.replicas);
  return full && serves && traffic.verified && traffic.weight === maxWeightOf(context);
}

/** The stable side reaches the new revision with the pods it needs: from here on weight 0 and the promotion are one step. */
export function isHandedOver(context: Context, status: RolloutStatus): boolean {
  // At size 0 nobody serves, and there is no traffic to hand over.
  if (context.limits.replicas === 0) return underTest(context, status) && status.abort !== true && pastSteps(context, status);
  if (!isHandingOver(context, status)) return false;
  if (context.canary.pingPong !== undefined) return true;
  const enough = enoughOf(context, context.limits.replicas);
  const service = serviceOf(context, status, 'stable');
  if (routedServices(context, status).stable !== undefined) return reachable(context.current, service, true) >= enough;
  return context.traffic?.written?.every((one) => one.stableHash === undefined || one.stableHash === context.hash) === true;
}
