import type { KubeObject } from '../../api/metadata.ts';
import { apiError } from './api-error.ts';
import { asJson, asKubeObject, deepFreeze, isObject, type JsonObject } from './json.ts';

/** One committed change. `previous` is absent on create; on delete `object` is the last state with the version of the deletion. */
export interface StoreEvent {
  readonly revision: number;
  readonly resource: string;
  readonly key: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous?: KubeObject | undefined;
}

/** Objects under one global version counter, with the history that watches and pages need. */
export interface Store {
  revision(): number;
  /** The oldest version that can still be read or watched from. */
  oldestRevision(): number;
  /** How often history was forgotten on purpose. */
  compactions(): number;
  get(resource: string, key: string): KubeObject | undefined;
  /** Objects of a resource sorted by key, now or at an earlier version. */
  list(resource: string, atRevision?: number): readonly (readonly [string, KubeObject])[];
  /** Stores an object (or removes it) under the next version, freezes it and tells the subscribers. */
  put(resource: string, key: string, object: JsonObject): KubeObject;
  remove(resource: string, key: string): KubeObject;
  /** Events of a resource after a version; throws 410 when they are forgotten. */
  eventsSince(resource: string, revision: number): readonly StoreEvent[];
  subscribe(listener: (event: StoreEvent) => void): () => void;
  compact(): void;
}

/** How many events are kept before the oldest are forgotten. */
const HISTORY = 20_000;

/** 410: the version is older than what is kept. */
export function expiredVersion(asked: number, oldest: number): Error {
  return apiError(410, 'Expired', `too old resource version: ${asked} (${oldest})`);
}

function sortedByKey(objects: ReadonlyMap<string, KubeObject>): readonly (readonly [string, KubeObject])[] {
  return [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
}

class MemoryStore implements Store {
  readonly #resources = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  /** Present objects sorted by key, until the next change of their resource. */
  readonly #sorted = new Map<string, readonly (readonly [string, KubeObject])[]>();
  #history: StoreEvent[] = [];
  #revision = 1;
  #oldest = 1;
  #compactions = 0;

  revision(): number {
    return this.#revision;
  }

  oldestRevision(): number {
    return this.#oldest;
  }

  compactions(): number {
    return this.#compactions;
  }

  get(resource: string, key: string): KubeObject | undefined {
    return this.#objectsOf(resource).get(key);
  }

  list(resource: string, atRevision = this.#revision): readonly (readonly [string, KubeObject])[] {
    this.#assertKept(atRevision);
    if (atRevision === this.#revision) return this.#present(resource);
    const state = new Map(this.#objectsOf(resource));
    // Going back in time: every later event is undone.
    for (const event of [...this.#eventsAfter(atRevision)].reverse()) {
      if (event.resource !== resource) continue;
      if (event.previous === undefined) state.delete(event.key);
      else state.set(event.key, event.previous);
    }
    return sortedByKey(state);
  }

  put(resource: string, key: string, object: JsonObject): KubeObject {
    const objects = this.#objectsOf(resource);
    const previous = objects.get(key);
    const stored = this.#stamp(object);
    objects.set(key, stored);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    this.#record({ revision: this.#revision, resource, key, type, object: stored, previous });
    return stored;
  }

  remove(resource: string, key: string): KubeObject {
    const objects = this.#objectsOf(resource);
    const previous = objects.get(key);
    if (previous === undefined) throw apiError(500, 'InternalError', `the store holds no ${resource} ${key} to remove`);
    const last = this.#stamp(asJson(previous));
    objects.delete(key);
    this.#record({ revision: this.#revision, resource, key, type: 'DELETED', object: last, previous });
    return last;
  }

  eventsSince(resource: string, revision: number): readonly StoreEvent[] {
    this.#assertKept(revision);
    return this.#eventsAfter(revision).filter((event) => event.resource === resource);
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  compact(): void {
    this.#history = [];
    this.#oldest = this.#revision;
    this.#compactions += 1;
  }

  #objectsOf(resource: string): Map<string, KubeObject> {
    const found = this.#resources.get(resource) ?? new Map<string, KubeObject>();
    this.#resources.set(resource, found);
    return found;
  }

  #present(resource: string): readonly (readonly [string, KubeObject])[] {
    const known = this.#sorted.get(resource) ?? sortedByKey(this.#objectsOf(resource));
    this.#sorted.set(resource, known);
    return known;
  }

  /** Takes the next version and puts it on a frozen copy. */
  #stamp(object: JsonObject): KubeObject {
    this.#revision += 1;
    const metadata = isObject(object['metadata']) ? object['metadata'] : {};
    return asKubeObject(deepFreeze({ ...object, metadata: { ...metadata, resourceVersion: String(this.#revision) } }));
  }

  #record(event: StoreEvent): void {
    this.#sorted.delete(event.resource);
    this.#history.push(event);
    if (this.#history.length > HISTORY * 2) {
      this.#history = this.#history.slice(-HISTORY);
      this.#oldest = (this.#history[0]?.revision ?? this.#revision) - 1;
    }
    for (const listener of this.#listeners) listener(event);
  }

  #assertKept(asked: number): void {
    if (asked < this.#oldest) throw expiredVersion(asked, this.#oldest);
  }

  #eventsAfter(revision: number): readonly StoreEvent[] {
    let start = this.#history.length;
    while (start > 0 && (this.#history[start - 1]?.revision ?? 0) > revision) start -= 1;
    return this.#history.slice(start);
  }
}

/** An empty store. */
export function createStore(): Store {
  return new MemoryStore();
}
