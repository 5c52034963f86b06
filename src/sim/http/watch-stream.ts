import { millis } from '../../api/time.ts';
import type { WatchEvent } from '../../ports/cluster.ts';
import type { JsonObject } from '../cluster/json.ts';
import { apiVersionOf } from '../cluster/resource.ts';
import { type Exchange, type Shape, shaped, wantedShape } from './exchange.ts';
import { statusOf } from './status-body.ts';

/** Marks the end of the initial events of a streaming list. */
const INITIAL_END = 'k8s.io/initial-events-end';

function bookmark(exchange: Exchange, resourceVersion: string, first: boolean): JsonObject {
  const { kind } = exchange.resource;
  const metadata = { resourceVersion, creationTimestamp: null, ...(first ? { annotations: { [INITIAL_END]: 'true' } } : {}) };
  return { type: 'BOOKMARK', object: { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata } };
}

function frame(exchange: Exchange, event: WatchEvent, shape: Shape, first: boolean): JsonObject {
  if (event.type === 'BOOKMARK') return bookmark(exchange, event.resourceVersion, first);
  return { type: event.type, object: shaped(exchange, event.object, shape) };
}

function openEvents(exchange: Exchange, initialEvents: boolean): AsyncGenerator<WatchEvent> {
  const { query, signal, path } = exchange;
  const seconds = Number(query.get('timeoutSeconds') ?? '0');
  const name = path.name === undefined ? undefined : `metadata.name=${path.name}`;
  const fieldSelector = [name, query.get('fieldSelector') ?? undefined].filter((part) => part !== undefined && part !== '').join(',');
  return exchange.server.watch(exchange.caller, exchange.resource.kind, {
    namespace: path.namespace,
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    allowBookmarks: query.get('allowWatchBookmarks') === 'true' || initialEvents,
    initialEvents,
    signal,
    ...(seconds > 0 ? { timeout: millis(seconds * 1000) } : {}),
  });
}

/** Streams a watch, one JSON document a line; failures after the start come as an ERROR event, as from the real server. */
export async function streamWatch(exchange: Exchange): Promise<void> {
  const { query, response, signal } = exchange;
  const initialEvents = query.get('sendInitialEvents') === 'true';
  const events = openEvents(exchange, initialEvents);
  const shape = wantedShape(exchange.request);
  let first = initialEvents;
  const start = (): void => {
    if (response.headersSent) return;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
  };
  const send = (body: JsonObject): void => {
    start();
    response.write(`${JSON.stringify(body)}\n`);
  };
  // The first step stands the subscription up; a quiet watch must still show its headers at once.
  let pending = events.next();
  const opened = await Promise.race([
    pending.then(() => 'event' as const),
    new Promise<'quiet'>((resolve) => setImmediate(() => resolve('quiet'))),
  ]).catch(() => 'failed' as const);
  if (opened === 'quiet') start();
  try {
    for (;;) {
      const { value, done } = await pending;
      if (done === true) break;
      send(frame(exchange, value, shape, first));
      if (value.type === 'BOOKMARK') first = false;
      pending = events.next();
    }
  } catch (error) {
    if (signal.aborted) return;
    const status = statusOf(error);
    // Only a forgotten version is told inside the stream; everything else still has its HTTP status.
    if (!response.headersSent && status.code !== 410) throw error;
    send({ type: 'ERROR', object: status.body });
  } finally {
    await events.return(undefined);
  }
  start();
  response.end();
}
