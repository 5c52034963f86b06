import { ADDRESSES, portOf } from '../../run/addresses.ts';
import { BACKENDS, type DataPlane, HOST } from './routed-story.ts';
import { NAMESPACE } from './shop.ts';

const API = 'gateway.networking.k8s.io/v1';
const metadata = (name: string) => ({ name, namespace: NAMESPACE });

/** The lab's Traefik, by an HTTPRoute of the Gateway API. */
export const TRAEFIK_PLANE: DataPlane = {
  name: 'Traefik by an HTTPRoute',
  test: 'traefik',
  address: ADDRESSES.gateway,
  routing: { gatewayAPI: { httpRoutes: [{ name: 'checkout' }] } },
  objects: [
    { apiVersion: API, kind: 'GatewayClass', metadata: { name: 'traefik' }, spec: { controllerName: 'traefik.io/gateway-controller' } },
    {
      apiVersion: API,
      kind: 'Gateway',
      metadata: metadata('gw'),
      spec: { gatewayClassName: 'traefik', listeners: [{ name: 'web', port: portOf(ADDRESSES.gateway), protocol: 'HTTP' }] },
    },
    {
      apiVersion: API,
      kind: 'HTTPRoute',
      metadata: metadata('checkout'),
      spec: { parentRefs: [{ name: 'gw' }], hostnames: [HOST], rules: [{ backendRefs: BACKENDS }] },
    },
  ],
};
