import type { KindDescriptor } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type Change, createInformer, type Informer } from '../../kube/informer.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { SluiceError } from '../../ports/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import { createNamespaceCache, type NamespaceCache } from './namespace-cache.ts';
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
  /** Objects of one page of a list; fewer than usual where each may be large. */
  readonly pageSize?: number;
}

/** One kind's cache: its store, and what changes in it. */
export interface Cache<T> {
  readonly kind: KindDescriptor;
  readonly store: Store<T>;
  onChange(listener: (change: Change<T>) => void): void;
}

/** A cache that is followed only once it is needed: of kinds that few clusters use, or that not every cluster serves. */
export interface OnDemandCache<T> extends Cache<T> {
  /** Starts to follow the cluster; the first call counts. */
  need(): void;
  hasSynced(): boolean;
  /** Why it is not filled, or not followed at the moment: the kind is not served, or may not be read. */
  trouble(): SluiceError | undefined;
}

/** Every cache of a controller process, started and awaited together. */
export interface CacheSet {
  add<T>(request: CacheRequest<T>): Cache<T>;
  addOnDemand<T>(request: CacheRequest<T>): OnDemandCache<T>;
  addByNamespace<T>(request: CacheRequest<T>): NamespaceCache<T>;
  /** The store of a kind, to see whether it shows an own write; undefined for kinds that are not cached. */
  storeOf(kind: KindDescriptor): Store<unknown> | undefined;
  /** Ends when `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
}

interface Runnable {
  run(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
  trouble(): SluiceError | undefined;
}

/** What runs, and what is started while it does. */
class Running {
  readonly #always: Runnable[] = [];
  readonly #needed: Runnable[] = [];
  readonly #waiting: Pick<Runnable, 'run'>[] = [];
  readonly #late: Promise<void>[] = [];
  #signal: AbortSignal | undefined;

  add(informer: Runnable): void {
    this.#always.push(informer);
  }

  need(informer: Runnable): void {
    this.#needed.push(informer);
    if (this.#signal !== undefined && !this.#signal.aborted) this.#late.push(informer.run(this.#signal));
  }

  /** Runs it as long as the set does; nobody waits for it to be filled. */
  start(informer: Pick<Runnable, 'run'>): void {
    if (this.#signal === undefined) this.#waiting.push(informer);
    else if (!this.#signal.aborted) this.#late.push(informer.run(this.#signal));
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    await Promise.all([...this.#always, ...this.#needed, ...this.#waiting].map((informer) => informer.run(signal)));
    await Promise.all(this.#late);
  }

  /** A kind that is needed and cannot be read is its users' trouble, and nobody else waits for it. */
  hasSynced(): boolean {
    const answered = (informer: Runnable): boolean => informer.hasSynced() || informer.trouble() !== undefined;
    return this.#always.every((informer) => informer.hasSynced()) && this.#needed.every(answered);
  }
}

/** Makes an empty set; caches are added before `run`. */
export function createCacheSet(options: CacheSetOptions): CacheSet {
  const running = new Running();
  const stores = new Map<KindDescriptor, Store<unknown>>();
  const informersOf = <T>(request: CacheRequest<T>): readonly Informer<T>[] => {
    const { cluster, clock, random, log, namespaces } = options;
    const everywhere = !request.kind.namespaced || namespaces.length === 0;
    return (everywhere ? [undefined] : namespaces).map((namespace) =>
      createInformer<T>({ cluster, clock, random, log, namespace, ...request }),
    );
  };
  const cacheOf = <T>(request: CacheRequest<T>, parts: readonly Informer<T>[]): Cache<T> => {
    const store = unionStore(parts.map((informer) => informer.store));
    // Own writes are looked for in the first cache of a kind.
    if (!stores.has(request.kind)) stores.set(request.kind, store);
    return { kind: request.kind, store, onChange: (listener) => parts.forEach((informer) => informer.onChange(listener)) };
  };
  return {
    add: (request) => {
      const parts = informersOf(request);
      for (const informer of parts) running.add(informer);
      return cacheOf(request, parts);
    },
    addOnDemand: (request) => {
      const parts = informersOf(request);
      let needed = false;
      const need = (): void => {
        if (!needed) for (const informer of parts) running.need(informer);
        needed = true;
      };
      return {
        ...cacheOf(request, parts),
        need,
        hasSynced: () => parts.every((informer) => informer.hasSynced()),
        trouble: () => parts.map((informer) => informer.trouble()).find((trouble) => trouble !== undefined),
      };
    },
    addByNamespace: (request) => {
      const cache = createNamespaceCache(options, request, (informer) => running.start(informer));
      if (!stores.has(request.kind)) stores.set(request.kind, cache.store);
      return cache;
    },
    storeOf: (kind) => stores.get(kind),
    run: (signal) => running.run(signal),
    hasSynced: () => running.hasSynced(),
  };
}
