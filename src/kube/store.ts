import { SluiceError } from '../ports/errors.ts';

/** What an informer holds. Items are shared and never changed in place. */
export interface Store<T> {
  get(key: string): T | undefined;
  list(): readonly T[];
  /** Items of one index value, in no particular order. */
  byIndex(index: string, value: string): readonly T[];
  resourceVersionOf(key: string): string | undefined;
  uidOf(key: string): string | undefined;
}

export interface Entry<T> {
  readonly item: T;
  readonly resourceVersion: string;
  readonly uid: string;
}

export type Indexes<T> = Readonly<Record<string, (item: T) => readonly string[]>>;

/** A store as its informer sees it. */
export interface MutableStore<T> extends Store<T> {
  entry(key: string): Entry<T> | undefined;
  keys(): readonly string[];
  /** Throws what an index function throws, and then holds what it held before. */
  set(key: string, entry: Entry<T>): void;
  delete(key: string): void;
}

type Buckets<T> = Map<string, Map<string, T>>;

interface Held<T> extends Entry<T> {
  readonly indexed: ReadonlyMap<string, readonly string[]>;
}

/** An empty store. */
export function createStore<T>(indexes: Indexes<T> = {}): MutableStore<T> {
  const entries = new Map<string, Held<T>>();
  const buckets = new Map<string, Buckets<T>>(Object.keys(indexes).map((name) => [name, new Map()]));
  let listed: readonly T[] | undefined;

  function drop(key: string): void {
    const held = entries.get(key);
    if (held === undefined) return;
    entries.delete(key);
    listed = undefined;
    for (const [name, values] of held.indexed) {
      for (const value of values) {
        const bucket = buckets.get(name)?.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) buckets.get(name)?.delete(value);
      }
    }
  }

  function put(key: string, held: Held<T>): void {
    drop(key);
    entries.set(key, held);
    listed = undefined;
    for (const [name, values] of held.indexed) {
      const index = buckets.get(name);
      for (const value of values) {
        const bucket = index?.get(value) ?? new Map<string, T>();
        bucket.set(key, held.item);
        index?.set(value, bucket);
      }
    }
  }

  return {
    get: (key) => entries.get(key)?.item,
    list: () => (listed ??= Array.from(entries.values(), (held) => held.item)),
    byIndex(index, value) {
      const bucket = buckets.get(index);
      if (bucket === undefined) throw new SluiceError('invariant', `the store has no index "${index}"; its informer has to define it`);
      return [...(bucket.get(value)?.values() ?? [])];
    },
    resourceVersionOf: (key) => entries.get(key)?.resourceVersion,
    uidOf: (key) => entries.get(key)?.uid,
    entry: (key) => entries.get(key),
    keys: () => [...entries.keys()],
    set(key, entry) {
      const indexed = new Map(Object.entries(indexes).map(([name, valuesOf]) => [name, valuesOf(entry.item)]));
      put(key, { ...entry, indexed });
    },
    delete: drop,
  };
}
