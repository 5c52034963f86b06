import type { KubeObject } from '../../../src/api/metadata.ts';
import type { Cluster, ResourceKind } from '../../../src/ports/cluster.ts';

/** The newest state of every object of a kind, by `namespace/name`, and a way to wait for one. */
export interface Followed<T> {
  get(key: string): T | undefined;
  /** Resolves once the object is as told; never when it never is. */
  until(key: string, holds: (seen: T) => boolean): Promise<void>;
  stop(): void;
}

/** Follows a kind in all namespaces, with as little work as can be: what is measured runs on the same machine. */
export async function followObjects<T>(cluster: Cluster, kind: ResourceKind, read: (object: KubeObject) => T): Promise<Followed<T>> {
  const seen = new Map<string, T>();
  const waiting = new Map<string, { readonly holds: (seen: T) => boolean; readonly resolve: () => void }>();
  const over = new AbortController();
  const put = (object: KubeObject): void => {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const now = read(object);
    seen.set(key, now);
    const waiter = waiting.get(key);
    if (waiter?.holds(now) !== true) return;
    waiting.delete(key);
    waiter.resolve();
  };
  const first = await cluster.list(kind);
  first.items.forEach(put);
  const follow = async (): Promise<void> => {
    let { resourceVersion } = first;
    while (!over.signal.aborted) {
      try {
        for await (const event of cluster.watch(kind, { resourceVersion, signal: over.signal })) {
          if (event.type === 'BOOKMARK') resourceVersion = event.resourceVersion;
          else {
            resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
            if (event.type !== 'DELETED') put(event.object);
          }
        }
      } catch (error) {
        if (!over.signal.aborted) throw error;
      }
    }
  };
  void follow();
  return {
    get: (key) => seen.get(key),
    until: (key, holds) => {
      const now = seen.get(key);
      if (now !== undefined && holds(now)) return Promise.resolve();
      return new Promise((resolve) => waiting.set(key, { holds, resolve }));
    },
    stop: () => over.abort(),
  };
}
