import { type Millis, millis } from '../../api/time.ts';
import { deepEqual } from '../../core/identity/deep-equal.ts';
import { type Change, createInformer, type Informer, type Trouble } from '../../kube/informer.ts';
import type { Store } from '../../kube/store.ts';
import { isSluiceError } from '../../ports/errors.ts';
import type { Cache, CacheRequest, CacheSetOptions } from './cache.ts';
import { splitKey } from './split-key.ts';
import { unionStore } from './union-store.ts';

/**
 * What is known of the objects. `Loading`: no answer yet, and one will come soon unless it is `late`. `Failing`: the answers so far were no lists. `Refused`: the kind is not served, or may not be read;
 * what is `held` from before gets old without a sign, `by` a watch only since a moment ago. `Read`: the store holds them all and follows them.
 */
export type Look =
  | { readonly state: 'Loading'; readonly late: boolean }
  | { readonly state: 'Failing'; readonly late: boolean; readonly message: string }
  | { readonly state: 'Refused'; readonly by: Trouble['during']; readonly held: boolean; readonly message: string }
  | { readonly state: 'Read' };

/**
 * A cache that follows the cluster only once somebody needs it, everywhere or in single namespaces: of kinds that few clusters use, that not every cluster serves, or
 * that are many and large. What is not served or may not be read is asked for again and again, so that a definition or a right that comes later heals without a restart.
 */
export interface OnDemandCache<T> extends Cache<T> {
  /** Starts to follow a namespace, or without one everything that the installation looks after; the first call counts. */
  need(namespace?: string): void;
  /** Stops following a namespace and forgets what is in it. */
  drop(namespace: string): void;
  /** Of a namespace, or without one of everything. */
  look(namespace?: string): Look;
  /** What is held of one namespace; undefined when it is not followed by itself. */
  storeIn(namespace: string): Store<T> | undefined;
  /** Tells when the look at a namespace, or at everything, is another one by an answer that came or failed to come. */
  onLook(listener: (namespace: string | undefined) => void): void;
}

/** What runs for as long as the process wants caches; `everywhere` says that the start of the controllers waits for it. */
export interface StartedPart {
  readonly everywhere: boolean;
  run(signal: AbortSignal): Promise<void>;
  hasSynced(): boolean;
  trouble(): Trouble | undefined;
}

/** Longer than this nobody waits for the first answer of an API server. */
const PATIENCE: Millis = millis(5000);

interface Part<T> {
  readonly informer: Informer<T>;
  readonly stop: AbortController;
  readonly since: Millis;
}

/** A cache of nothing yet; `start` runs each part of it. */
export function createOnDemandCache<T>(
  options: CacheSetOptions,
  request: CacheRequest<T>,
  start: (part: StartedPart) => void,
): OnDemandCache<T> {
  const { cluster, clock, random, log, namespaces } = options;
  // By namespace; undefined stands for all of them, and for the only place of a cluster kind.
  const parts = new Map<string | undefined, Part<T>>();
  const changeListeners: ((change: Change<T>) => void)[] = [];
  const lookListeners: ((namespace: string | undefined) => void)[] = [];
  const everywhere = request.kind.namespaced && namespaces.length > 0 ? namespaces : [undefined];
  const placesOf = (namespace: string | undefined): readonly (string | undefined)[] => (namespace === undefined ? everywhere : [namespace]);

  const follow = (place: string | undefined, isEverywhere: boolean): void => {
    let before: Look = { state: 'Loading', late: false };
    const onLook = (): void => {
      const look = lookAt([parts.get(place)], clock.monotonic());
      const isNews = !deepEqual(look, before);
      before = look;
      if (isNews) lookListeners.forEach((listener) => listener(place));
    };
    const informer = createInformer<T>({ cluster, clock, random, log, ...request, namespace: place, onLook });
    informer.onChange((change) => changeListeners.forEach((listener) => listener(change)));
    const stop = new AbortController();
    parts.set(place, { informer, stop, since: clock.monotonic() });
    start({
      everywhere: isEverywhere,
      run: (signal) => runUntilEither(informer, signal, stop),
      hasSynced: () => informer.hasSynced(),
      trouble: () => informer.trouble(),
    });
  };
  return {
    kind: request.kind,
    store: liveStore(parts),
    storeIn: (namespace) => parts.get(namespace)?.informer.store,
    onChange: (listener) => void changeListeners.push(listener),
    onLook: (listener) => void lookListeners.push(listener),
    need: (namespace) => {
      for (const place of placesOf(namespace)) if (!parts.has(place)) follow(place, namespace === undefined);
    },
    drop: (namespace) => {
      parts.get(namespace)?.stop.abort();
      parts.delete(namespace);
    },
    look: (namespace) =>
      lookAt(
        placesOf(namespace).map((place) => parts.get(place)),
        clock.monotonic(),
      ),
  };
}

/** Ends with the process, or when the part is dropped. A signal of both (`AbortSignal.any`) would be held by node until one of them aborts, and all that listens with it. */
async function runUntilEither(informer: Pick<Informer<unknown>, 'run'>, signal: AbortSignal, stop: AbortController): Promise<void> {
  const end = (): void => stop.abort();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    await informer.run(stop.signal);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** What the answers that the parts got amount to. */
function lookAt(parts: readonly (Part<unknown> | undefined)[], now: Millis): Look {
  const followed = parts.filter((part) => part !== undefined);
  const late = followed.some(({ since }) => now - since > PATIENCE);
  const answered = (part: Part<unknown>): boolean => part.informer.hasSynced() || part.informer.trouble() !== undefined;
  if (followed.length < parts.length || !followed.every(answered)) return { state: 'Loading', late };
  const troubles = followed.map(({ informer }) => informer.trouble()).filter((trouble) => trouble !== undefined);
  const held = followed.every(({ informer }) => informer.hasSynced());
  const refusal = troubles.find(({ error }) => isSluiceError(error, 'not_found') || isSluiceError(error, 'forbidden'));
  if (refusal !== undefined) return { state: 'Refused', by: refusal.during, held, message: refusal.error.message };
  return held ? { state: 'Read' } : { state: 'Failing', late, message: troubles[0]?.error.message ?? '' };
}

/** Reads as one store what is followed at the time of each call; a key leads to the store of its namespace. */
function liveStore<T>(parts: ReadonlyMap<string | undefined, Part<T>>): Store<T> {
  const all = (): Store<T> => unionStore(Array.from(parts.values(), ({ informer }) => informer.store));
  const of = (key: string): Store<T> | undefined => (parts.get(splitKey(key).namespace) ?? parts.get(undefined))?.informer.store;
  return {
    get: (key) => of(key)?.get(key),
    list: () => all().list(),
    byIndex: (index, value) => all().byIndex(index, value),
    resourceVersionOf: (key) => of(key)?.resourceVersionOf(key),
    uidOf: (key) => of(key)?.uidOf(key),
  };
}
