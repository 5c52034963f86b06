import { istioRouter } from '../../src/adapters/traffic/istio/istio-router.ts';
import type { IstioRouting } from '../../src/api/istio-routing.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { HeaderRoute, MirrorRoute, RoutedRollout } from '../../src/ports/traffic-router.ts';
import { ISTIO_CRDS } from '../../src/sim/router/istio/istio-crds.ts';
import { edited, HEADERS, type Json, owned, ROLLOUT, SERVICES } from './fixture-parts.ts';
import { ownersPart } from './owners-part.ts';
import type { Case, RouterFixture, Shares } from './router-fixture.ts';

interface Destination extends Json {
  destination?: { host?: string; subset?: string };
  weight?: number;
}

interface Route extends Json {
  name?: string;
  route?: Destination[];
}

const PROTOCOLS = ['http', 'tls', 'tcp'] as const;

interface VirtualService extends KubeObject {
  readonly spec: { [P in (typeof PROTOCOLS)[number]]?: Route[] };
}

const MIRRORS: readonly MirrorRoute[] = [
  {
    name: 'copies',
    match: [
      { method: { exact: 'GET' }, path: { prefix: '/shop/cart' } },
      { headers: { 'x-copy': { exact: '1' } }, path: { exact: '/shop' } },
    ],
    percentage: 10,
  },
  { name: 'all-copies', match: [], percentage: 100 },
];

const MANAGED: Pick<RoutedRollout, 'managedRoutes' | 'plannedRoutes'> = {
  managedRoutes: ['testers', 'copies', 'beta', 'all-copies'],
  plannedRoutes: { headerRoutes: HEADERS, mirrorRoutes: MIRRORS },
};

const host = (name: string, more: Json = {}): Json => ({ destination: { host: name, port: { number: 80 } }, ...more });
const STABLE = host('checkout-stable.shop.svc.cluster.local', { weight: 100, headers: { request: { set: { side: 'stable' } } } });
const CANARY = host('checkout-canary');

const SHOP = {
  name: 'shop',
  match: [{ uri: { prefix: '/shop' } }, { uri: { exact: '/' }, headers: { 'x-lang': { exact: 'de' } }, gateways: ['edge'] }],
  rewrite: { authority: 'inner' },
  route: [STABLE, CANARY],
  timeout: '10s',
  retries: { attempts: 3 },
};
const PREVIEW = { name: 'preview', match: [{ uri: { prefix: '/preview' } }], route: [host('checkout-canary.shop', { weight: 100 })] };
const SEARCH = { match: [{ uri: { prefix: '/search' } }], route: [host('search-a', { weight: 3 }), host('search-b', { weight: 97 })] };
const PAY = { name: 'pay', match: [{ uri: { prefix: '/pay' } }], route: [host('old', { weight: 0 }), { ...CANARY, weight: 0 }, STABLE] };

export function virtualService(spec: Json = { http: [PREVIEW, SHOP, SEARCH, PAY] }, name = 'checkout'): KubeObject {
  return owned('networking.istio.io/v1', 'VirtualService', name, { hosts: ['shop.example.com'], gateways: ['edge'], ...spec });
}

const subset = (name: string, more: Json = {}): Json => ({ destination: { host: 'checkout', subset: name }, ...more });

export function destinationRule(subsets: readonly Json[] = SUBSETS, hostName = 'checkout.shop.svc.cluster.local'): KubeObject {
  const trafficPolicy = { connectionPool: { tcp: { maxConnections: 100 } } };
  return owned('networking.istio.io/v1', 'DestinationRule', 'checkout', { host: hostName, trafficPolicy, subsets });
}

