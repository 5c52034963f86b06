import type { Rollout } from '../../api/rollout.ts';
import type { RoutedRollout } from '../../ports/traffic-router.ts';
import { maxTrafficWeight } from './max-weight.ts';
import { serviceSides } from './service-sides.ts';
import { headerRouteOf, mirrorRouteOf } from './step-routes.ts';

/** What routers need to know of a Rollout. */
export function routedRollout(rollout: Rollout): RoutedRollout {
  const { canary } = rollout.spec.strategy;
  const steps = canary?.steps ?? [];
  const sides = canary === undefined ? undefined : serviceSides(canary, rollout.status?.canary?.stablePingPong);
  return {
    name: rollout.metadata.name,
    namespace: rollout.metadata.namespace ?? '',
    uid: rollout.metadata.uid ?? '',
    stableService: sides?.stable,
    canaryService: sides?.canary,
    maxWeight: maxTrafficWeight(canary),
    managedRoutes: (canary?.trafficRouting?.managedRoutes ?? []).map((route) => route.name),
    plannedRoutes: {
      headerRoutes: steps.map(headerRouteOf).filter((route) => route !== undefined),
      mirrorRoutes: steps.map(mirrorRouteOf).filter((route) => route !== undefined),
    },
  };
}
