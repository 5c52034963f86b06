import { contourRouter } from '../../src/adapters/traffic/contour/contour-router.ts';
import type { ContourRouting } from '../../src/api/contour-routing.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { CONTOUR_CRDS } from '../../src/sim/router/contour/contour-crds.ts';
import { edited, HEADERS, type Json, owned, ROLLOUT, SERVICES } from './fixture-parts.ts';
import { ownersPart } from './owners-part.ts';
import type { RouterFixture, Shares } from './router-fixture.ts';

interface Service extends Json {
  name?: string;
  weight?: number;
  mirror?: boolean;
}

interface Route extends Json {
  conditions?: unknown[];
  services?: Service[];
}

interface HttpProxy extends KubeObject {
  readonly spec: { routes?: Route[]; tcpproxy?: Route };
}

const STABLE = { name: 'checkout-stable', port: 80, weight: 100 };
const CANARY = { name: 'checkout-canary', port: 80, protocol: 'h2c' };
const COPY = { name: 'recorder', port: 80, mirror: true, weight: 10 };
const PREFERENCES = { prefix: '/shop', header: { name: 'x-lang', exact: 'de' } };

const ROUTES: readonly Json[] = [
  { conditions: [{ prefix: '/shop' }], services: [COPY, STABLE, CANARY], timeoutPolicy: { response: '10s' }, permitInsecure: true },
  { conditions: [{ prefix: '/preview' }], services: [{ ...CANARY, weight: 7 }] },
  { conditions: [{ prefix: '/search' }], services: [{ name: 'search', port: 80 }], retryPolicy: { count: 3 } },
  {
    conditions: [PREFERENCES],
    services: [
      { ...CANARY, weight: 0 },
      { ...STABLE, weight: 100 },
    ],
    pathRewritePolicy: { replacePrefix: [] },
  },
];

function proxy(routes: readonly Json[] = ROUTES, status?: Json): KubeObject {
  const spec = { virtualhost: { fqdn: 'shop.example.com' }, includes: [{ name: 'blog', conditions: [{ prefix: '/blog' }] }], routes };
  return owned('projectcontour.io/v1', 'HTTPProxy', 'checkout', spec, status === undefined ? {} : { status });
}

const TCP = owned('projectcontour.io/v1', 'HTTPProxy', 'stream', {
  virtualhost: { fqdn: 'stream.example.com', tls: { passthrough: true } },
  tcpproxy: { services: [STABLE, CANARY], loadBalancerPolicy: { strategy: 'Random' } },
});

function listsOf(object: KubeObject): readonly Route[] {
  const { routes = [], tcpproxy } = (object as HttpProxy).spec;
  return [...routes, ...(tcpproxy === undefined ? [] : [tcpproxy])];
}

function sharing({ services = [] }: Route): readonly Service[] {
  return services.filter((service) => service.mirror !== true);
}

/** The lists that hold both sides. */
function splitsOf(object: KubeObject): readonly Route[] {
  const has = (route: Route, name: string): boolean => sharing(route).some((service) => service.name === name);
  return listsOf(object).filter((route) => has(route, 'checkout-stable') && has(route, 'checkout-canary'));
}

function sharesIn(objects: readonly KubeObject[]): readonly Shares[] {
  return objects.flatMap(splitsOf).map((route) => {
    const weightOf = (name: string): number => sharing(route).find((service) => service.name === name)?.weight ?? 0;
    return { stable: weightOf('checkout-stable'), canary: weightOf('checkout-canary') };
  });
}

const HEADER_OF: Readonly<Record<string, string>> = { 'X-Tester': 'testers', 'X-Ring': 'beta', 'X-User': 'beta' };

/** The header route that a route stands for, by the headers that no route of the owner has. */
function managedName(route: Route): string | undefined {
  const conditions = (route.conditions ?? []) as { header?: { name?: string } }[];
  return conditions.map((condition) => HEADER_OF[condition.header?.name ?? '']).find((name) => name !== undefined);
}

const foreignPartsOf = (objects: readonly KubeObject[]): unknown =>
  objects.map((object) =>
    ownersPart(
      edited(object, (copy) => {
        const { annotations = {} } = copy.metadata as { annotations?: Record<string, string> };
        delete annotations['sluice.dev/managed-routes'];
        for (const service of splitsOf(copy).flatMap(sharing)) service.weight = -1;
        const { spec } = copy as HttpProxy;
        if (spec.routes !== undefined) spec.routes = spec.routes.filter((route) => managedName(route) === undefined);
      }),
    ),
  );

