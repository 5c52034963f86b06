import type { Rollout } from '../api/rollout.ts';
import { formerlyRouted } from '../core/traffic/routing-record.ts';
import type { RouterUse, RouteWrite, TrafficRouters } from '../ports/traffic-router.ts';
import { routeKey } from './route-key.ts';
import type { Routing } from './routing.ts';

function nameOf(write: RouteWrite): string {
  return write.type === 'delete' ? write.name : write.object.metadata.name;
}

/** The routers of a Rollout as it named them before `uses`, each for the objects alone that it names no longer. */
export function formerUses(rollout: Rollout, uses: readonly RouterUse[], routers: TrafficRouters): readonly RouterUse[] {
  const former = formerlyRouted(rollout);
  if (former === undefined) return [];
  const named = new Set(uses.flatMap((use) => use.objects.map(({ kind, name }) => routeKey(kind, name))));
  return routers.usedBy(former).flatMap((use): readonly RouterUse[] => {
    const objects = use.objects.filter(({ kind, name }) => !named.has(routeKey(kind, name)));
    if (objects.length === 0) return [];
    return [{ ...use, objects, release: (held) => use.release(held).filter((write) => !named.has(routeKey(write.kind, nameOf(write)))) }];
  });
}

/** Routes that still say what the Rollout wrote, and that it names no longer: to be given back. */
export function formerRoutes({
  former,
  objects,
}: Routing): readonly { readonly router: RouterUse['name']; readonly objects: ReturnType<RouterUse['read']>['objects'] }[] {
  return former
    .filter((use) => use.release(objects).length > 0)
    .map((use) => {
      const own = new Set(use.objects.map(({ kind, name }) => routeKey(kind, name)));
      return { router: use.name, objects: use.read(objects).objects.filter(({ kind, name }) => own.has(routeKey(kind, name))) };
    });
}
