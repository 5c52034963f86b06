import { MANAGED_BY, POD_TEMPLATE_HASH } from '../../api/labels.ts';
import { seen } from '../plan/seen.ts';
import type { Context } from './context.ts';
import { act, type Draft, say } from './draft.ts';
import type { ObservedReplicaSet, ObservedService } from './observed.ts';
import { selectedHash } from './selected-hash.ts';

/** Whether a revision can take over what a Service carries now: as many serving pods as serve it now, or as many as a release may go down to. */
export function canTakeOver(context: Context, target: ObservedReplicaSet | undefined, service: ObservedService): boolean {
  const enough = Math.max(1, context.limits.replicas - context.limits.unavailable);
  const selected = selectedHash(service);
  const serving = context.observed.replicaSets.find((set) => set.hash === selected)?.availableReplicas ?? 0;
  const needed = selected === undefined ? enough : Math.min(enough, Math.max(1, serving));
  return (target?.countable ?? 0) >= needed;
}

/** Points a Service at this revision, once that has ready pods; nothing when it does so already. */
export function switchTo(context: Context, draft: Draft, service: ObservedService, target: ObservedReplicaSet | undefined): Draft {
  if (target?.hash === undefined) return draft;
  const managed = service.annotations[MANAGED_BY] === context.name;
  const same = selectedHash(service) === target.hash;
  if (same && managed) return draft;
  if (!same && (target.countable < 1 || !target.owned)) {
    return say(draft, `Service ${service.name} stays as it is: revision ${target.hash} has no ready pods yet`);
  }
  return act(draft, {
    type: 'setServiceSelector',
    target: seen(service),
    selector: { ...service.selector, [POD_TEMPLATE_HASH]: target.hash },
    annotations: { [MANAGED_BY]: context.name },
    why: `Service ${service.name} selects revision ${target.hash}`,
  });
}
