import type { KubeObject } from '../../api/metadata.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { AppliedRule } from './applied-config.ts';

/** The objects of one namespace that a router reads, kind by kind. */
export type RouteObjects = (kind: ResourceKind) => readonly KubeObject[];

/** One route, as the objects say that it is to be served now. */
export interface ServedRoute {
  /** Kind and place of the object that people name: `HTTPRoute/shop/checkout`. */
  readonly id: string;
  readonly rules: readonly AppliedRule[];
  /** The objects that it is made of. */
  readonly sources: readonly KubeObject[];
}

/** One router as the world knows it: what its data plane makes of the objects, and what its controller says of them. */
export interface SimulatedRouter {
  readonly name: string;
  /** Kinds of which it reads objects. */
  readonly kinds: readonly ResourceKind[];
  /** Definitions of those of them that a cluster does not bring. */
  readonly crds: readonly KubeObject[];
  readonly serve: (objects: RouteObjects) => readonly ServedRoute[];
  /** The status that its controller writes into such an object; absent when it never says anything, undefined for nothing to say. */
  readonly statusOf?: (object: KubeObject, facts: StatusFacts) => Readonly<Record<string, unknown>> | undefined;
}

export interface StatusFacts {
  /** Services that the object names and that do not exist. */
  readonly missing: readonly string[];
  /** RFC 3339. */
  readonly at: string;
}

/** How one route is called among all of them: `HTTPRoute/shop/checkout`. */
export function routeId(kind: ResourceKind, { metadata }: Pick<KubeObject, 'metadata'>): string {
  return `${kind.kind}/${metadata.namespace}/${metadata.name}`;
}

/** The routes of kinds of which each object is a route by itself; `rulesOf` answers undefined for an object that cannot be read. */
export function oneByOne(
  kinds: readonly ResourceKind[],
  rulesOf: (object: KubeObject) => readonly AppliedRule[] | undefined,
): SimulatedRouter['serve'] {
  return (objects) =>
    kinds.flatMap((kind) =>
      objects(kind).flatMap((object) => {
        const rules = rulesOf(object);
        return rules === undefined ? [] : [{ id: routeId(kind, object), rules, sources: [object] }];
      }),
    );
}

/** The version of a route: that of its latest source. */
export function versionOf({ sources }: ServedRoute): number {
  return Math.max(0, ...sources.map((object) => Number(object.metadata.resourceVersion ?? 0)));
}
