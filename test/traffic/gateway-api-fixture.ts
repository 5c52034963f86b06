import { gatewayApiRouter } from '../../src/adapters/traffic/gateway-api/gateway-api-router.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { GatewayApiConfig } from '../../src/core/traffic/gateway-api-config.ts';
import type { MirrorRoute, RoutedRollout } from '../../src/ports/traffic-router.ts';
import { GATEWAY_CRDS } from '../../src/sim/router/gateway-api/gateway-crds.ts';
import { HEADERS, type Json, ROLLOUT as PLAIN_ROLLOUT } from './fixture-parts.ts';
import { ownersPart } from './owners-part.ts';
import type { RouterFixture, Shares } from './router-fixture.ts';

const MIRRORS: readonly MirrorRoute[] = [
  {
    name: 'copies',
    match: [
      { method: { exact: 'GET' }, path: { prefix: '/shop/cart' } },
      { headers: { 'X-Copy': { exact: '1' } }, path: { exact: '/shop' } },
    ],
    percentage: 10,
  },
  { name: 'all-copies', match: [], percentage: 100 },
];

const GRPC_MIRRORS: readonly MirrorRoute[] = [
  { name: 'copies', match: [{ headers: { 'X-Copy': { exact: '1' } } }], percentage: 10 },
  { name: 'all-copies', match: [], percentage: 100 },
];

export const ROLLOUT: RoutedRollout = {
  ...PLAIN_ROLLOUT,
  managedRoutes: ['testers', 'copies', 'beta', 'all-copies'],
  plannedRoutes: { headerRoutes: HEADERS, mirrorRoutes: MIRRORS },
};

const backend = (name: string, more: Json = {}): Json => ({ group: '', kind: 'Service', name, port: 80, ...more });
const under = (value: string): Json => ({ path: { type: 'PathPrefix', value } });
const PREVIEW_RULE = {
  name: 'preview',
  matches: [{ ...under('/'), headers: [{ name: 'X-Preview', type: 'Exact', value: '1' }] }],
  backendRefs: [backend('checkout-canary', { weight: 1 })],
};
const SEARCH_RULE = {
  matches: [under('/search')],
  filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-From', value: 'edge' }] } }],
  backendRefs: [backend('search-blue', { weight: 3 }), backend('search-green', { weight: 1 })],
};

export interface RouteOptions {
  readonly kind?: 'HTTPRoute' | 'GRPCRoute';
  readonly name?: string;
  readonly rules?: readonly Json[];
  readonly status?: Json;
  readonly parentRefs?: readonly Json[];
  readonly metadata?: Json;
}

export function route({
  kind = 'HTTPRoute',
  name = 'checkout',
  rules = HTTP_RULES,
  status,
  parentRefs,
  metadata = {},
}: RouteOptions): KubeObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name, namespace: 'shop', labels: { team: 'shop' }, annotations: { note: 'kept' }, ...metadata },
    spec: {
      hostnames: ['shop.example.com'],
      parentRefs: parentRefs ?? [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge', namespace: 'infra' }],
      rules,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** Somebody's preview, the two rules to weigh, one of them with one side only, and a rule of another team. */
const HTTP_RULES: readonly Json[] = [
  PREVIEW_RULE,
  {
    name: 'shop',
    matches: [under('/shop'), { path: { type: 'Exact', value: '/' }, headers: [{ name: 'X-Lang', type: 'Exact', value: 'de' }] }],
    filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'inner.example.com' } }],
    timeouts: { request: '10s' },
    backendRefs: [backend('old', { weight: 0 }), backend('checkout-stable', { weight: 100 }), backend('checkout-canary', { weight: 0 })],
  },
  SEARCH_RULE,
  { matches: [under('/shop/pay')], backendRefs: [backend('checkout-stable', { weight: 100 }), backend('checkout-canary', { weight: 0 })] },
];

const GRPC_RULES: readonly Json[] = [
  {
    matches: [{ method: { type: 'Exact', service: 'shop.Other' } }],
    backendRefs: [backend('other', { weight: 1 })],
  },
  { backendRefs: [backend('checkout-stable', { weight: 1 })] },
];

function rulesOf(object: KubeObject): readonly Json[] {
  return (object['spec'] as { rules?: readonly Json[] }).rules ?? [];
}

interface Backend {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly weight?: number;
}

function backendsOf(rule: Json): readonly Backend[] {
  return (rule['backendRefs'] ?? []) as readonly Backend[];
}

function isService(name: string, backend: Backend): boolean {
  const { group = '', kind = 'Service', namespace = 'shop' } = backend;
  return group === '' && kind === 'Service' && namespace === 'shop' && backend.name === name;
}

function managedName(rule: Json): string | undefined {
  return ROLLOUT.managedRoutes.find((name) => name === rule['name'] || String(rule['name']).replace(/\.\d+$/, '') === name);
}

