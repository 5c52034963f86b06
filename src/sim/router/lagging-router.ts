import { ENDPOINT_SLICE, POD, SERVICE } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { formatInstant, type Millis, millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, ResourceKind } from '../../ports/cluster.ts';
import { stableJson } from '../cluster/stable-json.ts';
import { createKeyedLoop } from '../world/keyed-loop.ts';
import { createMirror, type Mirror } from '../world/mirror.ts';
import { type ServiceView, viewService } from '../world/workload-views.ts';
import { type AppliedConfig, type AppliedRoute, createAppliedConfig, type RouterLag } from './applied-config.ts';
import { servedIn } from './served-routes.ts';
import { type ServedRoute, type SimulatedRouter, versionOf } from './simulated-router.ts';
import { SIMULATED_ROUTERS } from './simulated-routers.ts';
import { routeTraffic, serviceTraffic, type Traffic } from './traffic.ts';

const FIELD_MANAGER = 'sim.sluice.dev/router';

/** Data planes that follow routes after a while. A route is named by kind and place: `HTTPRoute/shop/checkout`; a Service by `shop/checkout`. */
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
  /** Those that the cluster has; all of {@link SIMULATED_ROUTERS} when absent. */
  readonly routers?: readonly SimulatedRouter[] | undefined;
  /** When the data plane follows this route, by the latest metadata.generation of what it is made of; at once when absent. */
  readonly lag?: ((route: string, generation: number) => RouterLag) | undefined;
  /** From a write to the conditions in the object's status; none, which is before the data plane follows. */
  readonly statusDelay?: Millis | undefined;
}

function sameStatus(left: unknown, right: unknown): boolean {
  const strip = (status: unknown): string =>
    stableJson(JSON.parse(JSON.stringify(status ?? {}, (name, value: unknown) => (name === 'lastTransitionTime' ? undefined : value))));
  return strip(left) === strip(right);
}

/** One router with the objects that it reads. */
interface Followed {
  readonly router: SimulatedRouter;
  readonly mirrors: ReadonlyMap<ResourceKind, Mirror<KubeObject>>;
}

class DataPlane implements LaggingRouter {
  readonly #options: LaggingRouterOptions;
  readonly #followed: readonly Followed[];
  readonly #services: Mirror<ServiceView>;
  readonly #slices: Mirror<KubeObject>;
  readonly #pods: Mirror<KubeObject>;
  readonly #configs = new Map<string, AppliedConfig>();
  readonly #listeners: AppliedListener[] = [];

  constructor(options: LaggingRouterOptions) {
    const { cluster, clock, routers = SIMULATED_ROUTERS } = options;
    this.#options = options;
    const whole = (kind: ResourceKind): Mirror<KubeObject> => createMirror({ cluster, clock, kind, parse: (object) => object });
    this.#followed = routers.map((router) => ({ router, mirrors: new Map(router.kinds.map((kind) => [kind, whole(kind)] as const)) }));
    this.#services = createMirror({ cluster, clock, kind: SERVICE, parse: viewService });
    this.#slices = whole(ENDPOINT_SLICE);
    this.#pods = whole(POD);
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
    const statuses = createKeyedLoop({ clock, signal: own, handle: (key) => this.#writeStatus(key), onDefect: defect.reject });
    for (const { router, mirrors } of this.#followed) {
      for (const [kind, mirror] of mirrors) {
        mirror.onChange((key, previous, current) => {
          this.#follow(router, (current ?? previous)?.raw.metadata.namespace);
          if (router.statusOf !== undefined) statuses.addAfter(`${kind.kind}/${key}`, statusDelay);
        });
      }
    }
    this.#services.onChange(() => {
      for (const [kind, mirror] of this.#saying())
        for (const { key } of mirror.list()) statuses.addAfter(`${kind.kind}/${key}`, statusDelay);
    });
    const mirrors = [this.#services, this.#slices, this.#pods, ...this.#followed.flatMap((one) => [...one.mirrors.values()])];
    try {
      await Promise.race([Promise.all(mirrors.map((mirror) => mirror.run(own))), defect.promise]);
    } finally {
      stop.abort();
    }
  }

  /** The kinds of routers that say something of their objects. */
  #saying(): readonly (readonly [ResourceKind, Mirror<KubeObject>])[] {
    return this.#followed.filter(({ router }) => router.statusOf !== undefined).flatMap(({ mirrors }) => [...mirrors]);
  }

  #served(router: SimulatedRouter, namespace: string | undefined): readonly ServedRoute[] {
    const mirrors = this.#followed.find((one) => one.router === router)?.mirrors;
    return servedIn(router, (kind) => (mirrors?.get(kind)?.list() ?? []).map(({ raw }) => raw), namespace);
  }

  async #writeStatus(id: string): Promise<undefined> {
    const { cluster, clock } = this.#options;
    const [name] = id.split('/', 1);
    const [kind, mirror] = this.#saying().find(([one]) => one.kind === name) ?? [];
    const object = mirror?.get(id.slice(id.indexOf('/') + 1))?.raw;
    const router = this.#followed.find(({ mirrors }) => kind !== undefined && mirrors.has(kind))?.router;
    if (kind === undefined || object === undefined || router === undefined) return undefined;
    const { namespace } = object.metadata;
    const rules = this.#served(router, namespace).find((route) => route.id === id)?.rules ?? [];
    const names = rules.flatMap((rule) => rule.backends.map((backend) => backend.service));
    const missing = [...new Set(names)].filter((service) => this.#services.get(`${namespace}/${service}`) === undefined);
    const status = router.statusOf?.(object, { missing, at: formatInstant(clock.now()) });
    if (status === undefined || sameStatus(object['status'], status)) return undefined;
    const written = await cluster.update(kind, { ...object, status }, { fieldManager: FIELD_MANAGER, subresource: 'status' });
    mirror?.absorb(written);
    return undefined;
  }

  /** Takes up what the objects of a namespace say now. */
  #follow(router: SimulatedRouter, namespace: string | undefined): void {
    const served = new Map(this.#served(router, namespace).map((route) => [route.id, route]));
    for (const [id, held] of this.#configs) {
      const [kind, place] = id.split('/');
      if (served.has(id) || place !== namespace || !router.kinds.some((one) => one.kind === kind)) continue;
      held.drop();
      this.#configs.delete(id);
      this.#tell(id, held.applied(), undefined);
    }
    for (const route of served.values()) this.#take(route);
  }

  #take(route: ServedRoute): void {
    const { id, rules, sources } = route;
    const config = this.#configs.get(id) ?? createAppliedConfig(this.#options.clock, (before, after) => this.#tell(id, before, after));
    this.#configs.set(id, config);
    const newest = config.newest();
    if (newest !== undefined && stableJson(newest.rules) === stableJson(rules)) return;
    const generation = Math.max(0, ...sources.map((object) => object.metadata.generation ?? 0));
    // A source that is gone takes its version with it.
    const version = Math.max(versionOf(route), newest?.version ?? 0);
    config.write({ version, rules }, this.#options.lag?.(id, generation) ?? { type: 'after', delay: millis(0) });
  }

  #tell(id: string, before: AppliedRoute | undefined, after: AppliedRoute | undefined): void {
    for (const listener of this.#listeners) listener(id, before, after);
  }
}

/** A model of data planes whose applied weights lag what was written; it reads and writes through the `cluster` port only. */
export function createLaggingRouter(options: LaggingRouterOptions): LaggingRouter {
  return new DataPlane(options);
}
