import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { kindKey } from '../invariants/world-view.ts';
import { type AppliedBackend, type AppliedRoute, backendName } from '../router/applied-config.ts';
import { servedIn } from '../router/served-routes.ts';
import type { SimulatedRouter } from '../router/simulated-router.ts';
import { routerOf } from '../router/simulated-routers.ts';
import { keyOf } from '../world/mirror.ts';

/** Lines about routes: what the objects of every router say, and what its data plane went over to. */
export interface RouteStory {
  observe(kind: ResourceKind, before: KubeObject | undefined, after: KubeObject | undefined): readonly string[];
  applied(route: string, after: AppliedRoute | undefined): string;
}

function shown(route: string): string {
  const [kind, , name] = route.split('/');
  return `${kind} ${name}`;
}

/** Follows the objects of all routers; `revision` is how the story calls a revision. */
export function createRouteStory(revision: (hash: string) => string): RouteStory {
  const held = new Map<string, ReadonlyMap<string, KubeObject>>();

  /** A subset is told with the revision that it selects. */
  function backendText(backend: AppliedBackend): string {
    const hash = backend.subset?.labels[POD_TEMPLATE_HASH];
    return `${backendName(backend)}${hash === undefined ? '' : ` (${revision(hash)})`} ${backend.weight}`;
  }

  /** The rules in one line: `web-stable 75 web-canary 25; testers: web-canary 1`. */
  function rulesText(rules: AppliedRoute['rules']): string {
    return rules.map(({ name, backends }) => `${name === undefined ? '' : `${name}: `}${backends.map(backendText).join(' ')}`).join('; ');
  }

  function served(router: SimulatedRouter, namespace: string | undefined): ReadonlyMap<string, string> {
    const objects = (kind: ResourceKind): readonly KubeObject[] => [...(held.get(kindKey(kind))?.values() ?? [])];
    return new Map(servedIn(router, objects, namespace).map(({ id, rules }) => [id, rulesText(rules)]));
  }

  return {
    observe(kind, before, after) {
      const router = routerOf(kind);
      const object = after ?? before;
      if (router === undefined || object === undefined) return [];
      const { namespace } = object.metadata;
      const had = served(router, namespace);
      const objects = new Map(held.get(kindKey(kind)));
      if (after === undefined) objects.delete(keyOf(object));
      else objects.set(keyOf(object), after);
      held.set(kindKey(kind), objects);
      const has = served(router, namespace);
      const ids = [...new Set([...had.keys(), ...has.keys()])];
      return ids.filter((id) => had.get(id) !== has.get(id)).map((id) => `${shown(id)}: ${has.get(id) ?? 'gone'}`);
    },
    applied: (route, after) => `data plane: ${shown(route)} ${after === undefined ? 'gone' : rulesText(after.rules)}`,
  };
}