/** Rules that split traffic, by what stands in the object. */
function weighted(objects: readonly KubeObject[]): readonly Json[] {
  return objects
    .flatMap(rulesOf)
    .filter((rule) => managedName(rule) === undefined && backendsOf(rule).some((ref) => isService('checkout-stable', ref)));
}

function sharesIn(objects: readonly KubeObject[]): readonly Shares[] {
  return weighted(objects).map((rule) => {
    const weightOf = (service: string): number => backendsOf(rule).find((ref) => isService(service, ref))?.weight ?? 0;
    return { stable: weightOf('checkout-stable'), canary: weightOf('checkout-canary') };
  });
}

/** The objects with the weights of the weighted rules blanked, the added canary reference and managed rules left out. */
function foreignPartsOf(objects: readonly KubeObject[]): unknown {
  const splits = weighted(objects);
  return objects
    .filter((object) => object.metadata.ownerReferences === undefined)
    .map((object) => {
      const rules = rulesOf(object)
        .filter((rule) => managedName(rule) === undefined)
        .map((rule) => {
          if (!splits.includes(rule)) return rule;
          const others = backendsOf(rule).filter(({ name }) => name !== 'checkout-canary');
          return { ...rule, backendRefs: others.map((ref) => (ref.name === 'checkout-stable' ? { ...ref, weight: 'ours' } : ref)) };
        });
      return { ...ownersPart(object), spec: { ...(object['spec'] as Json), rules } };
    });
}

function changedByHand(objects: readonly KubeObject[]): readonly KubeObject[] {
  const [first, ...rest] = objects;
  if (first === undefined) return [];
  const [target] = weighted([first]);
  const rules = rulesOf(first).map((rule) =>
    rule === target ? { ...rule, backendRefs: backendsOf(rule).map((ref) => ({ ...ref, weight: ref.name === 'old' ? 0 : 33 })) } : rule,
  );
  return [{ ...first, spec: { ...(first['spec'] as Json), rules } }, ...rest];
}

