import type { IncomingMessage, ServerResponse } from 'node:http';
import { EVENT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { ObjectRef, ResourceKind } from '../../ports/cluster.ts';
import type { ApiServer } from '../cluster/api-server.ts';
import type { JsonObject } from '../cluster/json.ts';
import { asJson } from '../cluster/json.ts';
import type { Caller } from '../cluster/pipeline.ts';
import { apiVersionOf, type Resource } from '../cluster/resource.ts';
import type { ApiPath } from './api-path.ts';
import { toCoreEvent } from './core-events.ts';
import { partialMetadata, tableOf } from './table.ts';

/** One HTTP request on a resource. */
export interface Exchange {
  readonly server: ApiServer;
  readonly caller: Caller;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly path: ApiPath;
  readonly resource: Resource;
  readonly ref: ObjectRef;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

/** Core Events are answered from the store of events.k8s.io. */
export function isCoreEvent(path: ApiPath): boolean {
  return path.group === '' && path.plural === 'events';
}

/** The kind that a path names, as the server stores it. */
export function kindOf(path: ApiPath): Pick<ResourceKind, 'group' | 'version' | 'plural'> {
  return isCoreEvent(path) ? EVENT : { group: path.group, version: path.version, plural: path.plural };
}

export type Shape = 'object' | 'table' | 'metadata';

/** How the client wants objects to look. */
export function wantedShape(request: IncomingMessage): Shape {
  for (const part of (request.headers.accept ?? '').split(',')) {
    if (!part.includes('json')) continue;
    if (part.includes('as=Table')) return 'table';
    if (part.includes('as=PartialObjectMetadata')) return 'metadata';
    return 'object';
  }
  return 'object';
}

/** Objects as this client sees them. */
export function presented(exchange: Exchange, object: KubeObject): KubeObject {
  return isCoreEvent(exchange.path) ? toCoreEvent(object) : object;
}

/** One object in the shape that the client asked for. */
export function shaped(exchange: Exchange, object: KubeObject, shape: Shape): JsonObject {
  if (shape === 'metadata') return partialMetadata(object);
  if (shape === 'object') return asJson(presented(exchange, object));
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  return tableOf(exchange.resource, [object], metadata, exchange.server.clock.now(), exchange.query.get('includeObject') ?? 'Metadata');
}

/** A list in the shape that the client asked for. */
export function shapedList(exchange: Exchange, items: readonly KubeObject[], metadata: JsonObject): JsonObject {
  const shape = wantedShape(exchange.request);
  if (shape === 'table') {
    return tableOf(exchange.resource, items, metadata, exchange.server.clock.now(), exchange.query.get('includeObject') ?? 'Metadata');
  }
  if (shape === 'metadata') {
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(partialMetadata) };
  }
  const core = isCoreEvent(exchange.path);
  const apiVersion = core ? 'v1' : apiVersionOf(exchange.resource.kind);
  return { kind: exchange.resource.listKind, apiVersion, metadata, items: items.map((item) => presented(exchange, item)) };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  code: number,
  body: JsonObject | string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
    'cache-control': 'no-cache, private',
    ...headers,
  });
  response.end(text);
}
