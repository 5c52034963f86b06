import { ANALYSIS_TYPE, POD_TEMPLATE_HASH, QUARANTINED } from '../../api/labels.ts';
import type { RolloutSpec } from '../../api/rollout.ts';
import type { ObservedReplicaSet, ObservedRollout } from './observed.ts';
import { ordinalOf } from './ordinal.ts';
import { stableSideHash } from './routed/recover-parts.ts';
import { verdictOf } from './verdict.ts';

/** With blue-green it may have the traffic and not be stable: it breached, or the analysis after the switch has not passed it. */
function isUnproven(observed: ObservedRollout, set: ObservedReplicaSet): boolean {
  if (set.annotations[QUARANTINED] !== undefined) return true;
  const runs = observed.analysisRuns.filter(
    ({ metadata }) => metadata.labels?.[POD_TEMPLATE_HASH] === set.hash && metadata.labels?.[ANALYSIS_TYPE] === 'PostPromotion',
  );
  return runs.length > 0 && runs.every((run) => verdictOf(run) !== 'Pass');
}

/** The revision that the Services say is stable. */
function selectedStable(observed: ObservedRollout, strategy: RolloutSpec['strategy']): string | undefined {
  const { canary, blueGreen } = strategy;
  if (blueGreen === undefined) return canary === undefined ? undefined : stableSideHash(observed, canary);
  const hash = observed.services.get(blueGreen.activeService)?.selector[POD_TEMPLATE_HASH];
  return observed.replicaSets.some((set) => set.hash === hash && !isUnproven(observed, set)) ? hash : undefined;
}

/**
 * Which revision serves, when status was lost: the one that the stable side selects; else the other revision with most serving pods, the older first; else a
 * former revision that is better than a quarantined one. Undefined on a first deployment.
 */
export function recoverStableHash(observed: ObservedRollout, strategy: RolloutSpec['strategy'], hash: string): string | undefined {
  const own = observed.replicaSets.filter((set) => set.owned && !set.deleting && set.hash !== undefined);
  const selected = selectedStable(observed, strategy);
  if (selected !== undefined && own.some((set) => set.hash === selected)) return selected;
  const byService = (left: ObservedReplicaSet, right: ObservedReplicaSet): number =>
    right.availableReplicas - left.availableReplicas || ordinalOf(left) - ordinalOf(right);
  const others = own.filter((set) => set.hash !== hash && !isUnproven(observed, set));
  const best = others.filter((set) => set.specReplicas > 0).sort(byService)[0];
  if (best !== undefined) return best.hash;
  const current = own.find((set) => set.hash === hash);
  if (current?.annotations[QUARANTINED] === undefined) return undefined;
  return others.sort((left, right) => ordinalOf(right) - ordinalOf(left))[0]?.hash;
}
