import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import { type Instant, instant } from '../../../../src/api/time.ts';
import type { Cluster, ResourceKind } from '../../../../src/ports/cluster.ts';
import { isSluiceError } from '../../../../src/ports/errors.ts';
import { keyOf } from '../../../../src/sim/world/mirror.ts';

/** One version of one object, as a watch brought it. */
export interface Booked {
  readonly kind: ResourceKind;
  /** Counts all writes to the cluster: etcd has one number for every kind. */
  readonly version: number;
  readonly at: Instant;
  readonly object: KubeObject;
  readonly gone: boolean;
  /** Seen by a list after a watch that could not be gone on with: there may have been others before. */
  readonly leapt: boolean;
}

export interface HistoryFollower {
  /** Ends the watches; answers everything in the order in which it was written. */
  stop(): Promise<readonly Booked[]>;
}

interface FollowOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly kind: ResourceKind;
  readonly signal: AbortSignal;
  readonly book: (entry: Booked) => void;
}

const PAUSE = 200;

function versionOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion ?? 0);
}

/** Books one kind until the end, over API servers that come and go. */
async function followKind({ cluster, namespace, kind, signal, book }: FollowOptions): Promise<void> {
  const known = new Map<string, KubeObject>();
  let from: string | undefined;
  const put = (object: KubeObject, gone: boolean, leapt: boolean, version = versionOf(object)): void => {
    if (gone) known.delete(keyOf(object));
    else known.set(keyOf(object), object);
    book({ kind, version, at: instant(Date.now()), object, gone, leapt });
  };
  const listAgain = async (leapt: boolean): Promise<string> => {
    const { items, resourceVersion } = await cluster.list(kind, { namespace });
    const there = new Set(items.map(keyOf));
    for (const object of known.values()) if (!there.has(keyOf(object))) put(object, true, leapt, Number(resourceVersion));
    for (const object of items) {
      const former = known.get(keyOf(object));
      if (former === undefined || versionOf(former) !== versionOf(object)) put(object, false, leapt);
    }
    return resourceVersion;
  };
  let first = true;
  while (!signal.aborted) {
    try {
      from ??= await listAgain(!first);
      first = false;
      for await (const event of cluster.watch(kind, { namespace, resourceVersion: from, allowBookmarks: true, signal })) {
        if (event.type !== 'BOOKMARK') put(event.object, event.type === 'DELETED', false);
        from = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isSluiceError(error)) throw error;
      if (error.code === 'expired') from = undefined;
      await delay(PAUSE);
    }
  }
}

/** Books every version of every object of these kinds in one namespace from now on. */
export function followHistory(cluster: Cluster, namespace: string, kinds: readonly ResourceKind[]): HistoryFollower {
  const over = new AbortController();
  const entries: Booked[] = [];
  const book = (entry: Booked): void => void entries.push(entry);
  const all = kinds.map((kind) => followKind({ cluster, namespace, kind, signal: over.signal, book }));
  return {
    async stop() {
      over.abort();
      await Promise.all(all);
      return entries.toSorted((left, right) => left.version - right.version);
    },
  };
}