const ACCEPTED = {
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: '',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
const RESOLVED = { ...ACCEPTED, type: 'ResolvedRefs', reason: 'ResolvedRefs' };
const EDGE = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge', namespace: 'infra' };

function parent(conditions: readonly Json[], parentRef: Json = EDGE): Json {
  return { parentRef, controllerName: 'example.com/gateway', conditions };
}

const said = (...parents: readonly Json[]): readonly KubeObject[] => [route({ status: { parents } })];

const HTTP_CONFIG: GatewayApiConfig = {
  routes: [{ kind: 'HTTPRoute', name: 'checkout', rules: undefined, headerRoutes: true }],
  generate: undefined,
};

export const HTTP_FIXTURE: RouterFixture<GatewayApiConfig> = {
  title: 'the Gateway API router with an HTTPRoute',
  router: gatewayApiRouter,
  config: HTTP_CONFIG,
  rollout: ROLLOUT,
  crds: GATEWAY_CRDS,
  objects: [route({})],
  initialWeight: 0,
  sides: { stable: { service: 'checkout-stable' }, canary: { service: 'checkout-canary' } },
  headerRoutes: HEADERS,
  mirrorRoutes: MIRRORS,
  sharesIn,
  foreignPartsOf,
  managedRoutesIn: (objects) => objects.flatMap(rulesOf).flatMap((rule) => managedName(rule) ?? []),
  changedByHand,
  troubles: [
    { when: 'the route is gone', objects: [], reason: 'RouteNotFound', message: /no HTTPRoute checkout in the namespace shop: create it/ },
    {
      when: 'no rule names the stable Service',
      objects: [route({ rules: [PREVIEW_RULE, SEARCH_RULE] })],
      reason: 'RuleNotFound',
      message: /HTTPRoute checkout has no rule with a backendRef to the Service checkout-stable: add one/,
    },
    {
      when: 'a third backend has a share',
      objects: [route({ rules: [{ backendRefs: [backend('checkout-stable'), backend('other', { weight: 5 })] }] })],
      reason: 'RouteInvalid',
      message: /rule 0: the backend other has weight 5 beside .*: set its weight to 0/,
    },
    {
      when: 'a third backend has the share that Gateway API gives it when it says none',
      objects: [route({ rules: [{ backendRefs: [backend('checkout-stable'), backend('other')] }] })],
      reason: 'RouteInvalid',
      message: /the backend other has weight 1/,
    },
    {
      when: 'a rule names the stable Service twice',
      objects: [route({ rules: [{ backendRefs: [backend('checkout-stable'), backend('checkout-stable', { port: 81 })] }] })],
      reason: 'RouteInvalid',
      message: /refers to the Service checkout-stable twice/,
    },
    {
      when: 'nothing serves the route',
      objects: [route({ parentRefs: [] })],
      reason: 'RouteInvalid',
      message: /names no parent, so that nothing serves it: add the Gateway/,
    },
    {
      when: 'a rule with traffic of its own bears the name of a managed route',
      objects: [route({ rules: [{ name: 'beta', backendRefs: [backend('checkout-stable'), backend('checkout-canary')] }] })],
      reason: 'RouteInvalid',
      message: /rule beta: it bears the name of a managed route.*rename/,
    },
  ],
  acceptances: [
    { when: 'the Gateway accepted this generation', objects: said(parent([ACCEPTED, RESOLVED])), state: 'Accepted' },
    { when: 'the Gateway has said nothing', objects: [route({})], state: 'Pending', message: /Gateway edge has not said anything/ },
    {
      when: 'the Gateway said one half only',
      objects: said(parent([ACCEPTED])),
      state: 'Pending',
      message: /has not said ResolvedRefs yet/,
    },
    {
      when: 'the Gateway speaks of another generation',
      objects: said(parent([ACCEPTED, { ...RESOLVED, observedGeneration: 7 }])),
      state: 'Pending',
      message: /has seen generation 7 of 1/,
    },
    {
      when: 'a backend is missing',
      objects: said(
        parent([ACCEPTED, { ...RESOLVED, status: 'False', reason: 'BackendNotFound', message: 'Service checkout-canary is missing' }]),
      ),
      state: 'Refused',
      message: /HTTPRoute checkout: Gateway edge says ResolvedRefs is False: BackendNotFound: Service checkout-canary is missing/,
    },
    {
      when: 'the Gateway does not take the route',
      objects: said(parent([{ ...ACCEPTED, status: 'False', reason: 'NotAllowedByListeners', message: 'no listener' }, RESOLVED])),
      state: 'Refused',
      message: /Accepted is False: NotAllowedByListeners: no listener/,
    },
    {
      when: 'the Gateway left out a part',
      objects: said(
        parent([ACCEPTED, RESOLVED, { ...ACCEPTED, type: 'PartiallyInvalid', reason: 'UnsupportedValue', message: 'rule 2 was dropped' }]),
      ),
      state: 'Refused',
      message: /left out part of it: UnsupportedValue: rule 2 was dropped/,
    },
    {
      when: 'a parent that is no longer named refuses an old generation',
      objects: said(
        parent([ACCEPTED, RESOLVED]),
        parent([{ ...ACCEPTED, status: 'False', observedGeneration: 0 }], { ...EDGE, name: 'former' }),
      ),
      state: 'Accepted',
    },
    {
      when: 'only a parent that is no longer named accepted',
      objects: said(parent([ACCEPTED, RESOLVED], { ...EDGE, name: 'former' })),
      state: 'Pending',
    },
    {
      when: 'one of two controllers of a parent refuses',
      objects: said(parent([ACCEPTED, RESOLVED]), parent([{ ...ACCEPTED, status: 'False', reason: 'NoMatch' }, RESOLVED])),
      state: 'Refused',
    },
  ],
  inexpressible: [
    {
      when: 'a method by prefix',
      planned: { headerRoutes: [], mirrorRoutes: [{ name: 'm', match: [{ method: { prefix: 'GE' } }], percentage: 5 }] },
      problem: /steps "m": does not fit HTTPRoute checkout, rule shop: Gateway API matches a method by its exact name only; use exact/,
    },
    {
      when: 'a path without its root',
      planned: { headerRoutes: [], mirrorRoutes: [{ name: 'm', match: [{ path: { exact: 'cart' } }], percentage: 5 }] },
      problem: /the path "cart" does not begin with \//,
    },
    {
      when: 'a header that the rule matches already',
      planned: { headerRoutes: [{ name: 'h', match: [{ headerName: 'x-lang', headerValue: { exact: 'en' } }] }], mirrorRoutes: [] },
      problem: /the header x-lang is matched already; use another header/,
    },
    {
      when: 'a header route without a header',
      planned: { headerRoutes: [{ name: 'h', match: [] }], mirrorRoutes: [] },
      problem: /names no header, and would take every request/,
    },
    {
      when: 'an empty value',
      planned: { headerRoutes: [{ name: 'h', match: [{ headerName: 'X', headerValue: { exact: '' } }] }], mirrorRoutes: [] },
      problem: /cannot match an empty value of the header X/,
    },
    {
      when: 'a mirror that no weighted rule can match',
      planned: { headerRoutes: [], mirrorRoutes: [{ name: 'm', match: [{ path: { exact: '/elsewhere' } }], percentage: 5 }] },
      problem: /steps "m": it matches no request that a weighted rule matches/,
    },
    {
      when: 'a name that no rule may have',
      planned: { headerRoutes: [{ name: 'Set_Header', match: HEADERS[0]?.match ?? [] }], mirrorRoutes: [] },
      problem: /managedRoutes "Set_Header": cannot be the name of a rule; use lower case/,
    },
    {
      when: 'two names that are told apart by a number',
      planned: { headerRoutes: ['h', 'h.2'].map((name) => ({ name, match: HEADERS[0]?.match ?? [] })), mirrorRoutes: [] },
      problem: /managedRoutes "h\.2": its rules cannot be told from those of h; rename one/,
    },
    {
      when: 'more rules than a route may have',
      planned: { headerRoutes: 'abcdefgh'.split('').map((name) => ({ name, match: HEADERS[0]?.match ?? [] })), mirrorRoutes: [] },
      problem: /with them HTTPRoute checkout would have 20 rules, and 16 are allowed/,
    },
  ],
};

export const GRPC_FIXTURE: RouterFixture<GatewayApiConfig> = {
  ...HTTP_FIXTURE,
  title: 'the Gateway API router with a GRPCRoute',
  config: { routes: [{ kind: 'GRPCRoute', name: 'checkout', rules: undefined, headerRoutes: true }], generate: undefined },
  rollout: { ...ROLLOUT, plannedRoutes: { headerRoutes: HEADERS, mirrorRoutes: GRPC_MIRRORS } },
  objects: [route({ kind: 'GRPCRoute', rules: GRPC_RULES })],
  initialWeight: undefined,
  mirrorRoutes: GRPC_MIRRORS,
  troubles: [{ when: 'the route is gone', objects: [], reason: 'RouteNotFound', message: /no GRPCRoute checkout/ }],
  acceptances: [],
  inexpressible: [
    {
      when: 'a path',
      planned: { headerRoutes: [], mirrorRoutes: [{ name: 'm', match: [{ path: { exact: '/x' } }], percentage: 5 }] },
      problem: /GRPCRoute checkout, rule 1: a GRPCRoute knows neither HTTP methods nor paths/,
    },
  ],
};

/** Two routes, one of them with named rules, and one that is made; weights are of a thousand. */
export const GENERATED_FIXTURE: RouterFixture<GatewayApiConfig> = {
  ...HTTP_FIXTURE,
  title: 'the Gateway API router with routes of both kinds and one that it makes',
  config: {
    routes: [
      { kind: 'HTTPRoute', name: 'checkout', rules: ['shop'], headerRoutes: true },
      { kind: 'GRPCRoute', name: 'checkout', rules: undefined, headerRoutes: false },
    ],
    generate: {
      kind: 'HTTPRoute',
      name: 'checkout-internal',
      parentRefs: [{ name: 'inner' }],
      hostnames: ['inner.example.com'],
      port: 8080,
    },
  },
  rollout: { ...ROLLOUT, maxWeight: 50, plannedRoutes: { headerRoutes: HEADERS, mirrorRoutes: GRPC_MIRRORS } },
  mirrorRoutes: GRPC_MIRRORS,
  objects: [
    route({
      rules: [
        PREVIEW_RULE,
        { name: 'shop', backendRefs: [backend('checkout-stable', { weight: 50 }), backend('checkout-canary', { weight: 0 })] },
        SEARCH_RULE,
      ],
    }),
    route({ kind: 'GRPCRoute', rules: GRPC_RULES }),
  ],
  initialWeight: undefined,
  troubles: [
    {
      when: 'a named rule is missing',
      objects: [
        route({ rules: [{ name: 'other', backendRefs: [backend('checkout-stable')] }] }),
        route({ kind: 'GRPCRoute', rules: GRPC_RULES }),
      ],
      reason: 'RuleNotFound',
      message: /no rule named shop \(it has other\)/,
    },
    {
      when: 'a route of the name of the generated one belongs to somebody else',
      objects: [
        route({ rules: [{ name: 'shop', backendRefs: [backend('checkout-stable')] }] }),
        route({ kind: 'GRPCRoute', rules: GRPC_RULES }),
        route({ name: 'checkout-internal' }),
      ],
      reason: 'RouteNotOwned',
      message: /HTTPRoute checkout-internal exists and was not made for this Rollout: choose another generate.name/,
    },
  ],
  acceptances: [
    {
      when: 'the generated route is not made yet',
      objects: [
        route({
          rules: [{ name: 'shop', backendRefs: [backend('checkout-stable')] }],
          status: { parents: [parent([ACCEPTED, RESOLVED])] },
        }),
        route({ kind: 'GRPCRoute', rules: GRPC_RULES, status: { parents: [parent([ACCEPTED, RESOLVED])] } }),
      ],
      state: 'Pending',
      message: /HTTPRoute checkout-internal is not made yet/,
    },
  ],
  inexpressible: [],
};
