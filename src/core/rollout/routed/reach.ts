import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { maxTrafficWeight } from '../../traffic/max-weight.ts';
import { type ServiceSides, serviceSides } from '../../traffic/service-sides.ts';
import { type Context, underTest } from '../context.ts';
import type { ObservedReplicaSet, ObservedService } from '../observed.ts';
import { selectedHash } from '../selected-hash.ts';

/** The whole of the traffic: weights are integers of this. */
export function maxWeightOf(context: Context): number {
  return maxTrafficWeight(context.canary);
}

/** Pods that carry `weight`, rounded up (Argo Rollouts, canary with traffic routing). */
export function podsFor(context: Context, weight: number): number {
  return Math.ceil((context.limits.replicas * weight) / maxWeightOf(context));
}

/** The Services by the part that they play now. */
export function routedServices(context: Context, status: RolloutStatus): ServiceSides {
  return serviceSides(context.canary, status.canary?.stablePingPong);
}

/** The live Service of this side; undefined when routes tell revisions apart by subsets, or when it does not exist. */
export function serviceOf(context: Context, status: RolloutStatus, side: 'stable' | 'canary'): ObservedService | undefined {
  const name = routedServices(context, status)[side];
  return name === undefined ? undefined : context.observed.services.get(name);
}

/** Pods of this revision that traffic can reach through this Service: available, and among its ready endpoints (S2, S5). */
export function reachable(set: ObservedReplicaSet | undefined, service: ObservedService | undefined, named: boolean): number {
  if (set?.hash === undefined) return 0;
  if (!named) return set.countable;
  if (service === undefined || selectedHash(service) !== set.hash) return 0;
  return Math.min(set.countable, service.readyByHash[set.hash] ?? 0);
}

/** The canary side selects the revision under test, so that its share is that revision's; otherwise it is a former one's. */
export function canarySelectsCurrent(context: Context, status: RolloutStatus): boolean {
  if (routedServices(context, status).canary === undefined) {
    return context.traffic?.written?.every((one) => one.canaryHash === undefined || one.canaryHash === context.hash) !== false;
  }
  const service = serviceOf(context, status, 'canary');
  return service !== undefined && selectedHash(service) === context.hash;
}

/** Pods of the revision under test that the canary side reaches. */
export function canaryReach(context: Context, status: RolloutStatus): number {
  const named = routedServices(context, status).canary !== undefined;
  if (!underTest(context, status) || !canarySelectsCurrent(context, status)) return 0;
  return reachable(context.current, serviceOf(context, status, 'canary'), named);
}

/** The canary side carries a share for a former revision: the template changed, or went back, in the middle of a release. */
export function carriesFormer(context: Context, status: RolloutStatus): boolean {
  return (context.traffic?.high ?? 0) > 0 && (!underTest(context, status) || !canarySelectsCurrent(context, status));
}

function setOf(context: Context, hash: string | undefined): ObservedReplicaSet | undefined {
  return context.observed.replicaSets.find((set) => set.hash !== undefined && set.hash === hash);
}

/** What the canary side selects now: the revision under test, or a former one. */
export function canarySide(context: Context, status: RolloutStatus): ObservedReplicaSet | undefined {
  if (routedServices(context, status).canary === undefined) return setOf(context, context.traffic?.written?.[0]?.canaryHash);
  const service = serviceOf(context, status, 'canary');
  return service && setOf(context, selectedHash(service));
}

/** Pods that the canary side reaches, of whatever revision it selects. */
export function canarySideReach(context: Context, status: RolloutStatus): number {
  const named = routedServices(context, status).canary !== undefined;
  return reachable(canarySide(context, status), serviceOf(context, status, 'canary'), named);
}

/** What the stable side selects now: stable, the new revision in the middle of a promotion, or a former one that another template left there. */
export function stableSide(context: Context, status: RolloutStatus): ObservedReplicaSet | undefined {
  if (routedServices(context, status).stable === undefined) return context.stable;
  const service = serviceOf(context, status, 'stable');
  return service && setOf(context, selectedHash(service));
}

/** Pods that the stable side reaches, of whatever revision it selects. */
export function stableReach(context: Context, status: RolloutStatus): number {
  const named = routedServices(context, status).stable !== undefined;
  return reachable(stableSide(context, status), serviceOf(context, status, 'stable'), named);
}
