import type { ResourceKind } from '../../ports/cluster.ts';
import { CONTOUR } from './contour/contour.ts';
import { GATEWAY_API } from './gateway-api/gateway-api.ts';
import { ISTIO } from './istio/istio.ts';
import { NGINX } from './nginx/nginx.ts';
import type { SimulatedRouter } from './simulated-router.ts';
import { TRAEFIK } from './traefik/traefik.ts';

/** Every router that the simulated world has; another one is one more folder, and its line here. */
export const SIMULATED_ROUTERS: readonly SimulatedRouter[] = [GATEWAY_API, ISTIO, NGINX, TRAEFIK, CONTOUR];

/** Kinds whose objects are routes, or parts of them. */
export const ROUTE_KINDS: readonly ResourceKind[] = SIMULATED_ROUTERS.flatMap((router) => router.kinds);

/** The router that reads objects of this kind. */
export function routerOf(kind: ResourceKind): SimulatedRouter | undefined {
  return SIMULATED_ROUTERS.find((router) => router.kinds.some((one) => one.group === kind.group && one.plural === kind.plural));
}
