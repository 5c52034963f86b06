import { traefikRouter } from '../../src/adapters/traffic/traefik/traefik-router.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { TraefikRouting } from '../../src/api/traefik-routing.ts';
import { TRAEFIK_CRDS } from '../../src/sim/router/traefik/traefik-crds.ts';
import { edited, type Json, owned, ROLLOUT, SERVICES } from './fixture-parts.ts';
import { ownersPart } from './owners-part.ts';
import type { RouterFixture, Shares } from './router-fixture.ts';

interface WeightedService extends Json {
  name: string;
  weight?: number;
}

interface TraefikService extends KubeObject {
  readonly spec: { weighted?: { services: WeightedService[] } };
}

const STABLE = { name: 'checkout-stable', kind: 'Service', port: 80, weight: 100, passHostHeader: false };
const CANARY = { name: 'checkout-canary', port: 'http', strategy: 'RoundRobin', weight: 0 };
const OTHER = { name: 'checkout-canary', kind: 'TraefikService', weight: 0 };

export function traefikService(services: readonly Json[] = [OTHER, STABLE, CANARY]): KubeObject {
  return owned('traefik.io/v1alpha1', 'TraefikService', 'checkout', {
    weighted: { services, sticky: { cookie: { name: 'side', httpOnly: true } } },
  });
}

const MIRROR = owned('traefik.io/v1alpha1', 'TraefikService', 'mirrored', {
  mirroring: { name: 'checkout-stable', port: 80, mirrors: [{ name: 'checkout-canary', port: 80, percent: 5 }] },
});

function ours(object: KubeObject): readonly WeightedService[] {
  const services = (object as TraefikService).spec.weighted?.services ?? [];
  return services.filter(({ name, kind = 'Service', namespace = 'shop' }) => {
    return kind === 'Service' && namespace === 'shop' && (name === 'checkout-stable' || name === 'checkout-canary');
  });
}

function sharesIn(objects: readonly KubeObject[]): readonly Shares[] {
  return objects
    .filter((object) => object.metadata.name === 'checkout')
    .map((object) => {
      const weightOf = (name: string): number => ours(object).find((service) => service.name === name)?.weight ?? 0;
      return { stable: weightOf('checkout-stable'), canary: weightOf('checkout-canary') };
    });
}

const foreignPartsOf = (objects: readonly KubeObject[]): unknown =>
  objects.map((object) =>
    ownersPart(
      edited(object, (copy) => {
        for (const service of ours(copy)) service.weight = -1;
      }),
    ),
  );

export const TRAEFIK_FIXTURE: RouterFixture<TraefikRouting> = {
  title: 'the Traefik router',
  router: traefikRouter,
  config: { weightedTraefikServiceName: 'checkout' },
  rollout: ROLLOUT,
  crds: TRAEFIK_CRDS,
  objects: [traefikService(), MIRROR],
  initialWeight: 0,
  sides: SERVICES,
  headerRoutes: [],
  mirrorRoutes: [],
  sharesIn,
  foreignPartsOf,
  managedRoutesIn: () => [],
  changedByHand: (objects) =>
    objects.slice(0, 1).map((object) =>
      edited(object, (copy) => {
        for (const service of ours(copy)) service.weight = 33;
      }),
    ),
  troubles: [
    {
      when: 'the TraefikService is gone',
      objects: [MIRROR],
      reason: 'RouteNotFound',
      message: /weightedTraefikServiceName: there is no TraefikService checkout in this namespace; create it/,
    },
    {
      when: 'it is of another type',
      objects: [owned('traefik.io/v1alpha1', 'TraefikService', 'checkout', { mirroring: { name: 'checkout-stable', port: 80 } })],
      reason: 'RuleNotFound',
      message: /does not name the Service checkout-stable and checkout-canary; add it with its port and weight 0/,
    },
    {
      when: 'the canary Service is missing',
      objects: [traefikService([STABLE])],
      reason: 'RuleNotFound',
      message: /spec.weighted.services does not name the Service checkout-canary; add it/,
    },
    {
      when: 'the canary Service of another namespace is named',
      objects: [traefikService([STABLE, { ...CANARY, namespace: 'other', weight: 0 }])],
      reason: 'RuleNotFound',
      message: /does not name the Service checkout-canary/,
    },
    {
      when: 'a third Service has a share',
      objects: [traefikService([STABLE, CANARY, { name: 'old', port: 80, weight: 5 }])],
      reason: 'RouteInvalid',
      message: /Service old has weight 5, beside the two .*; set its weight to 0 or remove it/,
    },
    {
      when: 'a third Service has the share that Traefik gives it when it says none',
      objects: [traefikService([STABLE, CANARY, { name: 'old', port: 80 }])],
      reason: 'RouteInvalid',
      message: /Service old has weight 1/,
    },
    {
      when: 'a Service is named twice',
      objects: [traefikService([STABLE, CANARY, { ...STABLE, port: 81 }])],
      reason: 'RouteInvalid',
      message: /checkout-stable stands there twice.*keep one entry/,
    },
  ],
  acceptances: [{ when: 'nothing is ever said', objects: [traefikService()], state: 'Silent' }],
  inexpressible: [
    {
      when: 'a header route',
      planned: { headerRoutes: [{ name: 'h', match: [] }], mirrorRoutes: [] },
      problem: /steps "h": a TraefikService cannot make a header route; remove the step, or use gatewayAPI/,
    },
    {
      when: 'a mirror route',
      planned: { headerRoutes: [], mirrorRoutes: [{ name: 'm', match: [], percentage: 1 }] },
      problem: /a TraefikService cannot make a mirror route/,
    },
  ],
};
