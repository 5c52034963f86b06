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
}

/**
 * What came after a watch that could not be gone on with, up to the list that took its place: of each object only the last version is known, and none of one that
 * came and went.
 */
export interface Gap {
  /** The last version that the watch told of. */
  readonly after: number;
  /** The version of the list. */
  readonly upTo: number;
}

/** Everything that was written, in the order of the cluster, and where some of it is missing. */
export interface History {
  readonly entries: readonly Booked[];
  readonly gaps: readonly Gap[];
}

export interface HistoryFollower {
  /** Ends the watches. */
  stop(): Promise<History>;
}

interface FollowOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly kind: ResourceKind;
  readonly signal: AbortSignal;
  readonly book: (entry: Booked) => void;
  readonly miss: (gap: Gap) => void;
}

const PAUSE = 200;

function versionOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion ?? 0);
}

/** Books one kind until the end, over API servers that come and go. */
async function followKind({ cluster, namespace, kind, signal, book, miss }: FollowOptions): Promise<void> {
  const known = new Map<string, KubeObject>();
  const put = (object: KubeObject, gone: boolean, version = versionOf(object)): void => {
    if (gone) known.delete(keyOf(object));
    else known.set(keyOf(object), object);
    book({ kind, version, at: instant(Date.now()), object, gone });
  };
  const listAgain = async (): Promise<string> => {
    const { items, resourceVersion } = await cluster.list(kind, { namespace });
    const there = new Set(items.map(keyOf));
    for (const object of known.values()) if (!there.has(keyOf(object))) put(object, true, Number(resourceVersion));
    for (const object of items) {
      const former = known.get(keyOf(object));
      if (former === undefined || versionOf(former) !== versionOf(object)) put(object, false);
    }
    return resourceVersion;
  };
  let from: string | undefined;
  let broken = false;
  while (!signal.aborted) {
    try {
      if (from === undefined || broken) {
        const upTo = await listAgain();
        if (from !== undefined) miss({ after: Number(from), upTo: Number(upTo) });
        [from, broken] = [upTo, false];
      }
      for await (const event of cluster.watch(kind, { namespace, resourceVersion: from, allowBookmarks: true, signal })) {
        if (event.type !== 'BOOKMARK') put(event.object, event.type === 'DELETED');
        from = (event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion) ?? from;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isSluiceError(error)) throw error;
      if (error.code === 'expired') broken = true;
      await delay(PAUSE);
    }
  }
}

/** Books every version of every object of these kinds in one namespace from now on. */
export function followHistory(cluster: Cluster, namespace: string, kinds: readonly ResourceKind[]): HistoryFollower {
  const over = new AbortController();
  const entries: Booked[] = [];
  const gaps: Gap[] = [];
  const book = (entry: Booked): void => void entries.push(entry);
  const miss = (gap: Gap): void => void gaps.push(gap);
  const all = kinds.map((kind) => followKind({ cluster, namespace, kind, signal: over.signal, book, miss }));
  return {
    async stop() {
      over.abort();
      await Promise.all(all);
      return { entries: entries.toSorted((left, right) => left.version - right.version), gaps };
    },
  };
}
