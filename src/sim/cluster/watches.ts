import { millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { WatchEvent, WatchOptions } from '../../ports/cluster.ts';
import { parseVersion, selectionOf } from './reads.ts';
import { type Resource, resourceKey } from './resource.ts';
import type { ObjectFilter } from './selectors.ts';
import type { Store, StoreEvent } from './store.ts';

/** How long the server keeps a watch open that names no timeout. */
const DEFAULT_TIMEOUT = millis(45 * 60_000);

export interface SimWatchOptions extends WatchOptions {
  /** Starts with the present state as ADDED events, ended by a bookmark (`sendInitialEvents`). */
  readonly initialEvents?: boolean | undefined;
}

/** What became of an object, as a watch with this selection sees it: what stops matching is DELETED. */
function visibleEvent(event: StoreEvent, selects: ObjectFilter): WatchEvent | undefined {
  const matched = event.previous !== undefined && selects(event.previous);
  const matches = event.type !== 'DELETED' && selects(event.object);
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!matched || event.previous === undefined) return undefined;
  if (event.type === 'DELETED') return { type: 'DELETED', object: event.object };
  const { resourceVersion } = event.object.metadata;
  return { type: 'DELETED', object: { ...event.previous, metadata: { ...event.previous.metadata, resourceVersion } } };
}

interface Channel {
  push(event: WatchEvent): void;
  end(error?: unknown): void;
  drain(): AsyncGenerator<WatchEvent>;
}

/** A queue from the store to one reader; only microtasks between them. */
function createChannel(): Channel {
  const queue: WatchEvent[] = [];
  let ended = false;
  let failure: unknown;
  let wake: () => void = () => undefined;
  return {
    push(event) {
      if (ended) return;
      queue.push(event);
      wake();
    },
    end(error) {
      if (ended) return;
      ended = true;
      failure = error;
      wake();
    },
    async *drain() {
      for (;;) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else if (ended) {
          if (failure !== undefined) throw failure;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}

/**
 * Events of a resource after a version, until the timeout, the signal or `closed` ends them. Without a version it starts with the present state.
 * The subscription stands when this returns; throws 410 when the version is forgotten.
 */
export function openWatch(
  store: Store,
  clock: Clock,
  resource: Resource,
  options: SimWatchOptions,
  isDead: () => boolean,
): AsyncGenerator<WatchEvent> {
  const key = resourceKey(resource.kind);
  const selects = selectionOf(resource, options);
  const channel = createChannel();
  const from = options.resourceVersion;
  const fresh = from === undefined || from === '' || from === '0' || options.initialEvents === true;
  if (fresh) {
    for (const [, object] of store.list(key)) if (selects(object)) channel.push({ type: 'ADDED', object });
    if (options.initialEvents === true) channel.push({ type: 'BOOKMARK', resourceVersion: String(store.revision()) });
  } else {
    for (const event of store.eventsSince(key, parseVersion(from))) deliver(event);
  }
  function deliver(event: StoreEvent): void {
    if (event.resource !== key || isDead()) return;
    const visible = visibleEvent(event, selects);
    if (visible !== undefined) channel.push(visible);
  }
  const unsubscribe = store.subscribe(deliver);
  const timer = clock.startTimer(options.timeout ?? DEFAULT_TIMEOUT, () => {
    if (isDead()) return;
    if (options.allowBookmarks === true) channel.push({ type: 'BOOKMARK', resourceVersion: String(store.revision()) });
    channel.end();
  });
  const onAbort = (): void => {
    if (!isDead()) channel.end();
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted === true) onAbort();
  const close = (): void => {
    unsubscribe();
    timer.cancel();
    options.signal?.removeEventListener('abort', onAbort);
  };
  return closing(channel.drain(), close);
}

async function* closing(events: AsyncGenerator<WatchEvent>, close: () => void): AsyncGenerator<WatchEvent> {
  try {
    yield* events;
  } finally {
    close();
  }
}
