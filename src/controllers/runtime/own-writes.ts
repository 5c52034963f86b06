import type { KindDescriptor } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Expectations } from '../../kube/expectations.ts';
import { objectKey } from '../../kube/object-key.ts';
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

/** Remembers own writes against the caches of `caches`; what is not cached cannot be waited for. */
export function createOwnWrites(expectations: Expectations, caches: Pick<CacheSet, 'storeOf'>): OwnWrites {
  return {
    wrote: (key, kind, object) => {
      const store = caches.storeOf(kind);
      const version = object.metadata.resourceVersion;
      if (store !== undefined && version !== undefined) expectations.expectWritten(key, store, objectKey(object), version);
    },
    removed: (key, kind, target) => {
      const store = caches.storeOf(kind);
      if (store !== undefined) expectations.expectGone(key, store, `${target.namespace}/${target.name}`, target.uid);
    },
    isParked: (key) => expectations.isParked(key),
  };
}
