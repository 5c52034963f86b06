import { ownCrds } from '../../src/api/own-crds.ts';
import { CONTOUR } from '../../src/sim/router/contour/contour.ts';
import { GATEWAY_API } from '../../src/sim/router/gateway-api/gateway-api.ts';
import { ISTIO } from '../../src/sim/router/istio/istio.ts';
import { NGINX } from '../../src/sim/router/nginx/nginx.ts';
import type { SimulatedRouter } from '../../src/sim/router/simulated-router.ts';
import { TRAEFIK } from '../../src/sim/router/traefik/traefik.ts';
import type { Scenario } from '../../src/sim/scenario/run-scenario.ts';
import { type scenario, services, type Web } from './lab.ts';
import { follows, route, routedWeb, routedWithout } from './routed-lab.ts';

/** An Ingress of ingress-nginx that leads to the stable Service. */
export const INGRESS = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web-stable, port: {number: 80}}}}]}
`;

/** One way to route `shop/web`: what the Rollout says of it, the objects of the service team, and how late the data plane follows. */
export interface RouterCase {
  readonly router: SimulatedRouter;
  readonly routing: string;
  readonly objects: string;
  /** From a write until the data plane follows, within what the router settles in. Milliseconds. */
  readonly delay: number;
  /** The revisions are subsets of one Service, so that there are no two. */
  readonly subsets?: boolean;
}

const VIRTUAL_SERVICE = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
`;

/** Every router, by the name of its golden logs. */
export const ROUTER_CASES: Readonly<Record<string, RouterCase>> = {
  'gateway-api': { router: GATEWAY_API, routing: '{gatewayAPI: {httpRoute: web}}', objects: route(), delay: 2600 },
  'istio-hosts': {
    router: ISTIO,
    routing: '{istio: {virtualService: {name: web}}}',
    objects: `${VIRTUAL_SERVICE}
spec:
  hosts: [web.example.com]
  http: [{name: primary, route: [{destination: {host: web-stable}, weight: 100}, {destination: {host: web-canary}, weight: 0}]}]
`,
    delay: 8000,
  },
  'istio-subsets': {
    router: ISTIO,
    routing: '{istio: {virtualService: {name: web}, destinationRule: {name: web, stableSubsetName: stable, canarySubsetName: canary}}}',
    objects: `${VIRTUAL_SERVICE}
spec:
  hosts: [web.example.com]
  http: [{name: primary, route: [{destination: {host: web, subset: stable}, weight: 100}, {destination: {host: web, subset: canary}, weight: 0}]}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec: {host: web, subsets: [{name: stable, labels: {app: web}}, {name: canary, labels: {app: web}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`,
    delay: 8000,
    subsets: true,
  },
  nginx: {
    router: NGINX,
    routing: '{nginx: {stableIngress: web}}',
    objects: INGRESS,
    delay: 3300,
  },
  traefik: {
    router: TRAEFIK,
    routing: '{traefik: {weightedTraefikServiceName: web}}',
    objects: `
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: web, namespace: shop}
spec: {weighted: {services: [{name: web-stable, port: 80, weight: 100}, {name: web-canary, port: 80, weight: 0}]}}
`,
    delay: 2600,
  },
  contour: {
    router: CONTOUR,
    routing: '{contour: {httpProxies: [web]}}',
    objects: `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: web, namespace: shop}
spec:
  virtualhost: {fqdn: shop.example.com}
  routes: [{conditions: [{prefix: /}], services: [{name: web-stable, port: 80, weight: 100}, {name: web-canary, port: 80, weight: 0}]}]
`,
    delay: 200,
  },
};

const OWN_CRDS = ownCrds();

/** `shop/web` behind this router. */
export function webBehind({ routing, subsets }: RouterCase, options: Web = {}): string {
  const text = routedWeb({ ...options, routing });
  return subsets === true ? text.replace(/ *(?:stable|canary)Service: .*\n/g, '') : text;
}

/** A scenario with this router, its data plane, and everything that the objects name. */
export function behind(of: RouterCase, manifests: readonly string[], rest: Parameters<typeof scenario>[1]): Scenario {
  const base = routedWithout([...(of.subsets === true ? [] : [services()]), of.objects, ...manifests], {
    ...rest,
    router: { lag: follows(of.delay), routers: [of.router] },
  });
  return { ...base, crds: [...OWN_CRDS, ...of.router.crds] };
}
