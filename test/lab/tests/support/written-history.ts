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
  /** Up to here nothing is missing. */
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
  /** The highest version of any kind that was booked by then. */
  readonly bookedBy: (at: Instant) => number;
  readonly miss: (gap: Gap) => void;
}

const PAUSE = 200;
/** What was written so long before a watch broke has come through it: it takes milliseconds, on a busy machine some more. */
const ON_THE_WAY = 1000;

function versionOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion ?? 0);
}

/** What is known of one kind's objects. */
function createMirror({ cluster, namespace, kind, book }: FollowOptions) {
  const known = new Map<string, KubeObject>();
  const put = (object: KubeObject, gone: boolean, version = versionOf(object)): void => {
    if (gone) known.delete(keyOf(object));
    else known.set(keyOf(object), object);
    book({ kind, version, at: instant(Date.now()), object, gone });
  };
  const isNew = (object: KubeObject): boolean => {
    const former = known.get(keyOf(object));
    return former === undefined || versionOf(former) !== versionOf(object);
  };
  /** Books what a list shows to be other than what was known: so many versions. */
  const catchUp = async (): Promise<{ readonly upTo: string; readonly news: number }> => {
    const { items, resourceVersion } = await cluster.list(kind, { namespace });
    const there = new Set(items.map(keyOf));
    const gone = [...known.values()].filter((object) => !there.has(keyOf(object)));
    const changed = items.filter(isNew);
    for (const object of gone) put(object, true, Number(resourceVersion));
    for (const object of changed) put(object, false);
    return { upTo: resourceVersion, news: gone.length + changed.length };
  };
  return { put, catchUp };
}

/** Books one kind until the end, over API servers that come and go. */
async function followKind(options: FollowOptions): Promise<void> {
  const { cluster, namespace, kind, signal, bookedBy, miss } = options;
  const { put, catchUp } = createMirror(options);
  let from: string | undefined;
  let brokeAt: Instant | undefined;
  let expired = false;
  while (!signal.aborted) {
    try {
      if (from === undefined || expired) {
        const told = Math.max(Number(from ?? 0), bookedBy(instant((brokeAt ?? 0) - ON_THE_WAY)));
        const { upTo, news } = await catchUp();
        if (from !== undefined && news > 0) miss({ after: told, upTo: Number(upTo) });
        [from, expired, brokeAt] = [upTo, false, undefined];
      }
      for await (const event of cluster.watch(kind, { namespace, resourceVersion: from, allowBookmarks: true, signal })) {
        brokeAt = undefined;
        if (event.type !== 'BOOKMARK') put(event.object, event.type === 'DELETED');
        from = (event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion) ?? from;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isSluiceError(error)) throw error;
      brokeAt ??= instant(Date.now());
      if (error.code === 'expired') expired = true;
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
  const bookedBy = (at: Instant): number => entries.reduce((most, entry) => (entry.at <= at ? Math.max(most, entry.version) : most), 0);
  const miss = (gap: Gap): void => void gaps.push(gap);
  const all = kinds.map((kind) => followKind({ cluster, namespace, kind, signal: over.signal, book, bookedBy, miss }));
  return {
    async stop() {
      over.abort();
      await Promise.all(all);
      return { entries: entries.toSorted((left, right) => left.version - right.version), gaps };
    },
  };
}
