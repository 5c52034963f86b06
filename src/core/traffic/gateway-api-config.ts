import type { DeepReadonly } from '../../api/deep-readonly.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import {
  GATEWAY_API_PLUGIN,
  type GatewayApiPlugin,
  type GatewayApiRouting,
  type GeneratedRoute,
  gatewayApiPluginSchema,
} from '../../api/gateway-api-routing.ts';
import type { Rollout } from '../../api/rollout.ts';
import { zodProblem } from '../../api/zod-problem.ts';
import { problemAt } from '../lint/problem-at.ts';
import { foreignNamespace } from './foreign-namespace.ts';

export type GatewayRouteKind = 'HTTPRoute' | 'GRPCRoute';

/** One route of the Rollout's namespace that somebody else owns. */
export interface GatewayRoute {
  readonly kind: GatewayRouteKind;
  readonly name: string;
  /** Names of the rules to weigh; undefined for every rule that names the stable Service. */
  readonly rules: readonly string[] | undefined;
  /** Whether header routes are made in it. */
  readonly headerRoutes: boolean;
}

/** A route that is made and owned. */
export interface GatewayGeneratedRoute extends DeepReadonly<Omit<GeneratedRoute, 'kind' | 'name'>> {
  readonly kind: GatewayRouteKind;
  readonly name: string;
}

/** What `trafficRouting` says about Gateway API, whichever of its two forms it is written in. */
export interface GatewayApiConfig {
  readonly routes: readonly GatewayRoute[];
  readonly generate: GatewayGeneratedRoute | undefined;
}

export interface ReadGatewayApi {
  readonly config: GatewayApiConfig;
  /** Everything wrong with it, fields by their full path. */
  readonly problems: readonly FieldProblem[];
}

const AT = 'spec.strategy.canary.trafficRouting';
const PLUGIN_AT = `${AT}.plugins[${GATEWAY_API_PLUGIN}]`;
const NONE: GatewayApiConfig = { routes: [], generate: undefined };

/**
 * The one place that reads both forms: `trafficRouting.gatewayAPI`, and `trafficRouting.plugins["argoproj-labs/gatewayAPI"]` of manifests that come from
 * Argo Rollouts. Undefined when the strategy uses neither.
 */
export function readGatewayApi(rollout: Rollout): ReadGatewayApi | undefined {
  const routing = rollout.spec.strategy.canary?.trafficRouting;
  const plugin = routing?.plugins?.[GATEWAY_API_PLUGIN];
  if (plugin === undefined) return routing?.gatewayAPI === undefined ? undefined : readOwnForm(rollout, routing.gatewayAPI);
  const read = readPluginForm(rollout, plugin);
  if (routing?.gatewayAPI === undefined) return read;
  const twice = problemAt(PLUGIN_AT, undefined, 'stands beside gatewayAPI: two sources for one router', 'keep one of them');
  return { ...read, problems: [twice, ...read.problems] };
}

function readOwnForm(rollout: Rollout, routing: DeepReadonly<GatewayApiRouting>): ReadGatewayApi {
  const config = configOf(rollout, routing, true);
  return { config, problems: [...noRoute(config, `${AT}.gatewayAPI`), ...namedTwice(config, `${AT}.gatewayAPI`)] };
}

/** Argo's plugin makes header routes in a route of a list only where `useHeaderRoutes` says so, and always in the single one. */
function readPluginForm(rollout: Rollout, plugin: unknown): ReadGatewayApi {
  const parsed = gatewayApiPluginSchema.safeParse(plugin, { reportInput: true });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(zodProblem);
    return {
      config: NONE,
      problems: problems.map((one) => ({ ...one, field: one.field === '' ? PLUGIN_AT : `${PLUGIN_AT}.${one.field}` })),
    };
  }
  const config = configOf(rollout, parsed.data, false);
  return {
    config,
    problems: [
      ...unknownMembers(plugin),
      ...foreignNamespace(rollout, PLUGIN_AT, parsed.data.namespace, { one: 'route', many: 'routes' }),
      ...noRoute(config, PLUGIN_AT),
      ...namedTwice(config, PLUGIN_AT),
    ],
  };
}

type Routing = DeepReadonly<Pick<GatewayApiPlugin, 'httpRoute' | 'httpRoutes' | 'grpcRoute' | 'grpcRoutes' | 'generate'>>;

function configOf(rollout: Rollout, routing: Routing, headersByDefault: boolean): GatewayApiConfig {
  const single = (kind: GatewayRouteKind, name: string | undefined): readonly GatewayRoute[] =>
    name === undefined ? [] : [{ kind, name, rules: undefined, headerRoutes: true }];
  const listed = (kind: GatewayRouteKind, routes: Routing['httpRoutes'] = []): readonly GatewayRoute[] =>
    routes.map(({ name, rules, useHeaderRoutes }) => ({ kind, name, rules, headerRoutes: useHeaderRoutes ?? headersByDefault }));
  const { generate } = routing;
  return {
    routes: [
      ...single('HTTPRoute', routing.httpRoute),
      ...listed('HTTPRoute', routing.httpRoutes),
      ...single('GRPCRoute', routing.grpcRoute),
      ...listed('GRPCRoute', routing.grpcRoutes),
    ],
    generate:
      generate === undefined
        ? undefined
        : { ...generate, kind: generate.kind ?? 'HTTPRoute', name: generate.name ?? rollout.metadata.name },
  };
}

function unknownMembers(plugin: unknown): readonly FieldProblem[] {
  const known = Object.keys(gatewayApiPluginSchema.shape);
  return Object.keys(Object(plugin))
    .filter((member) => !known.includes(member))
    .map((member) =>
      problemAt(
        `${PLUGIN_AT}.${member}`,
        undefined,
        'is not supported: only HTTPRoutes and GRPCRoutes that are named',
        'name the routes in httpRoutes or grpcRoutes',
      ),
    );
}

function noRoute({ routes, generate }: GatewayApiConfig, at: string): readonly FieldProblem[] {
  if (routes.length > 0 || generate !== undefined) return [];
  return [problemAt(at, undefined, 'names no route', 'name one in httpRoutes or grpcRoutes')];
}

function namedTwice({ routes, generate }: GatewayApiConfig, at: string): readonly FieldProblem[] {
  const names = [...routes, ...(generate === undefined ? [] : [generate])].map((route) => `${route.kind} ${route.name}`);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) =>
    problemAt(at, name, 'is named twice', 'name every route once'),
  );
}
