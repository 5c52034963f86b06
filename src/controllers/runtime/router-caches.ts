import type { KubeObject } from '../../api/metadata.ts';
import { type Change, createInformer, type Informer } from '../../kube/informer.ts';
import type { Store } from '../../kube/store.ts';
import type { Cluster, ResourceKind } from '../../ports/cluster.ts';
import { isSluiceError, SluiceError } from '../../ports/errors.ts';
import type { CacheSetOptions } from './cache-set.ts';
import { unionStore } from './union-store.ts';

export type Availability = 'Served' | 'Missing' | 'Syncing';

/**
 * Caches of the kinds that traffic routers write, each from the first time that a Rollout names such a router: a cluster without these kinds is asked for them
 * only when somebody wants them, and again and again then, so that a definition that is installed later heals without a restart. None of it counts for
 * the controllers' start.
 */
export interface RouterCaches {
  /** Follows this kind from now on. */
  want(kind: ResourceKind): void;
  /** Missing: the API server does not serve the kind, or not to us. */
  availability(kind: ResourceKind): Availability;
  /** Whether the first list of this kind is still under way: nothing is known of it, good or bad. */
  isFirstLook(kind: ResourceKind): boolean;
  storeOf(kind: ResourceKind): Store<KubeObject> | undefined;
  /** Told of every object of every kind that is followed, now or later. */
  onChange(listener: (kind: ResourceKind, change: Change<KubeObject>) => void): void;
  /** Told when a kind has become available, missing, or could not be read. */
  onAvailability(listener: (kind: ResourceKind) => void): void;
  /** Ends when `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

type Outcome = 'served' | 'missing' | 'failed';

/** One kind in one namespace, or in all of them. */
interface Part {
  readonly informer: Informer<KubeObject>;
  /** Of the last list; undefined before the first. */
  readonly outcome: () => Outcome | undefined;
}

interface Followed {
  readonly parts: readonly Part[];
  readonly store: Store<KubeObject>;
}

/** Makes the caches; nothing is asked before `run`. */
export function createRouterCaches(options: CacheSetOptions): RouterCaches {
  const followed = new Map<ResourceKind, Followed>();
  const changeListeners: ((kind: ResourceKind, change: Change<KubeObject>) => void)[] = [];
  const availabilityListeners: ((kind: ResourceKind) => void)[] = [];
  const running: Promise<void>[] = [];
  let live: AbortSignal | undefined;

  const start = ({ parts }: Followed, signal: AbortSignal): void => {
    for (const { informer } of parts) running.push(informer.run(signal));
  };
  const follow = (kind: ResourceKind): Followed => {
    const namespaces = kind.namespaced && options.namespaces.length > 0 ? options.namespaces : [undefined];
    const parts = namespaces.map((namespace) => followPart(kind, namespace, options, () => tell(kind)));
    for (const { informer } of parts) informer.onChange((change) => changeListeners.forEach((listener) => listener(kind, change)));
    return { parts, store: unionStore(parts.map(({ informer }) => informer.store)) };
  };
  const tell = (kind: ResourceKind): void => availabilityListeners.forEach((listener) => listener(kind));
  return {
    want: (kind) => {
      if (followed.has(kind)) return;
      const made = follow(kind);
      followed.set(kind, made);
      if (live !== undefined && !live.aborted) start(made, live);
    },
    availability: (kind) => availabilityOf(followed.get(kind)),
    isFirstLook: (kind) => followed.get(kind)?.parts.every((part) => part.outcome() !== undefined) !== true,
    storeOf: (kind) => followed.get(kind)?.store,
    onChange: (listener) => void changeListeners.push(listener),
    onAvailability: (listener) => void availabilityListeners.push(listener),
    run: async (signal) => {
      live = signal;
      for (const made of followed.values()) start(made, signal);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.all(running);
    },
  };
}

function availabilityOf(followed: Followed | undefined): Availability {
  if (followed === undefined) return 'Syncing';
  if (followed.parts.some((part) => part.outcome() === 'missing')) return 'Missing';
  return followed.parts.every(({ informer }) => informer.hasSynced()) ? 'Served' : 'Syncing';
}

function followPart(kind: ResourceKind, namespace: string | undefined, options: CacheSetOptions, onOutcome: () => void): Part {
  let outcome: Outcome | undefined;
  const conclude = (next: Outcome): void => {
    const changed = outcome !== next;
    outcome = next;
    if (changed) onOutcome();
  };
  const { clock, random, log } = options;
  const cluster = concluding(options.cluster, conclude);
  const informer = createInformer<KubeObject>({ cluster, kind, namespace, clock, random, log, parse: (object) => object });
  return { informer, outcome: () => outcome };
}

/** The cluster as one informer asks it, telling how each list ended. A list is in the store when the watch after it begins. */
function concluding(cluster: Cluster, conclude: (outcome: Outcome) => void): Pick<Cluster, 'list' | 'watch'> {
  const failed = (error: unknown): void =>
    conclude(isSluiceError(error, 'not_found') || isSluiceError(error, 'forbidden') ? 'missing' : 'failed');
  let listed = false;
  return {
    list: async (kind, listOptions) => {
      try {
        const page = await cluster.list(kind, listOptions);
        listed = true;
        return page;
      } catch (error) {
        if (!isSluiceError(error, 'expired')) failed(error);
        throw error;
      }
    },
    async *watch(kind, watchOptions) {
      if (listed) conclude('served');
      listed = false;
      try {
        yield* cluster.watch(kind, watchOptions);
      } catch (error) {
        if (!isSluiceError(error, 'not_found')) throw error;
        // The definition went away: only a new list can tell when it is back.
        failed(error);
        throw new SluiceError('expired', error.message, { cause: error });
      }
    },
  };
}
