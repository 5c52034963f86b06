import { type Millis, millis } from '../../api/time.ts';
import { type Change, createInformer, type Informer } from '../../kube/informer.ts';
import type { Store } from '../../kube/store.ts';
import type { Cache, CacheRequest, CacheSetOptions } from './cache-set.ts';
import { splitKey } from './split-key.ts';
import { unionStore } from './union-store.ts';

/** `Loading`: nothing is known yet, and soon will be. */
export type NamespaceReading =
  | { readonly state: 'Read' }
  | { readonly state: 'Loading' }
  | { readonly state: 'Unreadable'; readonly message: string };

/** A cache that follows only those namespaces that somebody needs: of kinds of which a cluster has far more, and larger ones, than concern us. */
export interface NamespaceCache<T> extends Cache<T> {
  /** Starts to follow a namespace; the first call counts. */
  need(namespace: string): void;
  /** Stops following a namespace and forgets what is in it. */
  drop(namespace: string): void;
  reading(namespace: string): NamespaceReading;
  /** What is held of one namespace; undefined when it is not followed. */
  storeIn(namespace: string): Store<T> | undefined;
  /** Tells whenever the reading of a namespace may have changed. */
  onLook(listener: (namespace: string) => void): void;
}

/** Longer than this nobody waits for the first answer of an API server. */
const PATIENCE: Millis = millis(5000);

interface Followed<T> {
  readonly informer: Informer<T>;
  readonly stop: AbortController;
  readonly since: Millis;
}

/** A cache of no namespace yet; `start` runs an informer for as long as the process wants caches. */
export function createNamespaceCache<T>(
  options: CacheSetOptions,
  request: CacheRequest<T>,
  start: (informer: { readonly run: (signal: AbortSignal) => Promise<void> }) => void,
): NamespaceCache<T> {
  const { clock } = options;
  const followed = new Map<string, Followed<T>>();
  const onChange: ((change: Change<T>) => void)[] = [];
  const onLook: ((namespace: string) => void)[] = [];
  const follow = (namespace: string): Followed<T> => {
    const looked = (): void => onLook.forEach((listener) => listener(namespace));
    const informer = createInformer<T>({ ...options, ...request, namespace, onLook: looked });
    informer.onChange((change) => onChange.forEach((listener) => listener(change)));
    const stop = new AbortController();
    start({ run: (signal) => informer.run(AbortSignal.any([signal, stop.signal])) });
    return { informer, stop, since: clock.monotonic() };
  };
  return {
    kind: request.kind,
    store: liveStore(followed),
    storeIn: (namespace) => followed.get(namespace)?.informer.store,
    onChange: (listener) => void onChange.push(listener),
    onLook: (listener) => void onLook.push(listener),
    need: (namespace) => {
      if (!followed.has(namespace)) followed.set(namespace, follow(namespace));
    },
    drop: (namespace) => {
      followed.get(namespace)?.stop.abort();
      followed.delete(namespace);
    },
    reading: (namespace) => {
      const one = followed.get(namespace);
      if (one === undefined) return { state: 'Loading' };
      return readingOf(one.informer, clock.monotonic() - one.since > PATIENCE);
    },
  };
}

function readingOf(informer: Informer<unknown>, isLate: boolean): NamespaceReading {
  const trouble = informer.trouble();
  // What may no longer be read gets old without a sign.
  if (trouble?.code === 'forbidden') return { state: 'Unreadable', message: trouble.message };
  if (informer.hasSynced()) return { state: 'Read' };
  return isLate ? { state: 'Unreadable', message: trouble?.message ?? 'the API server has not answered yet' } : { state: 'Loading' };
}

/** Reads as one store what is followed at the time of each call; a key leads to the store of its namespace. */
function liveStore<T>(followed: ReadonlyMap<string, Followed<T>>): Store<T> {
  const all = (): Store<T> => unionStore(Array.from(followed.values(), ({ informer }) => informer.store));
  const of = (key: string): Store<T> | undefined => followed.get(splitKey(key).namespace ?? '')?.informer.store;
  return {
    get: (key) => of(key)?.get(key),
    list: () => all().list(),
    byIndex: (index, value) => all().byIndex(index, value),
    resourceVersionOf: (key) => of(key)?.resourceVersionOf(key),
    uidOf: (key) => of(key)?.uidOf(key),
  };
}
