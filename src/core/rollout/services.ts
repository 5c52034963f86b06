import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Context, underTest } from './context.ts';
import type { Draft } from './draft.ts';
import type { ObservedReplicaSet, ObservedService } from './observed.ts';
import { presentServices } from './present-services.ts';
import { formerRoutesStay } from './routed/former-routes-stay.ts';
import { planRoutedServices } from './routed/routed-services.ts';
import { selectedHash } from './selected-hash.ts';
import { canTakeOver, switchTo } from './service-switch.ts';
import { sizingOf } from './sizing.ts';

/** The stable Service follows stable; it goes over once the new revision is to serve alone and has the capacity, and back only by an abort. */
function stableTarget(context: Context, status: RolloutStatus, service: ObservedService): ObservedReplicaSet | undefined {
  const { current, stable } = context;
  if (status.stableRS === undefined) return undefined;
  // At size 0 nobody serves and nothing is decided by sizes.
  const handedOver = context.limits.replicas > 0 && sizingOf(context, status).target.stable === 0;
  const alone = !underTest(context, status) || (status.abort !== true && handedOver);
  const wanted = alone ? current : stable;
  const stays = context.observed.replicaSets.find((set) => set.hash !== undefined && set.hash === selectedHash(service));
  if (wanted?.hash === stays?.hash || canTakeOver(context, wanted, service)) return wanted;
  return stays ?? (underTest(context, status) ? stable : undefined);
}

/**
 * The canary Service follows the revision under test once that serves, and is stable's otherwise; once switched it does not flap with readiness. A share that routes still give
 * it stays with the pods that carry it.
 */
function canaryTarget(context: Context, status: RolloutStatus, service: ObservedService): ObservedReplicaSet | undefined {
  const { current, stable } = context;
  if (status.stableRS === undefined) return undefined;
  if (!underTest(context, status)) return current;
  const carrying = context.observed.replicaSets.find((set) => set.hash === selectedHash(service) && set.countable > 0);
  if (carrying !== undefined && formerRoutesStay(context, status)) return carrying;
  const none = context.limits.replicas > 0 && sizingOf(context, status).target.canary === 0;
  if (status.abort === true || current === undefined || none) return stable;
  return selectedHash(service) === current.hash || current.countable > 0 ? current : stable;
}

/** One decision a pass for each Service: never an empty hash, never a revision without ready pods (S13, S2). */
export function planServices(context: Context, draft: Draft): Draft {
  if (context.traffic !== undefined) return planRoutedServices(context, draft);
  const { stableService, canaryService } = context.canary;
  const stable = stableService === undefined ? undefined : context.observed.services.get(stableService);
  const canary = canaryService === undefined ? undefined : context.observed.services.get(canaryService);
  let next = draft;
  if (stable !== undefined) next = switchTo(context, next, stable, stableTarget(context, draft.status, stable));
  if (canary !== undefined) next = switchTo(context, next, canary, canaryTarget(context, draft.status, canary));
  return next;
}

/** Whether every Service that the strategy names selects a revision with ready endpoints. */
export function servicesServe(context: Context): boolean {
  return presentServices(context).every((service) => (service.readyByHash[selectedHash(service) ?? ''] ?? 0) > 0);
}
