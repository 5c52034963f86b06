import type { KubeObject } from '../../api/metadata.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { ServedRoute, SimulatedRouter } from './simulated-router.ts';

/** The objects of every namespace, kind by kind. */
type AllObjects = (kind: ResourceKind) => readonly KubeObject[];

/** What a router serves in one namespace: it reads the objects of no other. */
export function servedIn(router: SimulatedRouter, objects: AllObjects, namespace: string | undefined): readonly ServedRoute[] {
  return router.serve((kind) => objects(kind).filter((object) => object.metadata.namespace === namespace));
}

/** What a router serves in all namespaces together. */
export function servedEverywhere(router: SimulatedRouter, objects: AllObjects): readonly ServedRoute[] {
  const namespaces = new Set(router.kinds.flatMap((kind) => objects(kind).map(({ metadata }) => metadata.namespace)));
  return [...namespaces].flatMap((namespace) => servedIn(router, objects, namespace));
}
