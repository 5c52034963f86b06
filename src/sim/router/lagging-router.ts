import { ENDPOINT_SLICE, POD, SERVICE } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { formatInstant, type Millis, millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { createKeyedLoop } from '../world/keyed-loop.ts';
import { createMirror, type Mirror } from '../world/mirror.ts';
import { stableJson } from '../world/stable-json.ts';
import { type ServiceView, viewService } from '../world/workload-views.ts';
import { type AppliedConfig, type AppliedRoute, createAppliedConfig, type RouterLag } from './applied-config.ts';
import { configOf, type GatewayRouteView, ROUTE_KINDS, viewGatewayRoute } from './gateway-route.ts';
import { routeTraffic, serviceTraffic, type Traffic } from './traffic.ts';

const CONTROLLER_NAME = 'sim.sluice.dev/router';

/** A data plane that follows routes after a while. A route is named by kind and place: `HTTPRoute/shop/checkout`; a Service by `shop/checkout`. */
export interface LaggingRouter {
  run(signal: AbortSignal): Promise<void>;
  /** Weights that the data plane holds, rule by rule; undefined while it holds nothing of this route. */
  appliedWeights(route: string): AppliedRoute | undefined;
  /** What the data plane may serve for each route that it holds: what it applied, and what is on its way. */
  possible(): ReadonlyMap<string, readonly AppliedRoute[]>;
  /** Told when the data plane goes over to another configuration of a route, or loses one. */
  onApplied(listener: AppliedListener): void;
  trafficByHash(target: { readonly route: string } | { readonly service: string }): Traffic;
}

export type AppliedListener = (route: string, before: AppliedRoute | undefined, after: AppliedRoute | undefined) => void;

export interface LaggingRouterOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** When the data plane follows this generation of this route; at once when absent. */
  readonly lag?: ((route: string, generation: number) => RouterLag) | undefined;
  /** From a write to the conditions in the route's status; none, which is before the data plane follows. */
  readonly statusDelay?: Millis | undefined;
}

/** The status of an accepted route: it says that the object was understood, not that the data plane follows it. */
function statusOf(route: GatewayRouteView, missing: readonly string[], at: string): Record<string, unknown> {
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

function sameStatus(left: unknown, right: unknown): boolean {
  const strip = (status: unknown): string =>
    stableJson(JSON.parse(JSON.stringify(status ?? {}, (name, value: unknown) => (name === 'lastTransitionTime' ? undefined : value))));
  return strip(left) === strip(right);
}

class DataPlane implements LaggingRouter {
  readonly #options: LaggingRouterOptions;
  readonly #routes: ReadonlyMap<string, Mirror<GatewayRouteView>>;
  readonly #services: Mirror<ServiceView>;
  readonly #slices: Mirror<KubeObject>;
  readonly #pods: Mirror<KubeObject>;
  readonly #configs = new Map<string, AppliedConfig>();
  readonly #listeners: AppliedListener[] = [];

  constructor(options: LaggingRouterOptions) {
    const { cluster, clock } = options;
    this.#options = options;
    const asIs = (object: KubeObject): KubeObject => object;
    this.#routes = new Map(ROUTE_KINDS.map((kind) => [kind.kind, createMirror({ cluster, clock, kind, parse: viewGatewayRoute })]));
    this.#services = createMirror({ cluster, clock, kind: SERVICE, parse: viewService });
    this.#slices = createMirror({ cluster, clock, kind: ENDPOINT_SLICE, parse: asIs });
    this.#pods = createMirror({ cluster, clock, kind: POD, parse: asIs });
  }

  appliedWeights(route: string): AppliedRoute | undefined {
    return this.#configs.get(route)?.applied();
  }

  possible(): ReadonlyMap<string, readonly AppliedRoute[]> {
    return new Map(Array.from(this.#configs, ([route, config]) => [route, config.possible()] as const));
  }

  onApplied(listener: AppliedListener): void {
    this.#listeners.push(listener);
  }

  trafficByHash(target: { readonly route: string } | { readonly service: string }): Traffic {
    const endpoints = { slices: this.#slices.list().map((slice) => slice.raw), pods: this.#pods.list().map((pod) => pod.raw) };
    if ('service' in target) return serviceTraffic(target.service, endpoints);
    return routeTraffic(target.route.split('/')[1] ?? '', this.appliedWeights(target.route), endpoints);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, statusDelay = millis(0) } = this.#options;
    const stop = new AbortController();
    const own = AbortSignal.any([signal, stop.signal]);
    const defect = Promise.withResolvers<never>();
    const statuses = createKeyedLoop({ clock, signal: own, handle: (route) => this.#writeStatus(route), onDefect: defect.reject });
    for (const [kind, routes] of this.#routes) {
      routes.onChange((key, _, current) => {
        this.#follow(`${kind}/${key}`, current?.view);
        statuses.addAfter(`${kind}/${key}`, statusDelay);
      });
    }
    this.#services.onChange(() => {
      for (const [kind, routes] of this.#routes) for (const { key } of routes.list()) statuses.addAfter(`${kind}/${key}`, statusDelay);
    });
    const mirrors = [this.#services, this.#slices, this.#pods, ...this.#routes.values()];
    try {
      await Promise.race([Promise.all(mirrors.map((mirror) => mirror.run(own))), defect.promise]);
    } finally {
      stop.abort();
    }
  }

  async #writeStatus(id: string): Promise<undefined> {
    const { cluster, clock } = this.#options;
    const kind = ROUTE_KINDS.find((one) => id.startsWith(`${one.kind}/`));
    const routes = this.#routes.get(kind?.kind ?? '');
    const route = routes?.get(id.slice(id.indexOf('/') + 1));
    if (kind === undefined || route === undefined) return undefined;
    const names = route.view.spec.rules.flatMap((rule) => rule.backendRefs.map((backend) => backend.name));
    const missing = [...new Set(names)].filter((name) => this.#services.get(`${route.view.metadata.namespace}/${name}`) === undefined);
    const status = statusOf(route.view, missing, formatInstant(clock.now()));
    if (sameStatus(route.view.status, status)) return undefined;
    const written = await cluster.update(kind, { ...route.raw, status }, { fieldManager: CONTROLLER_NAME, subresource: 'status' });
    routes?.absorb(written);
    return undefined;
  }

  #follow(id: string, route: GatewayRouteView | undefined): void {
    const held = this.#configs.get(id);
    if (route === undefined) {
      held?.drop();
      if (this.#configs.delete(id)) this.#tell(id, held?.applied(), undefined);
      return;
    }
    const config = held ?? createAppliedConfig(this.#options.clock, (before, after) => this.#tell(id, before, after));
    this.#configs.set(id, config);
    const written = configOf(route);
    const lag = this.#options.lag?.(id, written.generation) ?? { type: 'after', delay: millis(0) };
    if (config.newest()?.generation !== written.generation) config.write(written, lag);
  }

  #tell(id: string, before: AppliedRoute | undefined, after: AppliedRoute | undefined): void {
    for (const listener of this.#listeners) listener(id, before, after);
  }
}

/** A model of a data plane whose applied weights lag what was written; it reads and writes through the `cluster` port only. */
export function createLaggingRouter(options: LaggingRouterOptions): LaggingRouter {
  return new DataPlane(options);
}
