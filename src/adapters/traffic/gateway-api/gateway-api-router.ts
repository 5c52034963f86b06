import { GRPC_ROUTE, HTTP_ROUTE } from '../../../api/kinds.ts';
import { millis } from '../../../api/time.ts';
import type { GatewayApiConfig } from '../../../core/traffic/gateway-api-config.ts';
import type { RoutedRollout, RouterReading, RouteWrite, TrafficIntent, TrafficRouter } from '../../../ports/traffic-router.ts';
import { type RouterFacts, troubledReading } from '../router-reading.ts';
import { acceptanceOf, worstOf } from './acceptance.ts';
import { type FoundRoute, findRoutes, routeNames } from './find-routes.ts';
import { problemsOfPlannedRoutes } from './planned-routes.ts';
import { correction, writtenTraffic } from './written-traffic.ts';

/**
 * Traefik follows a route up to 2.6 s after the route's status says so (40 changes with its default throttle), Contour and Envoy within 0.2 s: twice the
 * slowest that was measured.
 */
const SETTLE = millis(5_000);

/**
 * HTTPRoute and GRPCRoute of Gateway API: weights of backendRefs, header and mirror routes as rules of their own. A route that cannot be written is left as it
 * is, also by `release`.
 */
export const gatewayApiRouter: TrafficRouter<GatewayApiConfig> = {
  name: 'gatewayAPI',
  kinds: [HTTP_ROUTE, GRPC_ROUTE],
  objects: routeNames,
  read: (config, rollout, objects) => {
    const routes = findRoutes(config, rollout, objects);
    const facts: RouterFacts = { router: 'gatewayAPI', settle: SETTLE, objects: routes.seen };
    return routes.ok ? reading(facts, routes.found, rollout) : troubledReading(facts, routes.trouble);
  },
  problems: (config, rollout, objects) => {
    const routes = findRoutes(config, rollout, objects);
    return routes.ok ? problemsOfPlannedRoutes(routes.found, rollout) : [];
  },
  write: (config, rollout, objects, intent) => {
    const routes = findRoutes(config, rollout, objects);
    return routes.ok ? writesFor(routes.found, rollout, intent) : [];
  },
  release: (config, rollout, objects) => {
    const intent = { weight: 0, maxWeight: rollout.maxWeight, headerRoutes: [], mirrorRoutes: [] };
    // One by one: a route that is gone keeps no other one.
    return oneByOne(config).flatMap((one) => {
      const routes = findRoutes(one, rollout, objects);
      // A generated route that is not there is not made for this.
      return routes.ok ? writesFor(routes.found, rollout, intent).filter((write) => write.type !== 'create') : [];
    });
  },
};

function oneByOne({ routes, generate }: GatewayApiConfig): readonly GatewayApiConfig[] {
  return [
    ...routes.map((route) => ({ routes: [route], generate: undefined })),
    ...(generate === undefined ? [] : [{ routes: [], generate }]),
  ];
}

function reading(facts: RouterFacts, found: readonly FoundRoute[], rollout: RoutedRollout): RouterReading {
  const acceptances = found.map(({ live, what }): RouterReading['acceptance'] =>
    live === undefined ? { state: 'Pending', message: `${what} is not made yet` } : acceptanceOf(what, live),
  );
  return {
    ...facts,
    state: { ok: true, written: writtenTraffic(found, rollout) },
    acceptance: worstOf(acceptances),
  };
}

function writesFor(
  found: readonly FoundRoute[],
  rollout: RoutedRollout,
  intent: Pick<TrafficIntent, 'weight' | 'maxWeight' | 'headerRoutes' | 'mirrorRoutes'>,
): readonly RouteWrite[] {
  return found.flatMap((route): readonly RouteWrite[] => {
    const object = correction(route, rollout, intent);
    if (object === undefined) return [];
    return [{ type: object.metadata.uid === undefined ? 'create' : 'update', kind: route.resource, object }];
  });
}
