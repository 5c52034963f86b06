import { MANAGED_BY, POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Context, underTest } from './context.ts';
import { act, type Draft, say } from './draft.ts';
import type { ObservedReplicaSet, ObservedService } from './observed.ts';
import { sizingOf } from './sizing.ts';

/** The revision that this Service selects now. */
export function selectedHash(service: ObservedService): string | undefined {
  const hash = service.selector[POD_TEMPLATE_HASH];
  return hash === '' ? undefined : hash;
}

/** The Services that the strategy names and that exist. */
export function ownServices(context: Context): readonly ObservedService[] {
  const names = [context.canary.stableService, context.canary.canaryService];
  return names.flatMap((name) => {
    const service = name === undefined ? undefined : context.observed.services.get(name);
    return service === undefined ? [] : [service];
  });
}

/** Whether a revision can take over what a Service carries now: as many serving pods as serve it now, or as many as a release may go down to. */
function canTakeOver(context: Context, target: ObservedReplicaSet | undefined, service: ObservedService): boolean {
  const enough = Math.max(1, context.limits.replicas - context.limits.unavailable);
  const selected = selectedHash(service);
  const serving = context.observed.replicaSets.find((set) => set.hash === selected)?.availableReplicas ?? 0;
  const needed = selected === undefined ? enough : Math.min(enough, Math.max(1, serving));
  return (target?.availableReplicas ?? 0) >= needed;
}

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

/** The canary Service follows the revision under test once that serves, and is stable's otherwise; once switched it does not flap with readiness. */
function canaryTarget(context: Context, status: RolloutStatus, service: ObservedService): ObservedReplicaSet | undefined {
  const { current, stable } = context;
  if (status.stableRS === undefined) return undefined;
  if (!underTest(context, status)) return current;
  const none = context.limits.replicas > 0 && sizingOf(context, status).target.canary === 0;
  if (status.abort === true || current === undefined || none) return stable;
  return selectedHash(service) === current.hash || current.availableReplicas > 0 ? current : stable;
}

function switchTo(context: Context, draft: Draft, service: ObservedService, target: ObservedReplicaSet | undefined): Draft {
  if (target?.hash === undefined) return draft;
  const managed = service.annotations[MANAGED_BY] === context.name;
  const same = selectedHash(service) === target.hash;
  if (same && managed) return draft;
  if (!same && (target.availableReplicas < 1 || !target.owned)) {
    return say(draft, `Service ${service.name} stays as it is: revision ${target.hash} has no ready pods yet`);
  }
  return act(draft, {
    type: 'setServiceSelector',
    target: { name: service.name, uid: service.uid, resourceVersion: service.resourceVersion },
    selector: { ...service.selector, [POD_TEMPLATE_HASH]: target.hash },
    annotations: { [MANAGED_BY]: context.name },
    why: `Service ${service.name} selects revision ${target.hash}`,
  });
}

/** One decision a pass for each Service: never an empty hash, never a revision without ready pods (S13, S2). */
export function planServices(context: Context, draft: Draft): Draft {
  const { stableService, canaryService } = context.canary;
  const stable = stableService === undefined ? undefined : context.observed.services.get(stableService);
  const canary = canaryService === undefined ? undefined : context.observed.services.get(canaryService);
  let next = draft;
  if (stable !== undefined) next = switchTo(context, next, stable, stableTarget(context, draft.status, stable));
  if (canary !== undefined) next = switchTo(context, next, canary, canaryTarget(context, draft.status, canary));
  return next;
}

/**
 * Whether the last pod of a ReplicaSet may go: no Service of ours selects it any more, and the revisions that they select instead are among the
 * ready endpoints. Without surge a single pod has to go before the next one can come.
 */
export function mayEmpty(context: Context, set: ObservedReplicaSet): boolean {
  if (context.limits.replicas === 0 || context.limits.replicas + context.limits.surge <= 1 || set.availableReplicas === 0) return true;
  return ownServices(context).every((service) => {
    const selected = selectedHash(service);
    if (selected === undefined) return true;
    if (selected === set.hash) return false;
    const successor = context.observed.replicaSets.find((one) => one.hash === selected);
    return (successor?.availableReplicas ?? 0) === 0 || (service.readyByHash[selected] ?? 0) > 0;
  });
}
