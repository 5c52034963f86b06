import type { KubeObject } from '../api/metadata.ts';
import { type Millis, millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster, ResourceKind, WatchEvent } from '../ports/cluster.ts';
import { isSluiceError, SluiceError } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { sleep } from '../ports/sleep.ts';
import { backoffDelay } from './backoff.ts';
import { listAll } from './list-all.ts';
import { resourceName } from './resource-path.ts';
import { isOlder } from './resource-version.ts';
import type { Indexes, Store } from './store.ts';
import { untilAborted } from './until-aborted.ts';
import { type Change, createWatchCache, type WatchCache } from './watch-cache.ts';

export type { Change } from './watch-cache.ts';

export interface InformerOptions<T> {
  readonly cluster: Pick<Cluster, 'list' | 'watch'>;
  readonly kind: ResourceKind;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Transforms each object before it is held. One that throws keeps what was held of that object. */
  readonly parse: (object: KubeObject) => T;
  readonly indexes?: Indexes<T> | undefined;
  /** Objects of one page of a list; fewer than usual where each may be large. */
  readonly pageSize?: number | undefined;
  /** Told after each list, and whenever the cluster could not be followed. */
  readonly onLook?: (() => void) | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A look at the cluster that failed. What was listed before a watch failed is still held, and gets old. */
export interface Trouble {
  readonly during: 'List' | 'Watch';
  readonly error: SluiceError;
}

/** A cache of one kind that follows the cluster. */
export interface Informer<T> {
  readonly store: Store<T>;
  /** Follows the cluster until `signal` aborts; no failure of the cluster ends it. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether the first whole list is in the store. */
  hasSynced(): boolean;
  /** Why the last look at the cluster failed; undefined once one succeeded. */
  trouble(): Trouble | undefined;
  /** Tells of every change after it is in the store. */
  onChange(listener: (change: Change<T>) => void): void;
}

const FIRST_BACKOFF: Millis = millis(800);
const LONGEST_BACKOFF: Millis = millis(30_000);
const SHORTEST_WATCH: Millis = millis(300_000);
/** A watch that the server did not end by then is dead (its timeout and this). */
const INACTIVITY: Millis = millis(30_000);
/** A watch that brings nothing and ends sooner counts as a failure: reconnecting at once would be a storm. */
const USEFUL_WATCH: Millis = millis(5_000);
/** Heals what a watch lost without saying so, and tells what may no longer be read at all; looked at between watches. */
const RELIST_EVERY: Millis = millis(30 * 60_000);
/** After so many lists in a row from the past the cluster itself went back (a restored backup), and its list is the truth. */
const OLD_LISTS = 5;

/** Why the next look at the cluster has to wait. */
class Failures {
  #count = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  reset(): void {
    this.#count = 0;
  }

