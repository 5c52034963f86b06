import { nginxRouter } from '../../src/adapters/traffic/nginx/nginx-router.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { NginxRouting } from '../../src/api/nginx-routing.ts';
import { edited, type Json, owned, ROLLOUT, SERVICES } from './fixture-parts.ts';
import { ownersPart } from './owners-part.ts';
import type { RouterFixture, Shares } from './router-fixture.ts';

const PREFIX = 'nginx.ingress.kubernetes.io';

const backend = (name: string): Json => ({ service: { name, port: { number: 80 } } });
const path = (value: string, service: string): Json => ({ path: value, pathType: 'Prefix', backend: backend(service) });

const RULES: readonly Json[] = [
  { host: 'shop.example.com', http: { paths: [path('/', 'checkout-stable'), path('/search', 'search'), path('/pay', 'checkout-stable')] } },
  { host: 'blog.example.com', http: { paths: [path('/', 'blog')] } },
];

export function ingress(name = 'checkout', rules: readonly Json[] = RULES, more: Json = {}, annotations: Json = {}): KubeObject {
  const object = owned('networking.k8s.io/v1', 'Ingress', name, {
    ingressClassName: 'nginx',
    tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
    rules,
    ...more,
  });
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...(annotations as Record<string, string>) } },
  };
}

function isCanary(object: KubeObject): boolean {
  return object.metadata.annotations?.[`${PREFIX}/canary`] === 'true';
}

/** What the two Ingresses of a pair say: without its canary Ingress an Ingress gives everything to stable. */
function sharesOf(maxWeight: number): (objects: readonly KubeObject[]) => readonly Shares[] {
  return (objects) =>
    objects
      .filter((object) => !isCanary(object) && object.metadata.name !== 'elsewhere')
      .map((stable) => {
        const beside = objects.find((object) => isCanary(object) && object.metadata.name === `checkout-${stable.metadata.name}-canary`);
        const annotations = beside?.metadata.annotations ?? {};
        const canary = Number(annotations[`${PREFIX}/canary-weight`] ?? 0);
        return {
          stable: Number(annotations[`${PREFIX}/canary-weight-total`] ?? 100) - canary + (beside === undefined ? maxWeight - 100 : 0),
          canary,
        };
      });
}

const ELSEWHERE = ingress('elsewhere', [{ http: { paths: [path('/', 'search')] } }]);

const canaryOf = (more: (copy: KubeObject) => void): KubeObject =>
  edited(ingress('checkout-checkout-canary', RULES, {}, { [`${PREFIX}/canary`]: 'true', [`${PREFIX}/canary-weight`]: '0' }), more);

export const NGINX_FIXTURE: RouterFixture<NginxRouting> = {
  title: 'the NGINX router',
  router: nginxRouter,
  config: { stableIngress: 'checkout' },
  rollout: ROLLOUT,
  crds: [],
  objects: [ingress(), ELSEWHERE],
  initialWeight: undefined,
  sides: SERVICES,
  headerRoutes: [],
  mirrorRoutes: [],
  sharesIn: sharesOf(100),
  foreignPartsOf: (objects) => objects.filter((object) => !isCanary(object)).map(ownersPart),
  managedRoutesIn: () => [],
  changedByHand: (objects) =>
    objects.filter(isCanary).map((object) =>
      edited(object, (copy) => {
        Object.assign(copy.metadata.annotations ?? {}, { [`${PREFIX}/canary-weight`]: '33' });
      }),
    ),
  troubles: [
    {
      when: 'the Ingress is gone',
      objects: [ELSEWHERE],
      reason: 'RouteNotFound',
      message: /nginx.stableIngress: there is no Ingress checkout in this namespace; create it/,
    },
    {
      when: 'no path leads to the stable Service',
      objects: [ingress('checkout', [{ http: { paths: [path('/', 'checkout-canary')] } }])],
      reason: 'RuleNotFound',
      message: /Ingress checkout has no path to the Service checkout-stable; let one lead there, or name another Ingress/,
    },
    {
      when: 'the named Ingress is a canary Ingress',
      objects: [ingress('checkout', RULES, {}, { [`${PREFIX}/canary`]: 'true' })],
      reason: 'RouteInvalid',
      message: /is itself a canary Ingress; name the Ingress that it stands beside/,
    },
    {
      when: "the canary Ingress is somebody else's",
      objects: [ingress(), canaryOf(() => undefined)],
      reason: 'RouteNotOwned',
      message: /Ingress checkout-checkout-canary is not owned by this Rollout, which needs that name beside checkout; delete or rename it/,
    },
  ],
  acceptances: [{ when: 'nothing is ever said', objects: [ingress()], state: 'Silent' }],
  inexpressible: [
    {
      when: 'a header route',
      planned: { headerRoutes: [{ name: 'h', match: [] }], mirrorRoutes: [] },
      problem: /steps "h": ingress-nginx cannot make a header route; remove the step; canary-by-header in additionalIngressAnnotations/,
    },
  ],
};

export const NGINX_SEVERAL_FIXTURE: RouterFixture<NginxRouting> = {
  ...NGINX_FIXTURE,
  title: 'the NGINX router with several Ingresses, another total and annotations',
  config: {
    stableIngresses: ['checkout', 'inner'],
    additionalIngressAnnotations: { 'canary-by-header': 'X-Tester' },
    canaryIngressAnnotations: { 'example.com/note': 'canary' },
  },
  rollout: { ...ROLLOUT, maxWeight: 250 },
  objects: [ingress(), ingress('inner', [], { defaultBackend: backend('checkout-stable') }), ELSEWHERE],
  sharesIn: sharesOf(250),
  troubles: [],
  acceptances: [],
};
