import type { Context } from './context.ts';
import type { ObservedReplicaSet } from './observed.ts';
import { presentServices } from './present-services.ts';
import { selectedHash } from './selected-hash.ts';

/**
 * Whether the last pod of a ReplicaSet may go: no Service of ours selects it any more, and the revisions that they select instead are among the
 * ready endpoints. Without surge a single pod has to go before the next one can come.
 */
export function mayEmpty(context: Context, set: ObservedReplicaSet): boolean {
  if (context.limits.replicas === 0 || context.limits.replicas + context.limits.surge <= 1 || set.availableReplicas === 0) return true;
  return presentServices(context).every((service) => {
    const selected = selectedHash(service);
    if (selected === undefined) return true;
    if (selected === set.hash) return false;
    const successor = context.observed.replicaSets.find((one) => one.hash === selected);
    return (successor?.countable ?? 0) === 0 || (service.readyByHash[selected] ?? 0) > 0;
  });
}
