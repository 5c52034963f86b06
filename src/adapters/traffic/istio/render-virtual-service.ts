import type { KubeObject } from '../../../api/metadata.ts';
import { deepEqual } from '../../../core/identity/deep-equal.ts';
import { isRecord } from '../../../core/identity/is-record.ts';
import type { RoutedRollout, TrafficIntent, WrittenTraffic } from '../../../ports/traffic-router.ts';
import { jsonAt, setJson } from '../edit-json.ts';
import type { Json } from '../json.ts';
import { inOrder, type ManagedRoute, recognised } from '../managed-routes.ts';
import { agreedWeight, setSideWeights } from '../side-weights.ts';
import { baseRoutes, isManaged, renderManaged } from './managed-routes.ts';
import type { SplitVirtualService } from './virtual-service.ts';

type Said = Pick<TrafficIntent, 'weight' | 'headerRoutes' | 'mirrorRoutes'>;

/**
 * The VirtualService that says `intent`, or the very object that was read when it does. Istio takes the first route that matches, so that managed routes stand
 * right before the weighted one whose requests they take, in the order of managedRoutes: the owner's routes before that one still come first.
 */
export function renderVirtualService({ object, splits }: SplitVirtualService, rollout: RoutedRollout, intent: Said): KubeObject {
  const weighted = setSideWeights(object.raw, splits, intent.weight, rollout.maxWeight);
  const bases = baseRoutes(weighted, splits);
  if (bases.length === 0) return weighted;
  const managed = inOrder(rollout.managedRoutes, intent).map((one) => renderManaged(bases, one));
  const http = httpRoutes(weighted).flatMap((route, index) => {
    if (isManagedRoute(route, rollout)) return [];
    const base = bases.findIndex((one) => one.index === index);
    // `problems` has refused the steps that ask for what cannot be made.
    const made = base === -1 ? [] : managed.flatMap((rendered) => (rendered.ok ? (rendered.routes[base] ?? []) : []));
    return [...made, route];
  });
  return setJson(weighted, ['spec', 'http'], http);
}

/**
 * What all VirtualServices say together. Managed routes are recognised by making the planned ones again. Where one is not exactly what its own words would
 * make of it (a foreign edit, another order), the weight is undefined: writing the intent again heals it.
 */
export function writtenTraffic(services: readonly SplitVirtualService[], rollout: RoutedRollout): WrittenTraffic {
  const weight = agreedWeight(services.map((service) => service.weight));
  const explicit = services.map((service) => withWeight(service, rollout, weight));
  const withHttp = explicit.filter((service) => baseRoutes(service.object.raw, service.splits).length > 0);
  const managed = recognised(rollout, (one) => withHttp.length > 0 && withHttp.every((service) => hasManaged(service, one)));
  const whole =
    weight !== undefined &&
    explicit.every((service) => renderVirtualService(service, rollout, { weight, ...managed }) === service.object.raw);
  return { weight: whole ? weight : undefined, ...managed };
}

/** The VirtualService with every weight written out, also one that Istio counts as 0 because it is absent. */
function withWeight(service: SplitVirtualService, { maxWeight }: RoutedRollout, weight: number | undefined): SplitVirtualService {
  if (weight === undefined) return service;
  return { ...service, object: { ...service.object, raw: setSideWeights(service.object.raw, service.splits, weight, maxWeight) } };
}

function hasManaged({ object, splits }: SplitVirtualService, managed: ManagedRoute): boolean {
  const rendered = renderManaged(baseRoutes(object.raw, splits), managed);
  const live = httpRoutes(object.raw).filter((route) => isManagedRoute(route, { managedRoutes: [managed.route.name] }));
  if (!rendered.ok) return false;
  const routes = rendered.routes.filter((route) => route !== undefined);
  return routes.length > 0 && deepEqual(live, routes);
}

function httpRoutes(object: KubeObject): readonly unknown[] {
  const http = jsonAt(object, ['spec', 'http']);
  return Array.isArray(http) ? http : [];
}

function isManagedRoute(route: unknown, rollout: Pick<RoutedRollout, 'managedRoutes'>): boolean {
  return isRecord(route) && isManaged(nameOf(route), rollout);
}

function nameOf(route: Json): string | undefined {
  return typeof route['name'] === 'string' ? route['name'] : undefined;
}
