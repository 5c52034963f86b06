import type { CanaryStep, Rollout } from '../../api/rollout.ts';
import type { HeaderRoute, MirrorRoute, RoutedRollout } from '../../ports/traffic-router.ts';

/** Weights are percentages unless `maxTrafficWeight` says otherwise (argo-rollouts 1.5). */
const DEFAULT_MAX_WEIGHT = 100;

/** What a step adds: undefined for other steps, and for a header step without `match`, which removes. */
function headerRouteOf(step: CanaryStep): HeaderRoute | undefined {
  const route = step.setHeaderRoute;
  return route?.match === undefined ? undefined : { name: route.name, match: route.match };
}

/** What a step adds: undefined for other steps, and for a mirror step without `match`, which removes. */
function mirrorRouteOf(step: CanaryStep): MirrorRoute | undefined {
  const route = step.setMirrorRoute;
  return route?.match === undefined ? undefined : { name: route.name, match: route.match, percentage: route.percentage ?? 100 };
}

/** What routers need to know of a Rollout. */
export function routedRollout(rollout: Rollout): RoutedRollout {
  const { canary } = rollout.spec.strategy;
  const steps = canary?.steps ?? [];
  return {
    name: rollout.metadata.name,
    namespace: rollout.metadata.namespace ?? '',
    uid: rollout.metadata.uid ?? '',
    ...servicesOf(rollout),
    maxWeight: canary?.trafficRouting?.maxTrafficWeight ?? DEFAULT_MAX_WEIGHT,
    managedRoutes: (canary?.trafficRouting?.managedRoutes ?? []).map((route) => route.name),
    plannedRoutes: {
      headerRoutes: steps.map(headerRouteOf).filter((route) => route !== undefined),
      mirrorRoutes: steps.map(mirrorRouteOf).filter((route) => route !== undefined),
    },
  };
}

/** With ping-pong the ping Service is stable until a promotion made pong it. */
function servicesOf({ spec, status }: Rollout): Pick<RoutedRollout, 'stableService' | 'canaryService'> {
  const { canary } = spec.strategy;
  if (canary?.pingPong === undefined) return { stableService: canary?.stableService, canaryService: canary?.canaryService };
  const { pingService, pongService } = canary.pingPong;
  return status?.canary?.stablePingPong === 'pong'
    ? { stableService: pongService, canaryService: pingService }
    : { stableService: pingService, canaryService: pongService };
}
