import type { CanaryStep } from '../../api/rollout.ts';
import type { HeaderRoute, MirrorRoute } from '../../ports/traffic-router.ts';

/** What a step adds: undefined for other steps, and for a header step without `match`, which removes. */
export function headerRouteOf(step: CanaryStep): HeaderRoute | undefined {
  const route = step.setHeaderRoute;
  return route?.match === undefined ? undefined : { name: route.name, match: route.match };
}

/** What a step adds: undefined for other steps, and for a mirror step without `match`, which removes. */
export function mirrorRouteOf(step: CanaryStep): MirrorRoute | undefined {
  const route = step.setMirrorRoute;
  return route?.match === undefined ? undefined : { name: route.name, match: route.match, percentage: route.percentage ?? 100 };
}
