import { INGRESS } from '../../../api/kinds.ts';
import type { NginxRouting } from '../../../api/nginx-routing.ts';
import { millis } from '../../../api/time.ts';
import { canaryIngressName } from '../../../core/identity/names.ts';
import type {
  RoutedRollout,
  RouterObjects,
  RouterReading,
  RouteWrite,
  TrafficIntent,
  TrafficRouter,
} from '../../../ports/traffic-router.ts';
import { noManagedRoutes } from '../no-managed-routes.ts';
import { allFound, usable } from '../result.ts';
import { seenRoutes } from '../router-objects.ts';
import { plainTraffic, silentReading, troubledReading } from '../router-reading.ts';
import { agreedWeight } from '../side-weights.ts';
import { findCanary, findIngressPairs, type IngressPair, updatedCanary, weightOf } from './canary-ingress.ts';
import { stableIngresses } from './ingress.ts';

/**
 * ingress-nginx reports no generation. It looks at its Ingresses at most every 3.3 s (its --sync-rate-limit is 0.3 a second). One that is new, or has other
 * paths, makes it test and reload its configuration, which takes some seconds more.
 */
const SETTLE = millis(10_000);

/**
 * A weight alone reloads nothing: it is posted to the workers, which take it over within a second (BACKENDS_SYNC_INTERVAL). What is left of the 6 s is for the
 * reload of somebody else's Ingress that may be in the way.
 */
const WEIGHT_SETTLE = millis(6_000);

/**
 * One canary Ingress beside each stable one, owned by the Rollout. It is there at weight 0 too, as with Argo Rollouts: annotations such as canary-by-header
 * work at any weight, and nginx has reloaded for its paths before the first share.
 */
export const nginxRouter: TrafficRouter<NginxRouting> = {
  name: 'nginx',
  kinds: [INGRESS],
  objects: objectsOf,
  read,
  problems: (_config, rollout) =>
    noManagedRoutes('ingress-nginx', rollout, 'remove the step; canary-by-header in additionalIngressAnnotations routes by a header'),
  write,
  release,
};

function objectsOf(config: NginxRouting, rollout: RoutedRollout): ReturnType<TrafficRouter['objects']> {
  return stableIngresses(config).flatMap(({ name }) => [
    { kind: INGRESS, name },
    { kind: INGRESS, name: canaryIngressName(rollout.name, name) },
  ]);
}

function read(config: NginxRouting, rollout: RoutedRollout, objects: RouterObjects): RouterReading {
  const pairs = allFound(findIngressPairs(config, rollout, objects));
  const seen = seenRoutes(objectsOf(config, rollout), objects);
  const facts = { router: 'nginx', settle: SETTLE, weightSettle: WEIGHT_SETTLE, objects: seen } as const;
  if (!pairs.ok) return troubledReading(facts, pairs);
  return silentReading(facts, plainTraffic(agreedWeight(pairs.value.map((pair) => weightOf(config, pair)))));
}

function write(config: NginxRouting, rollout: RoutedRollout, objects: RouterObjects, intent: TrafficIntent): readonly RouteWrite[] {
  return usable(findIngressPairs(config, rollout, objects)).flatMap((pair) => writePair(config, pair, intent.weight));
}

function writePair(config: NginxRouting, pair: IngressPair, weight: number): readonly RouteWrite[] {
  if (weightOf(config, pair) === weight) return [];
  const desired = pair.desired(weight);
  if (pair.canary === undefined) return [{ type: 'create', kind: INGRESS, object: desired }];
  return [{ type: 'update', kind: INGRESS, object: updatedCanary(config, pair.canary, desired) }];
}

/** The canary Ingresses go; the stable ones were never changed. */
function release(config: NginxRouting, rollout: RoutedRollout, objects: RouterObjects): readonly RouteWrite[] {
  return stableIngresses(config).flatMap(({ name }): readonly RouteWrite[] => {
    const found = findCanary(rollout, objects, name);
    if (found?.owned !== true) return [];
    const { uid = '', resourceVersion = '', name: canary } = found.canary.metadata;
    return [{ type: 'delete', kind: INGRESS, name: canary, uid, resourceVersion }];
  });
}
