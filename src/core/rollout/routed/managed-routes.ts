import type { CanaryStep } from '../../../api/rollout.ts';
import type { RolloutStatus } from '../../../api/rollout-status.ts';
import type { HeaderRoute, MirrorRoute } from '../../../ports/traffic-router.ts';
import { headerRouteOf, mirrorRouteOf } from '../../traffic/step-routes.ts';
import { type Context, underTest } from '../context.ts';
import { canaryReach } from './reach.ts';

/** Routes that header and mirror steps made. */
export interface ManagedRoutes {
  readonly headerRoutes: readonly HeaderRoute[];
  readonly mirrorRoutes: readonly MirrorRoute[];
}

export const NO_ROUTES: ManagedRoutes = { headerRoutes: [], mirrorRoutes: [] };

/** The last step of each route's name at or before `index` decides; one without `match` removes the route. */
function routesAt(steps: readonly CanaryStep[], index: number): ManagedRoutes {
  const headers = new Map<string, HeaderRoute | undefined>();
  const mirrors = new Map<string, MirrorRoute | undefined>();
  for (const step of steps.slice(0, index + 1)) {
    if (step.setHeaderRoute !== undefined) headers.set(step.setHeaderRoute.name, headerRouteOf(step));
    if (step.setMirrorRoute !== undefined) mirrors.set(step.setMirrorRoute.name, mirrorRouteOf(step));
  }
  const present = <T>(routes: Map<string, T | undefined>): T[] => [...routes.values()].filter((one): one is T => one !== undefined);
  return { headerRoutes: present(headers), mirrorRoutes: present(mirrors) };
}

/** In the order of `managedRoutes`, which is their precedence. */
function ordered<T extends { readonly name: string }>(context: Context, routes: readonly T[]): readonly T[] {
  const order = (context.canary.trafficRouting?.managedRoutes ?? []).map((route) => route.name);
  return routes.toSorted((left, right) => order.indexOf(left.name) - order.indexOf(right.name));
}

/**
 * The routes that should be there now. None for a revision that is not under test, aborted, promoted in full or past its steps (Argo Rollouts removes them
 * then), and none while the canary side reaches no pod: a header route is traffic too (S2).
 */
export function managedRoutes(context: Context, status: RolloutStatus): ManagedRoutes {
  const index = status.currentStepIndex ?? 0;
  const over = status.abort === true || status.promoteFull === true || index >= context.steps.length;
  if (!underTest(context, status) || over || canaryReach(context, status) === 0) return NO_ROUTES;
  const { headerRoutes, mirrorRoutes } = routesAt(context.steps, index);
  return { headerRoutes: ordered(context, headerRoutes), mirrorRoutes: ordered(context, mirrorRoutes) };
}