const valid = (observedGeneration: number, more: Json = {}): Json => ({
  currentStatus: 'valid',
  description: 'Valid HTTPProxy',
  conditions: [
    {
      type: 'Valid',
      status: 'True',
      observedGeneration,
      reason: 'Valid',
      message: 'Valid HTTPProxy',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
  ...more,
});

const REFUSED = {
  currentStatus: 'invalid',
  description: 'Spec.Routes unresolved service reference: service "shop/checkout-canary" not found',
  conditions: [
    {
      type: 'Valid',
      status: 'False',
      observedGeneration: 1,
      reason: 'ErrorPresent',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
};

export const CONTOUR_FIXTURE: RouterFixture<ContourRouting> = {
  title: 'the Contour router',
  router: contourRouter,
  config: { httpProxies: ['checkout'] },
  rollout: { ...ROLLOUT, managedRoutes: ['testers', 'beta'], plannedRoutes: { headerRoutes: HEADERS, mirrorRoutes: [] } },
  crds: CONTOUR_CRDS,
  objects: [proxy()],
  initialWeight: 0,
  sides: SERVICES,
  headerRoutes: HEADERS,
  mirrorRoutes: [],
  sharesIn,
  foreignPartsOf,
  managedRoutesIn: (objects) => objects.flatMap(listsOf).flatMap((route) => managedName(route) ?? []),
  changedByHand: (objects) =>
    objects.slice(0, 1).map((object) =>
      edited(object, (copy) => {
        for (const service of splitsOf(copy).slice(0, 1).flatMap(sharing)) service.weight = 33;
      }),
    ),
  troubles: [
    {
      when: 'the HTTPProxy is gone',
      objects: [TCP],
      reason: 'RouteNotFound',
      message: /contour.httpProxies\[0\]: there is no HTTPProxy checkout in this namespace; create it/,
    },
    {
      when: 'no route names both Services',
      objects: [proxy([{ services: [STABLE] }, { conditions: [{ prefix: '/preview' }], services: [CANARY] }])],
      reason: 'RuleNotFound',
      message: /no route whose services name both checkout-stable and checkout-canary; add the missing one with weight 0/,
    },
    {
      when: 'the canary is a mirror only',
      objects: [proxy([{ services: [STABLE, { ...CANARY, mirror: true }] }])],
      reason: 'RuleNotFound',
      message: /no route whose services name both/,
    },
    {
      when: 'a third Service has a share',
      objects: [proxy([{ services: [STABLE, CANARY, { name: 'old', port: 80, weight: 1 }] }])],
      reason: 'RouteInvalid',
      message: /HTTPProxy checkout: spec.routes\[0\].services: Service old has weight 1, .*; set its weight to 0 or remove it/,
    },
    {
      when: 'no Service of the three has a weight, so that each has a third',
      objects: [proxy([{ services: [{ name: 'checkout-stable', port: 80 }, CANARY, { name: 'old', port: 80 }] }])],
      reason: 'RouteInvalid',
      message: /Service old has no weight, which is an even share/,
    },
    {
      when: 'a Service is named twice',
      objects: [proxy([{ services: [STABLE, CANARY, { ...CANARY, port: 81 }] }])],
      reason: 'RouteInvalid',
      message: /checkout-canary stands there twice/,
    },
  ],
  acceptances: [
    { when: 'Contour says valid of this generation', objects: [proxy(ROUTES, valid(1))], state: 'Accepted' },
    { when: 'Contour has said nothing', objects: [proxy()], state: 'Pending', message: /has said nothing yet about HTTPProxy checkout/ },
    {
      when: 'Contour says only that it did not look yet',
      objects: [proxy(ROUTES, { currentStatus: 'NotReconciled', description: 'Waiting for controller' })],
      state: 'Pending',
    },
    {
      when: 'Contour speaks of another generation',
      objects: [proxy(ROUTES, valid(0))],
      state: 'Pending',
      message: /has seen generation 0 of 1/,
    },
    {
      when: 'Contour says invalid',
      objects: [proxy(ROUTES, REFUSED)],
      state: 'Refused',
      message: /Contour says invalid about HTTPProxy checkout: Spec.Routes unresolved service reference/,
    },
    {
      when: 'Contour says orphaned',
      objects: [proxy(ROUTES, { ...REFUSED, currentStatus: 'orphaned', description: 'this HTTPProxy is not part of a delegation chain' })],
      state: 'Refused',
      message: /says orphaned .*: this HTTPProxy is not part of a delegation chain/,
    },
    {
      when: 'the two words of Contour contradict each other',
      objects: [proxy(ROUTES, valid(1, { currentStatus: 'invalid' }))],
      state: 'Refused',
    },
  ],
  inexpressible: [
    {
      when: 'a header that a route matches already',
      planned: { headerRoutes: [{ name: 'h', match: [{ headerName: 'X-Lang', headerValue: { exact: 'en' } }] }], mirrorRoutes: [] },
      problem: /steps "h": does not fit HTTPProxy checkout: the header X-Lang is matched already; use another header/,
    },
    {
      when: 'one header twice',
      planned: {
        headerRoutes: [
          {
            name: 'h',
            match: [
              { headerName: 'X-A', headerValue: { exact: '1' } },
              { headerName: 'x-a', headerValue: { exact: '2' } },
            ],
          },
        ],
        mirrorRoutes: [],
      },
      problem: /the header x-a is matched already/,
    },
    {
      when: 'a header route without a header',
      planned: { headerRoutes: [{ name: 'h', match: [] }], mirrorRoutes: [] },
      problem: /it names no header, and would take every request; name a header in match/,
    },
    {
      when: 'a mirror route',
      planned: { headerRoutes: [], mirrorRoutes: [{ name: 'm', match: [], percentage: 10 }] },
      problem: /steps "m": Contour cannot mirror the requests that a step chooses; remove the setMirrorRoute step/,
    },
  ],
};

export const CONTOUR_TCP_FIXTURE: RouterFixture<ContourRouting> = {
  ...CONTOUR_FIXTURE,
  title: 'the Contour router with a tcpproxy beside routes',
  config: { httpProxies: ['stream', 'checkout'] },
  objects: [TCP, proxy()],
  troubles: [],
  acceptances: [],
  inexpressible: [
    {
      when: 'a header route of a tcpproxy',
      planned: { headerRoutes: HEADERS, mirrorRoutes: [] },
      problem: /HTTPProxy stream shares its traffic in tcpproxy, which knows no headers; remove the step/,
    },
  ],
  headerRoutes: [],
  rollout: ROLLOUT,
};
