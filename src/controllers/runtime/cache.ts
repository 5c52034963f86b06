import type { KindDescriptor } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Change } from '../../kube/informer.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';

/** What the caches of a process have in common. */
export interface CacheSetOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** All namespaces when empty. */
  readonly namespaces: readonly string[];
}

/** What is to be cached of a kind. */
export interface CacheRequest<T> {
  readonly kind: KindDescriptor;
  readonly parse: (object: KubeObject) => T;
  readonly indexes?: Readonly<Record<string, (item: T) => readonly string[]>>;
  readonly labelSelector?: string;
  /** Objects of one page of a list; fewer than usual where each may be large. */
  readonly pageSize?: number;
}

/** One kind's cache: its store, and what changes in it. */
export interface Cache<T> {
  readonly kind: KindDescriptor;
  readonly store: Store<T>;
  onChange(listener: (change: Change<T>) => void): void;
}
