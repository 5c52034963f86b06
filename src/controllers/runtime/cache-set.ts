import type { KindDescriptor } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type Change, createInformer, type Informer } from '../../kube/informer.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { unionStore } from './union-store.ts';

export interface CacheSetOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** All namespaces when empty. */
  readonly namespaces: readonly string[];
}

export interface CacheRequest<T> {
  readonly kind: KindDescriptor;
  readonly parse: (object: KubeObject) => T;
  readonly indexes?: Readonly<Record<string, (item: T) => readonly string[]>>;
  readonly labelSelector?: string;
}

/** One kind's cache: its store, and what changes in it. */
export interface Cache<T> {
  readonly kind: KindDescriptor;
  readonly store: Store<T>;
  onChange(listener: (change: Change<T>) => void): void;
}

/** Every cache of a controller process, started and awaited together. */
export interface CacheSet {
  add<T>(request: CacheRequest<T>): Cache<T>;
  /** The store of a kind, to see whether it shows an own write; undefined for kinds that are not cached. */
  storeOf(kind: KindDescriptor): Store<unknown> | undefined;
  /** Ends when `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
}

interface Runnable {
  run(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
}

/** Makes an empty set; caches are added before `run`. */
export function createCacheSet(options: CacheSetOptions): CacheSet {
  const informers: Runnable[] = [];
  const stores = new Map<KindDescriptor, Store<unknown>>();
  const start = <T>(request: CacheRequest<T>, namespace: string | undefined): Informer<T> => {
    const { cluster, clock, random, log } = options;
    const informer = createInformer<T>({ cluster, clock, random, log, namespace, ...request });
    informers.push(informer);
    return informer;
  };
  return {
    add: (request) => {
      const everywhere = !request.kind.namespaced || options.namespaces.length === 0;
      const parts = (everywhere ? [undefined] : options.namespaces).map((namespace) => start(request, namespace));
      const store = unionStore(parts.map((informer) => informer.store));
      stores.set(request.kind, store);
      return { kind: request.kind, store, onChange: (listener) => parts.forEach((informer) => informer.onChange(listener)) };
    },
    storeOf: (kind) => stores.get(kind),
    run: async (signal) => {
      await Promise.all(informers.map((informer) => informer.run(signal)));
    },
    hasSynced: () => informers.every((informer) => informer.hasSynced()),
  };
}
