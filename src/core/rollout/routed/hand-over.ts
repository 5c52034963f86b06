import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { enoughOf } from '../enough-of.ts';
import { selectedHash } from '../selected-hash.ts';
import { pastSteps } from '../step-weight.ts';
import { canaryReach, maxWeightOf, reachable, routedServices, serviceOf } from './reach.ts';

/** The weight is 0 and both sides select the new revision: an earlier pass handed over, and its status was lost. All of the traffic is where it belongs. */
function wasHandedOver(context: Context, status: RolloutStatus): boolean {
  const { traffic, canary, hash } = context;
  if (traffic?.written === undefined || traffic.weight !== 0 || canary.pingPong !== undefined) return false;
  const services = routedServices(context, status);
  const selected = (['stable', 'canary'] as const).flatMap((side) => [
    ...(services[side] === undefined ? [] : [selectedHashOf(context, status, side)]),
    ...(traffic.written ?? []).flatMap((one) => (side === 'stable' ? one.stableHash : one.canaryHash) ?? []),
  ]);
  return selected.length > 0 && selected.every((one) => one === hash);
}

/** Undefined when there is no such Service, or it selects no revision. */
function selectedHashOf(context: Context, status: RolloutStatus, side: 'stable' | 'canary'): string | undefined {
  const service = serviceOf(context, status, side);
  return service === undefined ? undefined : selectedHash(service);
}

/** All traffic is verified on the new revision, which serves at full size: the stable side, which carries nothing, may take it over. */
export function isHandingOver(context: Context, status: RolloutStatus): boolean {
  const { traffic, current, limits } = context;
  if (traffic === undefined || !underTest(context, status) || status.abort === true || !pastSteps(context, status)) return false;
  const full = current?.statusCurrent === true && current.specReplicas >= limits.replicas;
  const serves = canaryReach(context, status) >= enoughOf(context, limits.replicas);
  const all = traffic.verified && traffic.weight === maxWeightOf(context);
  return full && serves && (all || wasHandedOver(context, status));
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
