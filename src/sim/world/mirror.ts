import type { KubeObject } from '../../api/metadata.ts';
import { millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, ResourceKind } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { sleep } from '../../ports/sleep.ts';

const RETRY_AFTER = millis(1000);
/** Answers to writes arrive soon or never: so many departed objects are remembered. */
const GONE_KEPT = 1000;

/** One mirrored object: as it travels, and as its reader wants it. */
export interface Mirrored<T> {
  readonly key: string;
  readonly raw: KubeObject;
  readonly view: T;
}

/** A copy of all objects of one kind, kept up to date by list and watch, as controllers keep theirs. */
export interface Mirror<T> {
  get(key: string): Mirrored<T> | undefined;
  list(): readonly Mirrored<T>[];
  /** Takes in the answer to an own write, so that the next look already sees it; older versions never replace newer ones. */
  absorb(object: KubeObject): void;
  onChange(listener: (key: string, previous: Mirrored<T> | undefined, current: Mirrored<T> | undefined) => void): void;
  run(signal: AbortSignal): Promise<void>;
}

/** `namespace/name`, or `name` for cluster kinds. */
export function keyOf(object: Pick<KubeObject, 'metadata'>): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion ?? 0);
}

export interface MirrorOptions<T> {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly kind: ResourceKind;
  readonly clock: Clock;
  /** Undefined for an object that its reader cannot use, which is then left out. */
  readonly parse: (object: KubeObject) => T | undefined;
}

type Listener<T> = (key: string, previous: Mirrored<T> | undefined, current: Mirrored<T> | undefined) => void;

class ListWatchMirror<T> implements Mirror<T> {
  readonly #options: MirrorOptions<T>;
  readonly #items = new Map<string, Mirrored<T>>();
  /** Versions of what is gone: a late answer to an older write must not bring it back. */
  readonly #gone = new Map<string, number>();
  readonly #listeners: Listener<T>[] = [];

  constructor(options: MirrorOptions<T>) {
    this.#options = options;
  }

  get(key: string): Mirrored<T> | undefined {
    return this.#items.get(key);
  }

  list(): readonly Mirrored<T>[] {
    return [...this.#items.values()];
  }

  onChange(listener: Listener<T>): void {
    this.#listeners.push(listener);
  }

  absorb(object: KubeObject): void {
    const key = keyOf(object);
    const previous = this.#items.get(key);
    if (previous !== undefined && versionOf(previous.raw) >= versionOf(object)) return;
    if ((this.#gone.get(object.metadata.uid ?? '') ?? -1) >= versionOf(object)) return;
    const view = this.#options.parse(object);
    if (view === undefined) return;
    const current = { key, raw: object, view };
    this.#items.set(key, current);
    for (const listener of this.#listeners) listener(key, previous, current);
  }

  #drop(key: string, version: number): void {
    const previous = this.#items.get(key);
    if (previous === undefined) return;
    if (this.#gone.size > GONE_KEPT) for (const oldest of Array.from(this.#gone.keys()).slice(0, GONE_KEPT / 2)) this.#gone.delete(oldest);
    this.#gone.set(previous.raw.metadata.uid ?? '', Math.max(version, versionOf(previous.raw)));
    this.#items.delete(key);
    for (const listener of this.#listeners) listener(key, previous, undefined);
  }

  async #readAll(signal: AbortSignal): Promise<string> {
    const page = await this.#options.cluster.list(this.#options.kind, { signal });
    const present = new Set(page.items.map(keyOf));
    const departed = Array.from(this.#items.keys()).filter((key) => !present.has(key));
    for (const key of departed) this.#drop(key, Number(page.resourceVersion));
    for (const object of page.items) this.absorb(object);
    return page.resourceVersion;
  }

  /** One list and the watches after it, until one fails. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { cluster, kind, clock } = this.#options;
    let resourceVersion = await this.#readAll(signal);
    while (!signal.aborted) {
      for await (const event of cluster.watch(kind, { resourceVersion, signal, allowBookmarks: true })) {
        if (event.type === 'BOOKMARK') {
          resourceVersion = event.resourceVersion;
          continue;
        }
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        if (event.type === 'DELETED') this.#drop(keyOf(event.object), versionOf(event.object));
        else this.absorb(event.object);
      }
      // A server that ends every watch at once must not be asked in a loop.
      if (!signal.aborted) await sleep(clock, millis(10), signal);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        if (!isSluiceError(error) && !signal.aborted) throw error;
        await sleep(this.#options.clock, RETRY_AFTER, signal);
      }
    }
  }
}

/** A mirror of all objects of one kind; empty until it runs. */
export function createMirror<T>(options: MirrorOptions<T>): Mirror<T> {
  return new ListWatchMirror(options);
}