const SUBSETS: readonly Json[] = [
  { name: 'other', labels: { tier: 'other' } },
  { name: 'canary', labels: { app: 'checkout' }, trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN' } } },
  { name: 'stable', labels: { app: 'checkout' } },
];

function routesOf(object: KubeObject): readonly Route[] {
  const { spec } = object as VirtualService;
  return object.kind === 'VirtualService' ? PROTOCOLS.flatMap((protocol) => spec[protocol] ?? []) : [];
}

function managedName({ name }: Route): string | undefined {
  return MANAGED.managedRoutes.find((managed) => name === managed || name?.replace(/\.\d+$/, '') === managed);
}

function sideOf({ destination }: Destination): 'stable' | 'canary' | undefined {
  const [service = ''] = (destination?.host ?? '').split('.');
  const { subset: name } = destination ?? {};
  if (service === 'checkout') return name === 'stable' || name === 'canary' ? name : undefined;
  return service === 'checkout-stable' ? 'stable' : service === 'checkout-canary' ? 'canary' : undefined;
}

function splitsOf(object: KubeObject): readonly Route[] {
  return routesOf(object).filter((route) => {
    const sides = (route.route ?? []).map(sideOf);
    return managedName(route) === undefined && sides.includes('stable') && sides.includes('canary');
  });
}

function sharesIn(objects: readonly KubeObject[]): readonly Shares[] {
  return objects.flatMap(splitsOf).map(({ route = [] }) => {
    const weightOf = (side: string): number => route.find((destination) => sideOf(destination) === side)?.weight ?? 0;
    return { stable: weightOf('stable'), canary: weightOf('canary') };
  });
}

const foreignPartsOf = (objects: readonly KubeObject[]): unknown =>
  objects.map((object) =>
    ownersPart(
      edited(object, (copy) => {
        const ours = splitsOf(copy).flatMap((route) => (route.route ?? []).filter((destination) => sideOf(destination) !== undefined));
        for (const destination of ours) destination.weight = -1;
        const { spec } = copy as VirtualService & { readonly spec: { subsets?: { labels?: Record<string, string> }[] } };
        if (spec.http !== undefined) spec.http = spec.http.filter((route) => managedName(route) === undefined);
        for (const { labels = {} } of spec.subsets ?? []) delete labels['sluice.dev/pod-template-hash'];
      }),
    ),
  );

const COMMON = {
  router: istioRouter,
  rollout: { ...ROLLOUT, ...MANAGED },
  crds: ISTIO_CRDS,
  initialWeight: 0,
  headerRoutes: HEADERS,
  mirrorRoutes: MIRRORS,
  sharesIn,
  foreignPartsOf,
  managedRoutesIn: (objects: readonly KubeObject[]) => objects.flatMap(routesOf).flatMap((route) => managedName(route) ?? []),
  changedByHand: (objects: readonly KubeObject[]) =>
    objects.slice(0, 1).map((object) =>
      edited(object, (copy) => {
        for (const destination of splitsOf(copy)
          .slice(0, 1)
          .flatMap(({ route = [] }) => route)) {
          if (sideOf(destination) !== undefined) destination.weight = 33;
        }
      }),
    ),
} as const;

const HOST_CONFIG: IstioRouting = { virtualService: { name: 'checkout', routes: ['shop', 'pay'] } };

const only = (route: Json, more: readonly Json[] = []): readonly KubeObject[] => [virtualService({ http: [route, ...more] })];

const header = (name: string, value: HeaderRoute['match'][number]['headerValue']): HeaderRoute => ({
  name: 'h',
  match: [{ headerName: name, headerValue: value }],
});

const HOST_TROUBLES: readonly (Case & { readonly reason: 'RouteNotFound' | 'RuleNotFound' | 'RouteInvalid'; readonly message: RegExp })[] =
  [
    {
      when: 'the VirtualService is gone',
      objects: [],
      reason: 'RouteNotFound',
      message: /istio.virtualService.name: there is no VirtualService checkout in this namespace; create it/,
    },
    {
      when: 'a named route is missing',
      objects: only(SHOP),
      reason: 'RuleNotFound',
      message: /VirtualService checkout has no http route named pay; name one that it has, or add it/,
    },
    {
      when: 'a route leads to one side only',
      objects: only(SHOP, [{ ...PAY, route: [STABLE] }]),
      reason: 'RuleNotFound',
      message: /spec.http\[1\].route does not lead to host checkout-canary; add it with weight 0/,
    },
    {
      when: 'a Service of another namespace has the same name',
      objects: only(SHOP, [{ ...PAY, route: [STABLE, host('checkout-canary.other', { weight: 0 })] }]),
      reason: 'RuleNotFound',
      message: /does not lead to host checkout-canary/,
    },
    {
      when: 'a third destination has a share',
      objects: only(SHOP, [{ ...PAY, route: [STABLE, CANARY, host('old', { weight: 5 })] }]),
      reason: 'RouteInvalid',
      message: /spec.http\[1\].route: host old has weight 5, beside the two .*; set its weight to 0 or remove it/,
    },
    {
      when: 'a destination stands there twice',
      objects: only(SHOP, [{ ...PAY, route: [STABLE, CANARY, { ...CANARY, weight: 0 }] }]),
      reason: 'RouteInvalid',
      message: /host checkout-canary stands there twice/,
    },
  ];

export const ISTIO_HOSTS_FIXTURE: RouterFixture<IstioRouting> = {
  ...COMMON,
  title: 'the Istio router with the hosts of two Services',
  config: HOST_CONFIG,
  objects: [virtualService()],
  sides: SERVICES,
  troubles: HOST_TROUBLES,
  acceptances: [{ when: 'nothing is ever said', objects: [virtualService()], state: 'Silent' }],
  inexpressible: [
    {
      when: 'a header that a route matches already',
      planned: { headerRoutes: [header('X-Lang', { exact: 'en' })], mirrorRoutes: [] },
      problem: /steps "h": does not fit the http route shop: the header X-Lang is matched already; use another header/,
    },
    {
      when: 'a header route without a header',
      planned: { headerRoutes: [{ name: 'h', match: [] }], mirrorRoutes: [] },
      problem: /it names no header, and would take every request/,
    },
    {
      when: 'a path by expression beside a path of the route',
      planned: { headerRoutes: [], mirrorRoutes: [{ name: 'm', match: [{ path: { regex: '/shop/.*' } }], percentage: 5 }] },
      problem: /one uri cannot match both .*; match exact texts or prefixes/,
    },
    {
      when: 'a path outside of every route',
      planned: { headerRoutes: [], mirrorRoutes: [{ name: 'm', match: [{ path: { prefix: '/blog' } }], percentage: 5 }] },
      problem: /steps "m": it matches no request that a weighted route matches; correct its match/,
    },
    {
      when: 'a name like that of another managed route',
      planned: { headerRoutes: [{ ...header('X-A', { exact: '1' }), name: 'testers.2' }], mirrorRoutes: [] },
      problem: /managedRoutes "testers.2": its routes cannot be told from those of testers; rename one of the two/,
    },
  ],
};

const SUBSET_CONFIG: IstioRouting = {
  virtualServices: [
    { name: 'checkout' },
    { name: 'inner', tlsRoutes: [{ port: 443, sniHosts: ['b.example.com', 'a.example.com'] }], tcpRoutes: [{ port: 9000 }] },
  ],
  destinationRule: { name: 'checkout', canarySubsetName: 'canary', stableSubsetName: 'stable', additionalSubsetNames: ['other'] },
};

const ONE_HTTP = virtualService({
  http: [{ route: [subset('canary'), subset('other', { weight: 0 }), subset('stable', { weight: 100 })] }],
});
const INNER = virtualService(
  {
    tls: [
      { match: [{ port: 443, sniHosts: ['a.example.com'] }], route: [subset('stable')] },
      {
        match: [
          { port: 443, sniHosts: ['a.example.com'] },
          { port: 443, sniHosts: ['b.example.com'], gateways: ['edge'] },
        ],
        route: [subset('stable', { weight: 100 }), subset('canary', { weight: 0 })],
      },
    ],
    tcp: [
      { match: [{ port: 9001 }], route: [{ destination: { host: 'db' } }] },
      { match: [{ port: 9000 }], route: [subset('canary', { weight: 0 }), subset('stable', { weight: 100 })] },
    ],
  },
  'inner',
);

export const ISTIO_SUBSETS_FIXTURE: RouterFixture<IstioRouting> = {
  ...COMMON,
  title: 'the Istio router with two subsets of one host',
  config: SUBSET_CONFIG,
  objects: [ONE_HTTP, INNER, destinationRule()],
  sides: { stable: { hash: 'aaaa' }, canary: { hash: 'bbbb' } },
  troubles: [
    {
      when: 'the DestinationRule is gone',
      objects: [ONE_HTTP, INNER],
      reason: 'RouteNotFound',
      message: /istio.destinationRule.name: there is no DestinationRule checkout in this namespace/,
    },
    {
      when: 'a subset is missing',
      objects: [ONE_HTTP, INNER, destinationRule(SUBSETS.slice(0, 2))],
      reason: 'RuleNotFound',
      message: /DestinationRule checkout has no subset stable; add \{name: stable, labels/,
    },
    {
      when: 'a subset still selects what Argo Rollouts labels',
      objects: [
        ONE_HTTP,
        INNER,
        destinationRule([{ name: 'canary', labels: { 'rollouts-pod-template-hash': 'abc' } }, { name: 'stable' }]),
      ],
      reason: 'RouteInvalid',
      message: /subset canary selects rollouts-pod-template-hash, which no Pod of this Rollout has; remove that label/,
    },
    {
      when: 'the subsets are of another host',
      objects: [ONE_HTTP, INNER, destinationRule(SUBSETS, 'other')],
      reason: 'RuleNotFound',
      message: /VirtualService checkout has no route to both subset stable of host other and subset canary of host other; add one/,
    },
    {
      when: 'a route that need not be named is not the only one',
      objects: [virtualService({ http: [{ name: 'a', route: [subset('stable'), subset('canary')] }, SEARCH] }), INNER, destinationRule()],
      reason: 'RuleNotFound',
      message: /VirtualService checkout has 2 http routes; name those that share the traffic in routes/,
    },
  ],
  acceptances: [],
  inexpressible: [],
};
