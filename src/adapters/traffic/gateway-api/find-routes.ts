import { GRPC_ROUTE, HTTP_ROUTE } from '../../../api/kinds.ts';
import type { GatewayApiConfig, GatewayGeneratedRoute, GatewayRoute, GatewayRouteKind } from '../../../core/traffic/gateway-api-config.ts';
import type { ResourceKind } from '../../../ports/cluster.ts';
import type { RoutedRollout, RouterObjects, SeenRoute } from '../../../ports/traffic-router.ts';
import { type Trouble, trouble } from '../result.ts';
import { seenRoutes, unserved } from '../router-objects.ts';
import { generatedRoute, isOwnedBy } from './generated-route.ts';
import { isManagedRule } from './managed-rule-name.ts';
import { type RouteView, type RuleView, viewRoute } from './route-view.ts';
import { foreignRuleProblem, type Sides, weightedRules } from './weighted-rules.ts';

/** One route that the configuration names, and the object as it is. */
export interface FoundRoute {
  readonly kind: GatewayRouteKind;
  readonly resource: ResourceKind;
  /** `HTTPRoute checkout`. */
  readonly what: string;
  readonly headerRoutes: boolean;
  readonly generated: boolean;
  /** Undefined for a generated route that is not made yet. */
  readonly live: RouteView | undefined;
  /** What is rebuilt: the live object, or what the configuration of a generated route says. */
  readonly base: RouteView;
  /** Rules of `base`. */
  readonly weighted: readonly RuleView[];
  readonly sides: Sides;
}

export type FoundRoutes = {
  readonly seen: readonly SeenRoute[];
} & ({ readonly ok: true; readonly found: readonly FoundRoute[] } | { readonly ok: false; readonly trouble: Trouble });

type Finding = { readonly ok: true; readonly route: FoundRoute } | { readonly ok: false; readonly trouble: Trouble };

const RESOURCES: Readonly<Record<GatewayRouteKind, ResourceKind>> = { HTTPRoute: HTTP_ROUTE, GRPCRoute: GRPC_ROUTE };

/** Kind and name of every route of the configuration, in the order in which they are written. */
export function routeNames(config: GatewayApiConfig): readonly { readonly kind: ResourceKind; readonly name: string }[] {
  const all = [...config.routes, ...(config.generate === undefined ? [] : [config.generate])];
  return all.map(({ kind, name }) => ({ kind: RESOURCES[kind], name }));
}

/** Every route of the configuration, or the first trouble with one. */
export function findRoutes(config: GatewayApiConfig, rollout: RoutedRollout, objects: RouterObjects): FoundRoutes {
  const seen = seenRoutes(routeNames(config), objects);
  const sides = sidesOf(rollout);
  if (typeof sides === 'string') return { seen, ok: false, trouble: trouble('RouteInvalid', sides) };
  const findings = [
    ...config.routes.map((route) => findNamed(route, rollout, objects, sides)),
    ...(config.generate === undefined ? [] : [findGenerated(config.generate, rollout, objects, sides)]),
  ];
  const failed = findings.find((finding) => !finding.ok);
  if (failed !== undefined) return { seen, ok: false, trouble: failed.trouble };
  return { seen, ok: true, found: findings.flatMap((finding) => (finding.ok ? [finding.route] : [])) };
}

function sidesOf({ stableService, canaryService }: RoutedRollout): Sides | string {
  if (stableService === undefined || canaryService === undefined) {
    return 'Gateway API tells the revisions apart by two Services: set stableService and canaryService';
  }
  if (stableService === canaryService) return `stableService and canaryService are both ${stableService}: name two Services`;
  return { stable: stableService, canary: canaryService };
}

function findNamed(route: GatewayRoute, rollout: RoutedRollout, objects: RouterObjects, sides: Sides): Finding {
  const resource = RESOURCES[route.kind];
  const what = `${route.kind} ${route.name}`;
  const away = unserved(objects, resource);
  if (away !== undefined) return { ok: false, trouble: away };
  const object = objects.get(resource, route.name);
  if (object === undefined) {
    const message = `there is no ${what} in the namespace ${rollout.namespace}: create it, or correct its name in trafficRouting`;
    return { ok: false, trouble: trouble('RouteNotFound', message) };
  }
  const view = viewRoute(object);
  if (typeof view === 'string') return { ok: false, trouble: trouble('RouteInvalid', `${what} cannot be read: ${view}`) };
  const weighted = rulesOf(what, view, sides, route.rules, rollout.managedRoutes);
  if ('reason' in weighted) return { ok: false, trouble: weighted };
  const { kind, headerRoutes } = route;
  return { ok: true, route: { kind, resource, what, headerRoutes, generated: false, live: view, base: view, weighted, sides } };
}

function rulesOf(
  what: string,
  view: RouteView,
  sides: Sides,
  names: readonly string[] | undefined,
  managedRoutes: readonly string[],
): readonly RuleView[] | Trouble {
  if (view.parents.length === 0) {
    return trouble('RouteInvalid', `${what} names no parent, so that nothing serves it: add the Gateway to spec.parentRefs`);
  }
  const foreign = foreignRuleProblem(what, view, sides, managedRoutes);
  if (foreign !== undefined) return foreign;
  return weightedRules(what, view, sides, names, (rule) => isManagedRule(rule.name, managedRoutes));
}

function findGenerated(config: GatewayGeneratedRoute, rollout: RoutedRollout, objects: RouterObjects, sides: Sides): Finding {
  const resource = RESOURCES[config.kind];
  const what = `${config.kind} ${config.name}`;
  const away = unserved(objects, resource);
  if (away !== undefined) return { ok: false, trouble: away };
  const object = objects.get(resource, config.name);
  if (object !== undefined && !isOwnedBy(object, rollout)) {
    const message = `${what} exists and was not made for this Rollout: choose another generate.name, or name it in httpRoutes or grpcRoutes instead`;
    return { ok: false, trouble: trouble('RouteNotOwned', message) };
  }
  const live = object === undefined ? undefined : viewRoute(object);
  const base = viewRoute(generatedRoute(config, rollout, sides, object));
  if (typeof base === 'string') return { ok: false, trouble: trouble('RouteInvalid', `${what} cannot be made: ${base}`) };
  const { kind } = config;
  // What somebody made of our own route, readable or not, is made right again.
  const readable = typeof live === 'string' ? undefined : live;
  return {
    ok: true,
    route: { kind, resource, what, headerRoutes: true, generated: true, live: readable, base, weighted: base.rules, sides },
  };
}
