import { ENDPOINT_SLICE, HTTP_ROUTE, POD, SERVICE } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { formatInstant, type Millis, millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { createKeyedLoop } from '../world/keyed-loop.ts';
import { createMirror, type Mirror } from '../world/mirror.ts';
import { stableJson } from '../world/stable-json.ts';
import { type ServiceView, viewService } from '../world/workload-views.ts';
import { type AppliedConfig, type AppliedRoute, createAppliedConfig, type RouterLag } from './applied-config.ts';
import { type HttpRouteView, viewHttpRoute } from './http-route.ts';
import { routeTraffic, serviceTraffic, type Traffic } from './traffic.ts';

const CONTROLLER_NAME = 'sim.sluice.dev/router';

/** A data plane that follows HTTPRoutes after a while. Keys are `namespace/name`. */
export interface LaggingRouter {
  run(signal: AbortSignal): Promise<void>;
  /** Weights that the data plane holds, rule by rule; undefined while it holds nothing of this route. */
  appliedWeights(route: string): AppliedRoute | undefined;
  trafficByHash(target: { readonly route: string } | { readonly service: string }): Traffic;
}

export interface LaggingRouterOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** When the data plane follows this generation of this route; at once when absent. */
  readonly lag?: ((route: string, generation: number) => RouterLag) | undefined;
  /** From a write to the conditions in the route's status; none, which is before the data plane follows. */
  readonly statusDelay?: Millis | undefined;
}

function configOf(route: HttpRouteView): AppliedRoute {
  const rules = route.spec.rules.map((rule) => rule.backendRefs.map((backend) => ({ service: backend.name, weight: backend.weight })));
  return { generation: route.metadata.generation ?? 0, rules };
}

/** The status of an accepted route: it says that the object was understood, not that the data plane follows it. */
function statusOf(route: HttpRouteView, missing: readonly string[], at: string): Record<string, unknown> {
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
  readonly #routes: Mirror<HttpRouteView>;
  readonly #services: Mirror<ServiceView>;
  readonly #slices: Mirror<KubeObject>;
  readonly #pods: Mirror<KubeObject>;
  readonly #configs = new Map<string, AppliedConfig>();

  constructor(options: LaggingRouterOptions) {
    const { cluster, clock } = options;
    this.#options = options;
    const asIs = (object: KubeObject): KubeObject => object;
    this.#routes = createMirror({ cluster, clock, kind: HTTP_ROUTE, parse: viewHttpRoute });
    this.#services = createMirror({ cluster, clock, kind: SERVICE, parse: viewService });
    this.#slices = createMirror({ cluster, clock, kind: ENDPOINT_SLICE, parse: asIs });
    this.#pods = createMirror({ cluster, clock, kind: POD, parse: asIs });
  }

  appliedWeights(route: string): AppliedRoute | undefined {
    return this.#configs.get(route)?.applied();
  }

  trafficByHash(target: { readonly route: string } | { readonly service: string }): Traffic {
    const endpoints = { slices: this.#slices.list().map((slice) => slice.raw), pods: this.#pods.list().map((pod) => pod.raw) };
    if ('service' in target) return serviceTraffic(target.service, endpoints);
    return routeTraffic(target.route.split('/')[0] ?? '', this.appliedWeights(target.route), endpoints);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, statusDelay = millis(0) } = this.#options;
    const stop = new AbortController();
    const own = AbortSignal.any([signal, stop.signal]);
    const defect = Promise.withResolvers<never>();
    const statuses = createKeyedLoop({ clock, signal: own, handle: (key) => this.#writeStatus(key), onDefect: defect.reject });
    this.#routes.onChange((key, _, current) => {
      this.#follow(key, current?.view);
      statuses.addAfter(key, statusDelay);
    });
    this.#services.onChange(() => {
      for (const route of this.#routes.list()) statuses.addAfter(route.key, statusDelay);
    });
    const mirrors = [this.#services, this.#slices, this.#pods, this.#routes];
    try {
      await Promise.race([Promise.all(mirrors.map((mirror) => mirror.run(own))), defect.promise]);
    } finally {
      stop.abort();
    }
  }

  async #writeStatus(key: string): Promise<undefined> {
    const { cluster, clock } = this.#options;
    const route = this.#routes.get(key);
    if (route === undefined) return undefined;
    const names = route.view.spec.rules.flatMap((rule) => rule.backendRefs.map((backend) => backend.name));
    const missing = [...new Set(names)].filter((name) => this.#services.get(`${route.view.metadata.namespace}/${name}`) === undefined);
    const status = statusOf(route.view, missing, formatInstant(clock.now()));
    if (sameStatus(route.view.status, status)) return undefined;
    const written = await cluster.update(HTTP_ROUTE, { ...route.raw, status }, { fieldManager: CONTROLLER_NAME, subresource: 'status' });
    this.#routes.absorb(written);
    return undefined;
  }

  #follow(key: string, route: HttpRouteView | undefined): void {
    if (route === undefined) {
      this.#configs.delete(key);
      return;
    }
    const config = this.#configs.get(key) ?? createAppliedConfig(this.#options.clock);
    this.#configs.set(key, config);
    const written = configOf(route);
    const lag = this.#options.lag?.(key, written.generation) ?? { type: 'after', delay: millis(0) };
    if (config.newest()?.generation !== written.generation) config.write(written, lag);
  }
}

/** A model of a data plane whose applied weights lag what was written; it reads and writes through the `cluster` port only. */
export function createLaggingRouter(options: LaggingRouterOptions): LaggingRouter {
  return new DataPlane(options);
}
