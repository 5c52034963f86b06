import { z } from 'zod';
import { DESTINATION_RULE, REPLICA_SET, VIRTUAL_SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH, REVISION } from '../../src/api/labels.ts';
import { type KubeObject, objectMetaSchema } from '../../src/api/metadata.ts';
import type { ResourceKind } from '../../src/ports/cluster.ts';
import { hashOf } from '../../src/sim/invariants/world-view.ts';
import { ISTIO_CRDS } from '../../src/sim/router/istio/istio-crds.ts';
import type { Stage } from '../../src/sim/scenario/timeline.ts';

/** An Ingress of NGINX that sends everything to this Service. */
export function ingress(service: string): string {
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    kubernetes.io/ingress.class: nginx
spec:
  rules:
  - http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: ${service}
            port:
              number: 80
---
`;
}

/** A VirtualService `web` with one route between two destinations, all of it to the first. */
function virtualService(stable: string, canary: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
spec:
  hosts:
  - shop
  http:
  - name: primary
    route:
    - destination: {${stable}}
      weight: 100
    - destination: {${canary}}
      weight: 0
---
`;
}

/** A VirtualService `web` with one route between the Services `stable` and `canary`. */
export const SPLIT_BY_HOST = virtualService('host: stable', 'host: canary');

/** A VirtualService and a DestinationRule `web` with two subsets of the Service `shop`. */
export const SPLIT_BY_SUBSET = `${virtualService('host: shop, subset: stable', 'host: shop, subset: canary')}apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: web
spec:
  host: shop
  subsets:
  - name: stable
    labels: {app: shop}
  - name: canary
    labels: {app: shop}
---
`;

const SIDES = 'canaryService: canary\nstableService: stable\n';
/** Fields of a canary that an Ingress `web` splits between two Services. */
export const BY_INGRESS = `${SIDES}trafficRouting: {nginx: {stableIngress: web}}\n`;
/** Fields of a canary that {@link SPLIT_BY_HOST} splits. */
export const BY_HOST = `${SIDES}trafficRouting: {istio: {virtualService: {name: web, routes: [primary]}}}\n`;

const routes = z.looseObject({
  spec: z.looseObject({
    http: z.array(
      z.looseObject({
        name: z.string().optional(),
        route: z.array(z.looseObject({ destination: z.looseObject({ host: z.string() }), weight: z.number().default(0) })),
      }),
    ),
  }),
});
const subsets = z.looseObject({
  spec: z.looseObject({ subsets: z.array(z.looseObject({ labels: z.record(z.string(), z.string()).default({}) })) }),
});

const definition = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: objectMetaSchema,
  spec: z.looseObject({ names: z.looseObject({ kind: z.string() }), versions: z.array(z.looseObject({ name: z.string() })) }),
});

type Look = Pick<Stage, 'sim'>;

/** The routes of the only VirtualService: `<name>: <host>=<weight> ...`. */
export function routesOf(stage: Look): readonly string[] {
  const { spec } = routes.parse(stage.sim.snapshot(VIRTUAL_SERVICE)[0]);
  return spec.http.map(
    ({ name, route }) => `${name ?? 'no name'}: ${route.map((one) => `${one.destination.host}=${one.weight}`).join(' ')}`,
  );
}

/** The weights of its first route. */
export function splitOf(stage: Look, kind: ResourceKind = VIRTUAL_SERVICE): readonly number[] {
  const { spec } = routes.parse(stage.sim.snapshot(kind)[0]);
  return spec.http[0]?.route.map(({ weight }) => weight) ?? [];
}

/** The revisions that the subsets of the only DestinationRule select; undefined for one that selects all. */
export function subsetsOf(stage: Look): readonly (string | undefined)[] {
  const { spec } = subsets.parse(stage.sim.snapshot(DESTINATION_RULE)[0]);
  return spec.subsets.map(({ labels }) => {
    const hash = labels[POD_TEMPLATE_HASH];
    return stage.sim.snapshot(REPLICA_SET).find((set) => hashOf(set) === hash)?.metadata.annotations?.[REVISION];
  });
}

/** The definition of one of Istio's kinds as a cluster has it that serves this version alone. */
export function inVersion(kind: 'VirtualService' | 'DestinationRule', version: string): KubeObject {
  const found = ISTIO_CRDS.map((crd) => definition.parse(crd)).find((crd) => crd.spec.names.kind === kind);
  if (found === undefined) throw new Error(`there is no definition of ${kind}`);
  return { ...found, spec: { ...found.spec, versions: found.spec.versions.map((one) => ({ ...one, name: version })) } };
}
