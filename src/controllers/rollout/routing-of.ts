import type { Rollout } from '../../api/rollout.ts';
import { formerUses } from '../../observe/former-routes.ts';
import { routeKey } from '../../observe/route-key.ts';
import type { Routing } from '../../observe/routing.ts';
import type { RouterUse, TrafficRouters } from '../../ports/traffic-router.ts';
import type { RouterCaches } from '../runtime/router-caches.ts';

/** What a reconcile needs to read and write the routes of Rollouts. */
export interface RoutingDeps {
  readonly routers: TrafficRouters;
  readonly caches: RouterCaches;
}

/** The routers of one Rollout; their kinds are followed from now on. */
export function routingOf(rollout: Rollout, { routers, caches }: RoutingDeps): Routing {
  const uses = routers.usedBy(rollout);
  const former = formerUses(rollout, uses, routers);
  const kinds = new Set([...uses, ...former].flatMap((use) => use.objects.map((object) => object.kind)));
  for (const kind of kinds) caches.want(kind);
  const namespace = rollout.metadata.namespace ?? '';
  return {
    uses,
    former,
    objects: {
      get: (kind, name) => caches.storeOf(kind)?.get(`${namespace}/${name}`),
      availability: (kind) => caches.availability(kind),
    },
    firstLook: [...kinds].some((kind) => caches.isFirstLook(kind)),
  };
}

/** Every use of a router that a Rollout names, and of those that it named when it wrote routes last: what is still to be given back concerns it as well. */
export function allUses(rollout: Rollout, routers: TrafficRouters): readonly RouterUse[] {
  const uses = routers.usedBy(rollout);
  return [...uses, ...formerUses(rollout, uses, routers)];
}

/** Every route that concerns a Rollout, as `namespace/name`: the value of the index of Rollouts by their routes. */
export function routeKeys(rollout: Rollout, routers: TrafficRouters): readonly string[] {
  const namespace = rollout.metadata.namespace ?? '';
  return allUses(rollout, routers).flatMap((use) => use.objects.map(({ kind, name }) => routeKey(kind, `${namespace}/${name}`)));
}
