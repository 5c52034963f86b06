import { ROLLOUT, SERVICE } from '../../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../../api/labels.ts';
import type { AppliedRoute } from '../../router/applied-config.ts';
import { limitsOf } from '../limits.ts';
import { countsOf, hashOf, type RolloutView, readyPods, replicaSetsOf, selectorOf, viewRollout, type WorldView } from '../world-view.ts';

/** The two Services between which a Rollout's routes split traffic; empty without trafficRouting. */
export function sidesOf(rollout: RolloutView): readonly string[] {
  const { canary } = rollout.spec.strategy;
  if (canary?.trafficRouting === undefined) return [];
  const { pingPong, stableService, canaryService } = canary;
  const sides = pingPong === undefined ? [stableService, canaryService] : [pingPong.pingService, pingPong.pongService];
  return sides.filter((side) => side !== undefined);
}

/** Rollouts of this namespace whose traffic is routed. */
export function routedRollouts(view: WorldView, namespace: string | undefined): readonly RolloutView[] {
  return view
    .objects(ROLLOUT)
    .flatMap((object) => viewRollout(object) ?? [])
    .filter((rollout) => rollout.metadata.namespace === namespace && sidesOf(rollout).length > 0);
}

/** The share of each side, 0 to 1, in every rule of a route that splits between the two; a rule for one of them alone splits nothing. */
export function splitsIn(route: AppliedRoute, sides: readonly string[]): readonly ReadonlyMap<string, number>[] {
  return route.rules.flatMap((rule) => {
    const own = rule.backends.filter((backend) => sides.includes(backend.service));
    const total = own.reduce((sum, backend) => sum + backend.weight, 0);
    if (own.length < 2 || total === 0) return [];
    return [new Map(own.map((backend) => [backend.service, backend.weight / total]))];
  });
}

/** The largest share that each side may have in any of these configurations. */
export function largestShares(routes: readonly AppliedRoute[], sides: readonly string[]): ReadonlyMap<string, number> {
  const largest = new Map<string, number>();
  for (const split of routes.flatMap((route) => splitsIn(route, sides))) {
    for (const [side, share] of split) largest.set(side, Math.max(share, largest.get(side) ?? 0));
  }
  return largest;
}

/** Ready pods that the Service of this name selects. */
export function readyBehind(view: WorldView, namespace: string | undefined, service: string): number {
  const object = view.object(SERVICE, `${namespace}/${service}`);
  return object === undefined ? 0 : readyPods(view, namespace, selectorOf(object));
}

/** The revision that the Service of this name selects. */
export function hashBehind(view: WorldView, namespace: string | undefined, service: string): string | undefined {
  return selectorOf(view.object(SERVICE, `${namespace}/${service}`))[POD_TEMPLATE_HASH];
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
