import type { KubeObject } from '../../api/metadata.ts';
import type { Change } from '../../kube/informer.ts';
import type { Store } from '../../kube/store.ts';
import { withoutBallast } from '../../observe/cached-by.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { CacheSetOptions } from './cache.ts';
import { createCacheSet } from './cache-set.ts';
import type { Look, OnDemandCache } from './on-demand-cache.ts';

export type Availability = 'Served' | 'Missing' | 'Syncing';

/**
 * Caches of the kinds that traffic routers write, each from the first time that a Rollout names such a router. None of it counts for the controllers' start.
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

function availabilityOf(look: Look): Availability {
  switch (look.state) {
    case 'Read':
      return 'Served';
    case 'Refused':
      // Of a kind that is listed and not watched for now, what is held will do.
      return look.held && look.by === 'Watch' ? 'Served' : 'Missing';
    case 'Failing':
    case 'Loading':
      return 'Syncing';
  }
}

const UNKNOWN: Look = { state: 'Loading', late: false };

/** Makes the caches; nothing is asked before `run`. */
export function createRouterCaches(options: CacheSetOptions): RouterCaches {
  const set = createCacheSet(options);
  const followed = new Map<ResourceKind, OnDemandCache<KubeObject>>();
  const changeListeners: ((kind: ResourceKind, change: Change<KubeObject>) => void)[] = [];
  const availabilityListeners: ((kind: ResourceKind) => void)[] = [];
  const lookAt = (kind: ResourceKind): Look => followed.get(kind)?.look() ?? UNKNOWN;
  const follow = (kind: ResourceKind): void => {
    const cache = set.addOnDemand<KubeObject>({ kind, parse: withoutBallast });
    followed.set(kind, cache);
    cache.onChange((change) => changeListeners.forEach((listener) => listener(kind, change)));
    cache.onLook(() => availabilityListeners.forEach((listener) => listener(kind)));
    cache.need();
  };
  return {
    want: (kind) => {
      if (!followed.has(kind)) follow(kind);
    },
    availability: (kind) => availabilityOf(lookAt(kind)),
    isFirstLook: (kind) => lookAt(kind).state === 'Loading',
    storeOf: (kind) => followed.get(kind)?.store,
    onChange: (listener) => void changeListeners.push(listener),
    onAvailability: (listener) => void availabilityListeners.push(listener),
    run: (signal) => set.run(signal),
  };
}
