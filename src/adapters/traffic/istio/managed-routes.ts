import { isRecord } from '../../../core/identity/is-record.ts';
import type { HeaderRoute, MirrorRoute, RoutedRollout } from '../../../ports/traffic-router.ts';
import { jsonAt } from '../edit-json.ts';
import type { Json } from '../json.ts';
import type { ManagedRoute } from '../managed-routes.ts';
import type { Refusal } from '../refusal.ts';
import type { SplitList } from '../side-weights.ts';
import { matchesOfHeaderRoute, matchesOfMirrorRoute } from './match-requests.ts';

/** Every weighted http route of a VirtualService, as it is or as it is going to be. */
export interface BaseRoute {
  /** Its place in `spec.http`. */
  readonly index: number;
  readonly raw: Json;
  /** The canary's place in its destinations. */
  readonly canary: number;
}

/** One http route for each weighted one, or none where no request fits; or why a VirtualService cannot hold them, with what to do. */
export type Rendered = { readonly ok: true; readonly routes: readonly (Json | undefined)[] } | Refusal;

type Made = { readonly ok: true; readonly route: Json | undefined } | Refusal;

/** The weighted http routes of an object. */
export function baseRoutes(object: Json, splits: readonly SplitList[]): readonly BaseRoute[] {
  return splits.flatMap(({ path, canary }) => {
    const [, protocol, index] = path;
    const raw = jsonAt(object, path.slice(0, -1));
    return protocol === 'http' && typeof index === 'number' && isRecord(raw) ? [{ index, raw, canary }] : [];
  });
}

/** A managed route has one http route for each weighted one, since what happens to a request is that route's: `name`, `name.2`, `name.3`. */
function managedName(route: string, index: number): string {
  return index === 0 ? route : `${route}.${index + 1}`;
}

/** Whether an http route of this name is one that some managed route makes. */
export function isManaged(name: string | undefined, { managedRoutes }: Pick<RoutedRollout, 'managedRoutes'>): boolean {
  return name !== undefined && managedRoutes.some((route) => name === route || isNumbered(name, route));
}

function isNumbered(name: string, route: string): boolean {
  return name.startsWith(`${route}.`) && /^([2-9]|[1-9][0-9]{1,2})$/.test(name.slice(route.length + 1));
}

/** The http routes of one managed route: those requests of each weighted route that it matches, treated as that route treats them. */
export function renderManaged(bases: readonly BaseRoute[], managed: ManagedRoute): Rendered {
  const routes: (Json | undefined)[] = [];
  for (const [index, base] of bases.entries()) {
    const name = managedName(managed.route.name, index);
    const made = managed.type === 'header' ? headerRoute(name, base, managed.route) : mirrorRoute(name, base, managed.route);
    if (!made.ok) {
      const of = typeof base.raw['name'] === 'string' ? ` ${base.raw['name']}` : '';
      return { ok: false, problem: `does not fit the http route${of}: ${made.problem}`, remedy: made.remedy };
    }
    routes.push(made.route);
  }
  return { ok: true, routes };
}

const OWN_MEMBERS = ['name', 'match', 'route'];
const MIRROR_MEMBERS = ['mirror', 'mirrors', 'mirrorPercentage', 'mirrorPercent', 'mirror_percent'];

/** What a route does with its requests, without which requests and where to. */
function treatmentOf(base: Json): Json {
  return Object.fromEntries(Object.entries(base).filter(([key]) => !OWN_MEMBERS.includes(key)));
}

function headerRoute(name: string, base: BaseRoute, header: HeaderRoute): Made {
  const matched = matchesOfHeaderRoute(base.raw, header);
  if (!matched.ok) return matched;
  const route = [{ ...canaryOf(base), weight: 100 }];
  return { ok: true, route: { name, match: matched.matches, ...treatmentOf(base.raw), route } };
}

function mirrorRoute(name: string, base: BaseRoute, mirror: MirrorRoute): Made {
  const own = MIRROR_MEMBERS.find((member) => base.raw[member] !== undefined);
  if (own !== undefined) return { ok: false, problem: `it has a ${own} of its own`, remedy: `remove ${own} from the route, or the step` };
  const matched = matchesOfMirrorRoute(base.raw, mirror);
  if (!matched.ok) return matched;
  // The route's requests and those of the mirror have nothing in common.
  if (matched.matches.length === 0) return { ok: true, route: undefined };
  const everything = matched.matches.some((match) => Object.keys(match).length === 0);
  const made = {
    name,
    ...(everything ? {} : { match: matched.matches }),
    ...treatmentOf(base.raw),
    route: base.raw['route'],
    mirror: canaryOf(base)['destination'],
    mirrorPercentage: { value: mirror.percentage },
  };
  return { ok: true, route: made };
}

function canaryOf({ raw, canary }: BaseRoute): Json {
  const destination = jsonAt(raw, ['route', canary]);
  return isRecord(destination) ? destination : {};
}
