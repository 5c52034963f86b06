import { ownCrds } from '../../src/api/own-crds.ts';
import { millis } from '../../src/api/time.ts';
import type { ResourceKind } from '../../src/ports/cluster.ts';
import type { RouterLag } from '../../src/sim/router/applied-config.ts';
import { GATEWAY_API } from '../../src/sim/router/gateway-api/gateway-api.ts';
import type { Scenario } from '../../src/sim/scenario/run-scenario.ts';
import { scenario, services, type Web, web } from './lab.ts';

const CRDS = [...ownCrds(), ...GATEWAY_API.crds];

/** Weights 25 and 50 with a pause at each. */
const ROUTED_STEPS = '[{setWeight: 25}, {pause: {duration: 30s}}, {setWeight: 50}, {pause: {duration: 30s}}]';

/** `shop/web` behind the HTTPRoute `web`; `canary` adds fields of the strategy, each on a line of its own. */
export function routedWeb(options: Web & { readonly routing?: string } = {}): string {
  const { routing = '{gatewayAPI: {httpRoute: web}}', canary, ...rest } = options;
  const fields = [`trafficRouting: ${routing}`, 'scaleDownDelaySeconds: 10', ...(canary === undefined ? [] : [canary])];
  return web({ steps: ROUTED_STEPS, ...rest, canary: fields.join('\n') });
}

/** Ping and pong in place of the stable and the canary Service, with the router that Argo's manifests name for it. */
export function pingPongWeb(options: Web = {}): string {
  return routedWeb({ ...options, routing: '{plugins: {"argoproj-labs/gatewayAPI": {httpRoute: web}}}' })
    .replace('stableService: web-stable', 'pingPong: {pingService: web-stable, pongService: web-canary}')
    .replace('canaryService: web-canary', '');
}

/** A route as a service team writes it: one rule of another team, and one that sends everything to the stable Service. */
export function route(options: { readonly name?: string; readonly kind?: string; readonly rules?: string } = {}): string {
  const { name = 'web', kind = 'HTTPRoute' } = options;
  const search = '{name: search, matches: [{path: {type: PathPrefix, value: /search}}], backendRefs: [{name: search, port: 80}]}';
  const shop = '{name: shop, backendRefs: [{name: web-stable, port: 80}]}';
  const rules = options.rules ?? (kind === 'HTTPRoute' ? `[${search}, ${shop}]` : `[${shop}]`);
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: {name: ${name}, namespace: shop}
spec: {parentRefs: [{name: edge}], rules: ${rules}}
`;
}

/** The Service of the other team. */
export const SEARCH = `
apiVersion: v1
kind: Service
metadata: {name: search, namespace: shop}
spec: {selector: {app: search}, ports: [{port: 80}]}
`;

/** The data plane follows `delay` milliseconds after a write, its status at once. */
export function follows(delay: number): () => RouterLag {
  return () => ({ type: 'after', delay: millis(delay) });
}

/** A scenario with a data plane that follows after a second, and Services for everything that the routes name. */
export function routed(manifests: readonly string[], rest: Parameters<typeof scenario>[1]): Scenario {
  return routedWithout([services(), ...manifests], rest);
}

/** The same without the Services of `shop/web`. */
export function routedWithout(manifests: readonly string[], rest: Parameters<typeof scenario>[1]): Scenario {
  return scenario([SEARCH, ...manifests], {
    crds: CRDS,
    // The former revision's pods go when their delay is over, after the Rollout is Healthy.
    settle: '60s',
    ...rest,
    router: { lag: follows(1000), routers: [GATEWAY_API], ...rest.router },
  });
}

/** Matches requests of the controller for one object. */
export function requestFor(
  verb: string,
  kind: ResourceKind,
  ref: string,
): (request: { verb: string; kind: ResourceKind; ref: string }) => boolean {
  return (request) => request.verb === verb && request.kind.kind === kind.kind && request.ref === ref;
}
