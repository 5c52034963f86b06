import type { KubeObject } from '../api/metadata.ts';
import type { Log } from '../ports/log.ts';
import { objectKey } from './object-key.ts';
import { isAtLeast, isOlder } from './resource-version.ts';
import { createStore, type Entry, type Indexes, type MutableStore, type Store } from './store.ts';

/** One object of the cache that became another: added without `previous`, removed without `current`. */
export interface Change<T> {
  readonly key: string;
  readonly previous?: T | undefined;
  readonly current?: T | undefined;
}

export interface WatchCacheOptions<T> {
  readonly parse: (object: KubeObject) => T;
  readonly indexes?: Indexes<T> | undefined;
  readonly log: Log;
  /** The watch shows only what a label selector matches: an object that is gone may come back by its labels, with the same uid. */
  readonly isSelective?: boolean | undefined;
}

/** A listed object after its parse; `entry` is absent when that threw. */
export interface Listed<T> {
  readonly key: string;
  readonly entry: Entry<T> | undefined;
}

/**
 * The part of an informer that is not about time and connections: turns lists and events, in whatever order they come, into a store and its changes.
 * What is older than what is held never replaces it (KEP-5504), and a uid that was deleted does not come back (where a selector may have hidden it: not by an older version).
 */
export interface WatchCache<T> {
  readonly store: Store<T>;
  onChange(listener: (change: Change<T>) => void): void;
  prepare(object: KubeObject): Listed<T>;
  /** Takes a whole list as the truth. */
  replace(items: readonly Listed<T>[], resourceVersion: string): void;
  upsert(object: KubeObject): void;
  remove(object: KubeObject): void;
}

interface Tombstone {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Late events come within seconds; this many deletions are remembered for them. */
const TOMBSTONES = 10_000;

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '';
}

class KindCache<T> implements WatchCache<T> {
  readonly store: MutableStore<T>;
  readonly #parse: (object: KubeObject) => T;
  readonly #log: Log;
  readonly #isSelective: boolean;
  readonly #listeners: ((change: Change<T>) => void)[] = [];
  readonly #tombstones = new Map<string, Tombstone>();
  /** What the last list did not show did not exist at this version. */
  #listVersion = '';

  constructor(options: WatchCacheOptions<T>) {
    this.store = createStore<T>(options.indexes);
    this.#parse = options.parse;
    this.#log = options.log;
    this.#isSelective = options.isSelective === true;
  }

  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener);
  }

  prepare(object: KubeObject): Listed<T> {
    const key = objectKey(object);
    try {
      return { key, entry: { item: this.#parse(object), resourceVersion: versionOf(object), uid: object.metadata.uid ?? '' } };
    } catch (error) {
      // Removing it would look like a deletion, and what hangs on it would be deleted too: what was last readable stays.
      this.#log.error('an object could not be read; its last readable version stays in the cache', { key, error });
      return { key, entry: undefined };
    }
  }

  replace(items: readonly Listed<T>[], resourceVersion: string): void {
    this.#listVersion = resourceVersion;
    this.#tombstones.clear();
    const present = new Set(items.map((item) => item.key));
    for (const key of this.store.keys()) if (!present.has(key)) this.#drop(key);
    for (const { key, entry } of items) if (entry !== undefined) this.#put(key, entry);
  }

  upsert(object: KubeObject): void {
    const key = objectKey(object);
    if (this.#isStale(key, object)) {
      this.#log.debug('an event that is older than the cache was dropped', { key, resourceVersion: versionOf(object) });
      return;
    }
    const { entry } = this.prepare(object);
    if (entry !== undefined) this.#put(key, entry);
  }

  remove(object: KubeObject): void {
    const key = objectKey(object);
    const uid = object.metadata.uid ?? '';
    const version = versionOf(object);
    const held = this.store.entry(key);
    const isBehind = held !== undefined && isOlder(version, held.resourceVersion);
    // The same uid is gone whatever its event's version says; another one was made after it.
    if (held !== undefined && held.uid !== uid && isBehind) return;
    this.#bury(key, { uid, resourceVersion: isBehind ? held.resourceVersion : version });
    this.#drop(key);
  }

  /** Whether an event tells nothing that the cache does not know better. */
  #isStale(key: string, object: KubeObject): boolean {
    const version = versionOf(object);
    const held = this.store.entry(key);
    if (held !== undefined) return isOlder(version, held.resourceVersion);
    const grave = this.#tombstones.get(key);
    const isBuried = grave?.uid === object.metadata.uid && !this.#isSelective;
    if (grave !== undefined && (isBuried || isAtLeast(grave.resourceVersion, version))) return true;
    return this.#listVersion !== '' && isAtLeast(this.#listVersion, version);
  }

  #put(key: string, entry: Entry<T>): void {
    const held = this.store.entry(key);
    if (held !== undefined && held.uid === entry.uid && held.resourceVersion === entry.resourceVersion) return;
    try {
      this.store.set(key, entry);
    } catch (error) {
      this.#log.error('an object could not be indexed; its last readable version stays in the cache', { key, error });
      return;
    }
    if (held === undefined) {
      this.#tell({ key, current: entry.item });
    } else if (held.uid === entry.uid) {
      this.#tell({ key, previous: held.item, current: entry.item });
    } else {
      this.#tell({ key, previous: held.item });
      this.#tell({ key, current: entry.item });
    }
  }

  #drop(key: string): void {
    const held = this.store.entry(key);
    if (held === undefined) return;
    this.store.delete(key);
    this.#tell({ key, previous: held.item });
  }

  #bury(key: string, tombstone: Tombstone): void {
    const known = this.#tombstones.get(key);
    if (known !== undefined && isOlder(tombstone.resourceVersion, known.resourceVersion)) return;
    this.#tombstones.delete(key);
    this.#tombstones.set(key, tombstone);
    const oldest = this.#tombstones.size > TOMBSTONES ? this.#tombstones.keys().next().value : undefined;
    if (oldest !== undefined) this.#tombstones.delete(oldest);
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#log.error('a listener of the cache failed; the others are still told', { key: change.key, error });
      }
    }
  }
}

/** An empty cache for one kind. */
export function createWatchCache<T>(options: WatchCacheOptions<T>): WatchCache<T> {
  return new KindCache(options);
}