  next(error: unknown): Millis {
    this.#count += 1;
    const backoff = backoffDelay(this.#count, FIRST_BACKOFF, LONGEST_BACKOFF, this.#random);
    if (!isSluiceError(error)) return backoff;
    // The first 410 is part of normal life: list again at once.
    if (error.code === 'expired' && this.#count === 1) return millis(0);
    return error.retry.kind === 'after' ? millis(Math.max(backoff, error.retry.delay)) : backoff;
  }
}

class KindInformer<T> implements Informer<T> {
  readonly #options: InformerOptions<T>;
  readonly #resource: string;
  readonly #log: Log;
  readonly #cache: WatchCache<T>;
  readonly #failures: Failures;
  /** Where the next watch begins; undefined asks for a list. */
  #version: string | undefined;
  #lastSeen = '';
  #listedAt: Millis = millis(0);
  #oldLists = 0;
  #synced = false;
  #running = false;
  #trouble: Trouble | undefined;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.#resource = resourceName(options.kind);
    this.#log = options.log.child({
      resource: this.#resource,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    });
    this.#cache = createWatchCache<T>({
      parse: options.parse,
      indexes: options.indexes,
      log: this.#log,
      isSelective: options.labelSelector !== undefined,
    });
    this.#failures = new Failures(options.random);
  }

  get store(): Store<T> {
    return this.#cache.store;
  }

  hasSynced(): boolean {
    return this.#synced;
  }

  trouble(): Trouble | undefined {
    return this.#trouble;
  }

  onChange(listener: (change: Change<T>) => void): void {
    this.#cache.onChange(listener);
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new SluiceError('invariant', `the informer of ${this.#resource} runs already`);
    this.#running = true;
    try {
      while (!signal.aborted) {
        try {
          await this.#follow(signal);
        } catch (error) {
          if (signal.aborted) break;
          this.#note(error);
          const delay = this.#failures.next(error);
          this.#log.debug('the cluster could not be followed; trying again', { error, delay });
          if (delay > 0) await sleep(this.#options.clock, delay, signal);
        }
      }
    } finally {
      this.#running = false;
    }
  }

  #note(failure: unknown): void {
    // Only a new list can tell when a definition that went away is back.
    if (isSluiceError(failure, 'expired') || isSluiceError(failure, 'not_found')) this.#version = undefined;
    // A version that is too old is part of normal life, and says nothing of what can be read.
    if (isSluiceError(failure, 'expired')) return;
    const during = this.#version === undefined ? 'List' : 'Watch';
    const error = isSluiceError(failure)
      ? failure
      : new SluiceError('unavailable', `the cluster could not be followed`, { cause: failure });
    this.#trouble = { during, error };
    this.#options.onLook?.();
  }

  #isWell(): void {
    const wasTrouble = this.#trouble !== undefined;
    this.#trouble = undefined;
    if (wasTrouble) this.#options.onLook?.();
  }

  /** One watch, after a list when one is due. */
  async #follow(signal: AbortSignal): Promise<void> {
    if (this.#options.clock.monotonic() - this.#listedAt >= RELIST_EVERY) this.#version = undefined;
    if (this.#version === undefined) await this.#list(signal);
    if (this.#version === undefined || signal.aborted) return;
    await this.#watch(this.#version, signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { cluster, kind, clock, namespace, labelSelector, pageSize: limit } = this.#options;
    const whole = await listAll(cluster, kind, { namespace, labelSelector, limit, signal }, (object) => this.#cache.prepare(object));
    if (signal.aborted) return;
    if (isOlder(whole.resourceVersion, this.#lastSeen) && this.#oldLists < OLD_LISTS) {
      this.#oldLists += 1;
      throw new SluiceError('unavailable', `the list of ${this.#resource} is older than what was seen before; it is asked for again`);
    }
    this.#oldLists = 0;
    this.#cache.replace(whole.items, whole.resourceVersion);
    this.#version = whole.resourceVersion;
    this.#lastSeen = whole.resourceVersion;
    this.#listedAt = clock.monotonic();
    this.#synced = true;
    this.#trouble = undefined;
    this.#options.onLook?.();
  }

  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { cluster, kind, clock, random, namespace, labelSelector } = this.#options;
    const timeout = millis(Math.round(SHORTEST_WATCH * (1 + random())));
    const startedAt = clock.monotonic();
    const seenBefore = this.#lastSeen;
    const ended = new AbortController();
    const stop = (): void => ended.abort();
    const inactivity = clock.startTimer(millis(timeout + INACTIVITY), () => {
      this.#log.warn('the watch outlived its time limit; watching again');
      stop();
    });
    const lasting = clock.startTimer(USEFUL_WATCH, () => this.#isWell());
    signal.addEventListener('abort', stop, { once: true });
    try {
      const options = { namespace, labelSelector, resourceVersion: from, allowBookmarks: true, timeout, signal: ended.signal };
      for await (const event of untilAborted(cluster.watch(kind, options), ended.signal)) this.#take(event);
    } finally {
      inactivity.cancel();
      lasting.cancel();
      signal.removeEventListener('abort', stop);
      stop();
    }
    const useful = this.#lastSeen !== seenBefore || clock.monotonic() - startedAt >= USEFUL_WATCH;
    if (!useful && !signal.aborted) throw new SluiceError('unavailable', `the watch of ${this.#resource} ended as soon as it began`);
    this.#failures.reset();
    this.#isWell();
  }

  #take(event: WatchEvent): void {
    const seen = event.type === 'BOOKMARK' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? '');
    if (event.type === 'DELETED') this.#cache.remove(event.object);
    else if (event.type !== 'BOOKMARK') this.#cache.upsert(event.object);
    if (seen === '' || seen === this.#lastSeen || isOlder(seen, this.#lastSeen)) return;
    this.#failures.reset();
    this.#version = seen;
    this.#lastSeen = seen;
    this.#isWell();
  }
}

/** An informer; nothing happens before `run`. */
export function createInformer<T>(options: InformerOptions<T>): Informer<T> {
  return new KindInformer(options);
}
