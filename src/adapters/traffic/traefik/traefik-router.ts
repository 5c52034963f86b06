import { TRAEFIK_SERVICE } from '../../../api/kinds.ts';
import { millis } from '../../../api/time.ts';
import { type TraefikRouting } from '../../../api/traefik-routing.ts';
import type { RoutedRollout, RouterObjects, RouterReading, RouteWrite, TrafficRouter } from '../../../ports/traffic-router.ts';
import { noManagedRoutes } from '../no-managed-routes.ts';
import { seenRoutes, updateOf } from '../router-objects.ts';
import { plainTraffic, silentReading, troubledReading } from '../router-reading.ts';
import { setSideWeights } from '../side-weights.ts';
import { findTraefikService } from './traefik-service.ts';

/**
 * A TraefikService has no status. Traefik takes a change up with its provider's throttle, 2 s by default; 2.6 s were measured from the write until the
 * traffic followed, with one idle Traefik.
 */
const SETTLE = millis(5_000);

/** Weights of `spec.weighted.services` of one TraefikService; every other field stays as it is. */
export const traefikRouter: TrafficRouter<TraefikRouting> = {
  name: 'traefik',
  kinds: [TRAEFIK_SERVICE],
  objects: objectsOf,
  read,
  problems: (_config, rollout) =>
    noManagedRoutes('a TraefikService', rollout, 'remove the step, or use gatewayAPI, which Traefik serves too'),
  write: (config, rollout, objects, intent) => writeWeight(config, rollout, objects, intent.weight),
  release: (config, rollout, objects) => writeWeight(config, rollout, objects, 0),
};

function objectsOf(config: TraefikRouting): ReturnType<TrafficRouter['objects']> {
  return [{ kind: TRAEFIK_SERVICE, name: config.weightedTraefikServiceName }];
}

function read(config: TraefikRouting, rollout: RoutedRollout, objects: RouterObjects): RouterReading {
  const service = findTraefikService(config, rollout, objects);
  const facts = { router: 'traefik', settle: SETTLE, objects: seenRoutes(objectsOf(config), objects) } as const;
  return service.ok ? silentReading(facts, plainTraffic(service.value.weight)) : troubledReading(facts, service);
}

function writeWeight(config: TraefikRouting, rollout: RoutedRollout, objects: RouterObjects, weight: number): readonly RouteWrite[] {
  const service = findTraefikService(config, rollout, objects);
  if (!service.ok) return [];
  const { object, stable, canary } = service.value;
  const list = { path: ['spec', 'weighted', 'services'], stable, canary };
  return updateOf(object, setSideWeights(object.raw, [list], weight, rollout.maxWeight));
}
