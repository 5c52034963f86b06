import type { RolloutStatus } from '../../../api/rollout-status.ts';
import type { Context } from '../context.ts';
import type { ObservedReplicaSet } from '../observed.ts';
import { selectedHash } from '../selected-hash.ts';
import { serviceOf } from './routing.ts';

/**
 * All traffic reaches the stable revision whatever the weights are: both sides select it, and former revisions only wait for their deadline. A Service that
 * does not exist selects nothing and is another rung's trouble.
 */
export function isRoutedSettled(context: Context, status: RolloutStatus, others: readonly ObservedReplicaSet[]): boolean {
  const { traffic } = context;
  if (traffic?.written === undefined) return false;
  const sides = (['stable', 'canary'] as const).every((side) => {
    const service = serviceOf(context, status, side);
    return service === undefined || selectedHash(service) === context.hash;
  });
  const subsets = traffic.written.every((one) =>
    [one.stableHash, one.canaryHash].every((hash) => hash === undefined || hash === context.hash),
  );
  const draining = others.every((set) => set.specReplicas + set.replicas === 0 || status.scaleDown?.[set.hash ?? ''] !== undefined);
  return sides && subsets && draining;
}
