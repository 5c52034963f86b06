import type { RolloutStatus } from '../../../api/rollout-status.ts';
import type { Context } from '../context.ts';
import type { ObservedReplicaSet } from '../observed.ts';
import { selectedHash } from '../selected-hash.ts';
import { serviceOf } from './reach.ts';

/**
 * All traffic reaches the stable revision whatever the weights are: both sides select it, and former revisions only wait for their deadline. A Service that
 * does not exist selects nothing and is another rung's trouble.
 */
export function isRoutedSettled(context: Context, status: RolloutStatus, others: readonly ObservedReplicaSet[]): boolean {
  const { traffic } = context;
  if (traffic?.written === undefined) return false;
  const sides = (['stable', 'canary'] as const).map((side) => serviceOf(context, status, side)).filter((one) => one !== undefined);
  const selected = [...sides.map(selectedHash), ...traffic.written.flatMap((one) => [one.stableHash, one.canaryHash])];
  // At size 0 there is no pod that anything could be pointed at.
  const ours =
    context.limits.replicas === 0 ||
    selected.every((hash, index) => hash === context.hash || (hash === undefined && index >= sides.length));
  const draining = others.every((set) => set.specReplicas + set.replicas === 0 || status.scaleDown?.[set.hash ?? ''] !== undefined);
  return ours && draining;
}
