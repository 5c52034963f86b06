import type { ResourceKind } from '../ports/cluster.ts';

/** Names one router object among all kinds: by its name in the namespace of the Rollout, or by `namespace/name`. */
export function routeKey(kind: ResourceKind, name: string): string {
  return `${kind.plural}.${kind.group}/${name}`;
}
