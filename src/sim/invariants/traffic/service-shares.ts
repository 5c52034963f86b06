import { z } from 'zod';
import { ROLLOUT, SERVICE } from '../../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../../api/labels.ts';
import { memoByObject } from '../../../core/identity/memo-by-object.ts';
import { type AppliedBackend, type AppliedRoute, backendName } from '../../router/applied-config.ts';
import { limitsOf } from '../limits.ts';
import { countsOf, hashOf, type RolloutView, readyPods, replicaSetsOf, selectorOf, viewRollout, type WorldView } from '../world-view.ts';

const istioSchema = z.looseObject({
  destinationRule: z.looseObject({ name: z.string(), stableSubsetName: z.string(), canarySubsetName: z.string() }).optional(),
});

/** The subsets of a mesh between which a Rollout's routes split traffic, as a data plane names them. */
function subsetNames(routing: Readonly<Record<string, unknown>>): readonly string[] {
  const rule = istioSchema.safeParse(routing['istio']).data?.destinationRule;
  return rule === undefined ? [] : [rule.stableSubsetName, rule.canarySubsetName].map((subset) => `${rule.name}/${subset}`);
}

/** A canary whose spec names no router any more, while its status still says which routes it wrote. */
export function wasRouted({ spec, status }: RolloutView): boolean {
  const { canary } = spec.strategy;
  return canary !== undefined && canary.trafficRouting === undefined && status.routing !== undefined;
}

/** The names of the two sides between which a Rollout's routes split traffic, Services or subsets; empty without trafficRouting, now or before. */
export const sidesOf: (rollout: RolloutView) => readonly string[] = memoByObject((rollout) => {
  const routed = wasRouted(rollout) ? rollout.status.routing : rollout.spec.strategy.canary;
  if (routed?.trafficRouting === undefined) return [];
  const { pingPong, stableService, canaryService } = routed;
  const subsets = subsetNames(routed.trafficRouting);
  if (subsets.length > 0) return subsets;
  const sides = pingPong === undefined ? [stableService, canaryService] : [pingPong.pingService, pingPong.pongService];
  return sides.filter((side) => side !== undefined);
});

/** Rollouts of this namespace whose traffic is routed. */
export function routedRollouts(view: WorldView, namespace: string | undefined): readonly RolloutView[] {
  return view
    .objects(ROLLOUT)
    .flatMap((object) => viewRollout(object) ?? [])
    .filter((rollout) => rollout.metadata.namespace === namespace && sidesOf(rollout).length > 0);
}

/** What one side gets in one rule: its share, 0 to 1. */
export interface Share {
  readonly side: string;
  readonly share: number;
  readonly backend: AppliedBackend;
}

/** The share of each side in every rule of a route that splits between the two; a rule for one of them alone splits nothing. */
export function splitsIn(route: AppliedRoute, sides: readonly string[]): readonly (readonly Share[])[] {
  return route.rules.flatMap((rule) => {
    const own = rule.backends.filter((backend) => sides.includes(backendName(backend)));
    const total = own.reduce((sum, backend) => sum + backend.weight, 0);
    if (own.length < 2 || total === 0) return [];
    return [own.map((backend) => ({ side: backendName(backend), share: backend.weight / total, backend }))];
  });
}

/** The largest share that each side may have in any of these configurations. */
export function largestShares(routes: readonly AppliedRoute[], sides: readonly string[]): ReadonlyMap<string, Share> {
  const largest = new Map<string, Share>();
  for (const share of routes.flatMap((route) => splitsIn(route, sides)).flat()) {
    if (share.share >= (largest.get(share.side)?.share ?? 0)) largest.set(share.side, share);
  }
  return largest;
}

/** Ready pods that a backend reaches: those that its Service selects, and of a subset those with its labels. */
export function readyBehind(view: WorldView, namespace: string | undefined, { service, subset }: AppliedBackend): number {
  const object = view.object(SERVICE, `${namespace}/${service}`);
  return object === undefined ? 0 : readyPods(view, namespace, { ...selectorOf(object), ...subset?.labels });
}

/** The revision that a backend reaches, by the labels of its subset or by the selector of its Service. */
export function hashBehind(view: WorldView, namespace: string | undefined, { service, subset }: AppliedBackend): string | undefined {
  return subset?.labels[POD_TEMPLATE_HASH] ?? selectorOf(view.object(SERVICE, `${namespace}/${service}`))[POD_TEMPLATE_HASH];
}

/** What a revision's ReplicaSet is meant to have, and what of it is available. */
export function capacityOf(
  view: WorldView,
  rollout: RolloutView,
  hash: string | undefined,
): { readonly spec: number; readonly available: number } {
  const set = replicaSetsOf(view, rollout).find((one) => hashOf(one) === hash);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return { spec: 0, available: 0 };
  const { spec, available } = countsOf(set);
  return { spec, available: Math.min(spec, available) };
}

/**
 * Pods that a side needs for this share of the traffic (S3): `ceil(replicas * share) - maxUnavailable`, and one for any share at all. People may have asked
 * for less: with `setCanaryScale` or `replicaProgressThreshold` one is all that can be asked.
 */
export function podsNeeded(rollout: RolloutView, share: number, replicas: number): number {
  if (share === 0 || replicas === 0) return 0;
  const { canary } = rollout.spec.strategy;
  const pinned =
    canary?.replicaProgressThreshold !== undefined || canary?.steps.some((step) => step['setCanaryScale'] !== undefined) === true;
  const { unavailable } = limitsOf(rollout, replicas);
  return pinned ? 1 : Math.max(1, Math.ceil(replicas * share - 1e-9) - unavailable);
}
