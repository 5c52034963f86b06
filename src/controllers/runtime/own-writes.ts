import type { KindDescriptor } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Expectations } from '../../kube/expectations.ts';
import { objectKey } from '../../kube/object-key.ts';
import type { Store } from '../../kube/store.ts';
import type { CacheSet } from './cache-set.ts';

/**
 * What a reconciler wrote and its caches may not show yet. A key stays parked until they do, so that no decision is made on a view older than the
 * controller's own last write (KEP-5647).
 */
export interface OwnWrites {
  wrote(key: string, kind: KindDescriptor, object: KubeObject): void;
  removed(key: string, kind: KindDescriptor, target: { readonly namespace: string; readonly name: string; readonly uid: string }): void;
  isParked(key: string): boolean;
}

/** Remembers own writes against these caches; what is not cached cannot be waited for. */
export function createOwnWrites(expectations: Expectations, ...sets: readonly Pick<CacheSet, 'storeOf'>[]): OwnWrites {
  const storeOf = (kind: KindDescriptor): Store<unknown> | undefined =>
    sets.map((set) => set.storeOf(kind)).find((store) => store !== undefined);
  return {
    wrote: (key, kind, object) => {
      const store = storeOf(kind);
      const version = object.metadata.resourceVersion;
      if (store !== undefined && version !== undefined) expectations.expectWritten(key, store, objectKey(object), version);
    },
    removed: (key, kind, target) => {
      const store = storeOf(kind);
      if (store !== undefined) expectations.expectGone(key, store, `${target.namespace}/${target.name}`, target.uid);
    },
    isParked: (key) => expectations.isParked(key),
  };
}
