import type { KindDescriptor } from '../../api/kinds.ts';
import { createInformer, type Informer } from '../../kube/informer.ts';
import type { Store } from '../../kube/store.ts';
import { untilAbort } from '../../ports/until-abort.ts';
import type { Cache, CacheRequest, CacheSetOptions } from './cache.ts';
import { createOnDemandCache, type OnDemandCache, type StartedPart } from './on-demand-cache.ts';
import { unionStore } from './union-store.ts';

/** Every cache of a controller process, started and awaited together. */
export interface CacheSet {
  add<T>(request: CacheRequest<T>): Cache<T>;
  addOnDemand<T>(request: CacheRequest<T>): OnDemandCache<T>;
  /** The store of a kind, to see whether it shows an own write; undefined for kinds that are not cached. */
  storeOf(kind: KindDescriptor): Store<unknown> | undefined;
  /** Ends when `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
}

/** What runs, and what is started while it does. */
class Running {
  readonly #always: Pick<StartedPart, 'run' | 'hasSynced'>[] = [];
  readonly #needed: StartedPart[] = [];
  readonly #waiting: StartedPart[] = [];
  readonly #late = new Set<Promise<void>>();
  #signal: AbortSignal | undefined;

  add(informer: Pick<StartedPart, 'run' | 'hasSynced'>): void {
    this.#always.push(informer);
  }

  /** Runs it as long as the set does, or as it wants to itself. */
  start(part: StartedPart): void {
    if (part.everywhere) this.#needed.push(part);
    if (this.#signal === undefined) {
      this.#waiting.push(part);
    } else if (!this.#signal.aborted) {
      const run = part.run(this.#signal).finally(() => this.#late.delete(run));
      this.#late.add(run);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const first = [...this.#always, ...this.#waiting.splice(0)];
    // What is needed later may come after everything that runs now has ended.
    await Promise.all([untilAbort(signal), ...first.map((informer) => informer.run(signal))]);
    await Promise.all(this.#late);
  }

  /** A kind that is needed and cannot be read is its users' trouble, and nobody else waits for it; nor for single namespaces. */
  hasSynced(): boolean {
    const answered = (part: StartedPart): boolean => part.hasSynced() || part.trouble() !== undefined;
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
      const cache = createOnDemandCache(options, request, (part) => running.start(part));
      if (!stores.has(request.kind)) stores.set(request.kind, cache.store);
      return cache;
    },
    storeOf: (kind) => stores.get(kind),
    run: (signal) => running.run(signal),
    hasSynced: () => running.hasSynced(),
  };
}
