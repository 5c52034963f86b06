import { DESTINATION_RULE, type KindDescriptor, VIRTUAL_SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { Stage } from '../../src/sim/scenario/timeline.ts';
import { argoServices } from './argo-lab.ts';

/** The two Services of `shop/web`. */
export const SERVICES = argoServices('web-stable', 'web-canary');

/** A canary of Argo Rollouts with two Services behind a router. */
export function canary(routing: string, steps: string): string {
  return `{canary: {stableService: web-stable, canaryService: web-canary, trafficRouting: ${routing}, steps: ${steps}}}`;
}

/** The VirtualService `shop/web` with these routes. */
export function virtualService(spec: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec: {hosts: [web.example.com], gateways: [edge], ${spec}}
`;
}

const HOSTS = '[{destination: {host: web-stable}, weight: 100}, {destination: {host: web-canary}, weight: 0}]';
/** One named http route to both Services. */
export const HTTP = `http: [{name: primary, route: ${HOSTS}}]`;
/** One TLS route to both Services. */
export const TLS = `tls: [{match: [{port: 3000, sniHosts: [web]}], route: ${HOSTS}}]`;

/** A route of a VirtualService. */
interface Route {
  readonly name?: string;
  readonly mirrorPercentage?: { readonly value: number };
  readonly route: readonly { readonly destination: { readonly host: string; readonly subset?: string }; readonly weight?: number }[];
}

/** The object of this name. */
export function objectOf(stage: Pick<Stage, 'sim'>, kind: KindDescriptor, name: string) {
  return stage.sim.snapshot(kind).find((object) => object.metadata.name === name);
}

/** The routes of a protocol of the VirtualService. */
export function routesOf(stage: Pick<Stage, 'sim'>, protocol: 'http' | 'tls' = 'http'): readonly Route[] {
  const spec = objectOf(stage, VIRTUAL_SERVICE, 'web')?.['spec'] as Readonly<Partial<Record<'http' | 'tls', readonly Route[]>>>;
  return spec[protocol] ?? [];
}

/** Weights of every route, in the order of its destinations. */
export function weightsOf(stage: Pick<Stage, 'sim'>, protocol: 'http' | 'tls' = 'http'): readonly (readonly number[])[] {
  return routesOf(stage, protocol).map(({ route }) => route.map(({ weight = 100 }) => weight));
}

/** A DestinationRule `shop/web` with a subset for each side of one host. */
export const SUBSET_RULE = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec: {host: web, subsets: [{name: stable, labels: {app: web}}, {name: canary, labels: {app: web}}]}
`;
/** The destinations of a route to both subsets. */
export const SUBSETS = '[{destination: {host: web, subset: stable}, weight: 100}, {destination: {host: web, subset: canary}, weight: 0}]';

/** The hashes that the subsets select; undefined for one that selects all. */
export function subsetHashes(stage: Pick<Stage, 'sim'>): readonly (string | undefined)[] {
  const spec = objectOf(stage, DESTINATION_RULE, 'web')?.['spec'] as {
    readonly subsets: readonly { readonly labels: Readonly<Record<string, string>> }[];
  };
  return spec.subsets.map(({ labels }) => labels[POD_TEMPLATE_HASH]);
}
