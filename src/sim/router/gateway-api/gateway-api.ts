import { GRPC_ROUTE, HTTP_ROUTE } from '../../../api/kinds.ts';
import { oneByOne, type SimulatedRouter, type StatusFacts } from '../simulated-router.ts';
import { GATEWAY_CRDS } from './gateway-crds.ts';
import { type GatewayRouteView, rulesOf, viewGatewayRoute } from './gateway-route.ts';

const KINDS = [HTTP_ROUTE, GRPC_ROUTE];
const CONTROLLER_NAME = 'sim.sluice.dev/router';

/** The status of an accepted route: it says that the object was understood, not that the data plane follows it. */
function statusOf(route: GatewayRouteView, { missing, at }: StatusFacts): Readonly<Record<string, unknown>> {
  const observedGeneration = route.metadata.generation ?? 0;
  const common = { observedGeneration, lastTransitionTime: at };
  const resolved =
    missing.length === 0
      ? { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: '' }
      : { type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound', message: `Service ${missing.join(', ')} does not exist` };
  const conditions = [
    { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', ...common },
    { ...resolved, ...common },
  ];
  return { parents: route.spec.parentRefs.map((parentRef) => ({ parentRef, controllerName: CONTROLLER_NAME, conditions })) };
}

/** Gateway API: its controller accepts a route before the data plane follows it, as Traefik was measured to do. */
export const GATEWAY_API: SimulatedRouter = {
  name: 'gateway-api',
  kinds: KINDS,
  crds: GATEWAY_CRDS,
  serve: oneByOne(KINDS, (object) => {
    const route = viewGatewayRoute(object);
    return route === undefined ? undefined : rulesOf(route);
  }),
  statusOf: (object, facts) => {
    const route = viewGatewayRoute(object);
    return route === undefined ? undefined : statusOf(route, facts);
  },
};
