import type { KubeObject } from '../../../src/api/metadata.ts';

/** One of many services that are released at once. */
export interface Member {
  readonly name: string;
  readonly namespace: string;
}

/** Two replicas each, as most services of a large cluster have. */
export const REPLICAS = 2;
export const WEIGHTS = [20, 40, 60, 80] as const;
/** How long the old pods stay after the last step: the default of `scaleDownDelaySeconds`. */
export const STAYS_SECONDS = 30;
const PER_NAMESPACE = 100;

/** So many services, a hundred to a namespace. */
export function fleetOf(count: number): readonly Member[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `svc-${String(index).padStart(4, '0')}`,
    namespace: `fleet-${Math.floor(index / PER_NAMESPACE)}`,
  }));
}

/** Namespaces of the services. */
export function namespacesOf(fleet: readonly Member[]): readonly string[] {
  return [...new Set(fleet.map(({ namespace }) => namespace))];
}

/** Pods of one version of a service. */
export function podTemplate({ name }: Member, tag: string): Readonly<Record<string, unknown>> {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: `fleet/${name}:${tag}` }] } };
}

/** The two Services that every routed release has. */
export function servicesOf({ name, namespace }: Member): readonly KubeObject[] {
  return ['stable', 'canary'].map((side) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${name}-${side}`, namespace },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  }));
}

/** The Ingress that its users come by. */
export function ingressOf({ name, namespace }: Member): KubeObject {
  const backend = { service: { name: `${name}-stable`, port: { number: 80 } } };
  const rules = [{ host: `${name}.test`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace },
    spec: { ingressClassName: 'nginx', rules },
  };
}

/** A release of four weights and four pauses through NGINX routing. */
export function rolloutOf(member: Member, pauseSeconds: number): KubeObject {
  const { name, namespace } = member;
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { name, namespace },
    spec: {
      replicas: REPLICAS,
      selector: { matchLabels: { app: name } },
      template: podTemplate(member, '1'),
      strategy: {
        canary: {
          stableService: `${name}-stable`,
          canaryService: `${name}-canary`,
          trafficRouting: { nginx: { stableIngress: name } },
          steps: WEIGHTS.flatMap((setWeight) => [{ setWeight }, { pause: { duration: `${pauseSeconds}s` } }]),
        },
      },
    },
  };
}
