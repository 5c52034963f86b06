import type { Rollout } from '../api/rollout.ts';
import { formerlyRouted } from '../core/traffic/routing-record.ts';
import type { ResourceKind } from '../ports/cluster.ts';
import type { RouterUse, RouteWrite, TrafficRouters } from '../ports/traffic-router.ts';
import type { Routing } from './routing.ts';

function keyOf(kind: ResourceKind, name: string): string {
  return `${kind.plural}.${kind.group}/${name}`;
}

function nameOf(write: RouteWrite): string {
  return write.type === 'delete' ? write.name : write.object.metadata.name;
}

/** The routers of a Rollout as it named them before, each for the objects alone that it names no longer. */
export function formerUses(rollout: Rollout, routers: TrafficRouters): readonly RouterUse[] {
  const former = formerlyRouted(rollout);
  if (former === undefined) return [];
  const named = new Set(routers.usedBy(rollout).flatMap((use) => use.objects.map(({ kind, name }) => keyOf(kind, name))));
  return routers.usedBy(former).flatMap((use): readonly RouterUse[] => {
    const objects = use.objects.filter(({ kind, name }) => !named.has(keyOf(kind, name)));
    if (objects.length === 0) return [];
    return [{ ...use, objects, release: (held) => use.release(held).filter((write) => !named.has(keyOf(write.kind, nameOf(write)))) }];
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
      const own = new Set(use.objects.map(({ kind, name }) => keyOf(kind, name)));
      return { router: use.name, objects: use.read(objects).objects.filter(({ kind, name }) => own.has(keyOf(kind, name))) };
    });
}
