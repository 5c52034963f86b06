import { QUARANTINED } from '../../api/labels.ts';
import type { CanaryStrategy } from '../../api/rollout.ts';
import type { ObservedReplicaSet, ObservedRollout } from './observed.ts';
import { ordinalOf } from './ordinal.ts';
import { stableSideHash } from './routed/recover-parts.ts';

/**
 * Which revision serves, when status was lost: the one that the stable side selects; else the other revision with most serving pods, the older first; else a
 * former revision that is better than a quarantined one. Undefined on a first deployment.
 */
export function recoverStableHash(observed: ObservedRollout, strategy: CanaryStrategy | undefined, hash: string): string | undefined {
  const own = observed.replicaSets.filter((set) => set.owned && !set.deleting && set.hash !== undefined);
  const selected = strategy === undefined ? undefined : stableSideHash(observed, strategy);
  if (selected !== undefined && own.some((set) => set.hash === selected)) return selected;
  const byService = (left: ObservedReplicaSet, right: ObservedReplicaSet): number =>
    right.availableReplicas - left.availableReplicas || ordinalOf(left) - ordinalOf(right);
  const others = own.filter((set) => set.hash !== hash && set.annotations[QUARANTINED] === undefined);
  const serving = others.filter((set) => set.specReplicas > 0).sort(byService)[0];
  if (serving !== undefined) return serving.hash;
  const current = own.find((set) => set.hash === hash);
  if (current?.annotations[QUARANTINED] === undefined) return undefined;
  return others.sort((left, right) => ordinalOf(right) - ordinalOf(left))[0]?.hash;
}
