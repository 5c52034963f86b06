import { POD } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { Cluster, ListOptions, ObjectRef, ResourceKind, WatchEvent, WatchOptions, WriteOptions } from '../ports/cluster.ts';
import { SluiceError } from '../ports/errors.ts';
import { refusalError, streamError } from './api-errors.ts';
import { type Headers, impersonationHeaders } from './impersonation.ts';
import { splitLines } from './line-splitter.ts';
import { refKey } from './object-key.ts';
import { collectionPath, objectPath, queryString, resourceName } from './resource-path.ts';
import { safeText } from './safe-text.ts';
import type { Transport, TransportReply, TransportRequest } from './transport.ts';
import { parseJson, readEvent, readList, readObject } from './wire.ts';

const CONTENT_TYPE = {
  json: 'application/json',
  // JSON is YAML; this is the type that every version serves.
  apply: 'application/apply-patch+yaml',
  mergePatch: 'application/merge-patch+json',
  jsonPatch: 'application/json-patch+json',
} as const;

interface Call {
  readonly method: TransportRequest['method'];
  readonly path: string;
  /** For messages: what was asked for. */
  readonly what: string;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

function writeQuery(options: WriteOptions, more: Readonly<Record<string, boolean>> = {}): string {
  return queryString({
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
    dryRun: options.dryRun === true ? 'All' : undefined,
    ...more,
  });
}

function listQuery(options: ListOptions): string {
  return queryString({
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    limit: options.limit,
    continue: options.continue,
    // The continue token holds the version; the API server refuses both together.
    resourceVersion: options.continue === undefined ? options.resourceVersion : undefined,
    resourceVersionMatch: options.continue === undefined ? options.resourceVersionMatch : undefined,
  });
}

function watchQuery(options: WatchOptions): string {
  return queryString({
    watch: true,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    allowWatchBookmarks: options.allowBookmarks,
    timeoutSeconds: options.timeout === undefined ? undefined : Math.ceil(options.timeout / 1000),
  });
}

function describe(
  verb: string,
  kind: ResourceKind,
  ref?: { readonly namespace?: string | undefined; readonly name?: string | undefined },
  subresource?: string,
): string {
  const resource = `${verb} ${resourceName(kind)}${subresource === undefined ? '' : `/${subresource}`}`;
  return ref?.name === undefined ? resource : `${resource} ${safeText(refKey({ namespace: ref.namespace, name: ref.name }))}`;
}

function refOf(object: KubeObject): ObjectRef {
  return { namespace: object.metadata.namespace, name: object.metadata.name };
}

/** Sends calls of one identity and judges their replies. */
interface Caller {
  send(call: Call): Promise<TransportReply>;
  object(call: Call, kind: ResourceKind): Promise<KubeObject>;
}

function createCaller(transport: Transport, identity: Headers): Caller {
  async function send(call: Call): Promise<TransportReply> {
    const reply = await transport.send({
      method: call.method,
      path: call.path,
      headers: { ...identity, ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? CONTENT_TYPE.json }) },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      signal: call.signal,
    });
    if (reply.status >= 200 && reply.status < 300) return reply;
    throw refusalError({ status: reply.status, retryAfter: reply.retryAfter, now: transport.clock.now(), request: call.what }, reply.text);
  }
  return {
    send,
    object: async (call, kind) => readObject(parseJson((await send(call)).text, call.what), kind, call.what),
  };
}

/** A Status is far smaller; more is a proxy's page, of which nothing is shown (M15). */
const LARGEST_REFUSAL = 1024 * 1024;

async function readRefusal(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > LARGEST_REFUSAL) return '';
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function* watch(transport: Transport, identity: Headers, kind: ResourceKind, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const what = describe('watch', kind);
  const aborted = (): boolean => options.signal?.aborted === true;
  if (aborted()) return;
  let cancel = (): void => undefined;
  try {
    const path = `${collectionPath(kind, options.namespace)}${watchQuery(options)}`;
    const stream = await transport.open({ method: 'GET', path, headers: identity, signal: options.signal });
    cancel = stream.cancel;
    if (stream.status !== 200) {
      const refusal = { status: stream.status, retryAfter: stream.retryAfter, now: transport.clock.now(), request: what };
      throw refusalError(refusal, await readRefusal(stream.chunks));
    }
    for await (const line of splitLines(stream.chunks)) {
      if (aborted()) return;
      const event = readEvent(parseJson(line, what), kind, what);
      if (event.type === 'ERROR') throw streamError(event.object, what, transport.clock.now());
      yield event;
    }
  } catch (error) {
    if (!aborted()) throw error;
  } finally {
    cancel();
  }
}

/** The answer to an eviction is a Status, not an object. */
function evictWith(caller: Caller): Cluster['evict'] {
  return async (ref, options = {}) => {
    const { preconditions, signal } = options;
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: ref.name, namespace: ref.namespace },
      ...(preconditions === undefined ? {} : { deleteOptions: { preconditions } }),
    };
    const what = describe('create', POD, ref, 'eviction');
    await caller.send({ method: 'POST', path: objectPath(POD, ref, 'eviction'), what, body, signal });
  };
}

function createWrites(caller: Caller): Pick<Cluster, 'create' | 'update' | 'apply' | 'patch' | 'remove'> {
  return {
    create(kind, object, options = {}) {
      const { namespace } = object.metadata;
      const path =
        options.subresource === undefined
          ? collectionPath(kind, kind.namespaced ? (namespace ?? '') : undefined)
          : objectPath(kind, refOf(object), options.subresource);
      const what = describe('create', kind, refOf(object), options.subresource);
      return caller.object({ method: 'POST', path: `${path}${writeQuery(options)}`, what, body: object, signal: options.signal }, kind);
    },
    update(kind, object, options = {}) {
      const path = `${objectPath(kind, refOf(object), options.subresource)}${writeQuery(options)}`;
      const what = describe('update', kind, refOf(object), options.subresource);
      return caller.object({ method: 'PUT', path, what, body: object, signal: options.signal }, kind);
    },
    apply(kind, object, options) {
      const path = `${objectPath(kind, refOf(object), options.subresource)}${writeQuery(options, { force: options.force === true })}`;
      const what = describe('apply', kind, refOf(object), options.subresource);
      return caller.object({ method: 'PATCH', path, what, contentType: CONTENT_TYPE.apply, body: object, signal: options.signal }, kind);
    },
    patch(kind, ref, patch, options = {}) {
      const path = `${objectPath(kind, ref, options.subresource)}${writeQuery(options)}`;
      const what = describe('patch', kind, ref, options.subresource);
      const [contentType, body] =
        patch.type === 'merge' ? [CONTENT_TYPE.mergePatch, patch.body] : [CONTENT_TYPE.jsonPatch, patch.operations];
      return caller.object({ method: 'PATCH', path, what, contentType, body, signal: options.signal }, kind);
    },
    async remove(kind, ref, options = {}) {
      const { preconditions, propagation, signal } = options;
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        ...(preconditions === undefined ? {} : { preconditions }),
        ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      };
      await caller.send({ method: 'DELETE', path: objectPath(kind, ref), what: describe('delete', kind, ref), body, signal });
    },
  };
}

function clientAs(transport: Transport, identity: Headers): Cluster {
  const caller = createCaller(transport, identity);
  return {
    async get(kind, ref, options = {}) {
      const what = describe('get', kind, ref);
      try {
        return await caller.object({ method: 'GET', path: objectPath(kind, ref), what, signal: options.signal }, kind);
      } catch (error) {
        // A Status says that the object is missing; a bare 404 (a kind that is not installed, a wrong server) is an error.
        if (error instanceof SluiceError && error.code === 'not_found' && error.details['reason'] === 'NotFound') return undefined;
        throw error;
      }
    },
    async list(kind, options = {}) {
      const what = describe('list', kind);
      const path = `${collectionPath(kind, options.namespace)}${listQuery(options)}`;
      const reply = await caller.send({ method: 'GET', path, what, signal: options.signal });
      return readList(parseJson(reply.text, what), kind, what);
    },
    watch: (kind, options = {}) => watch(transport, identity, kind, options),
    ...createWrites(caller),
    evict: evictWith(caller),
    impersonate: (user, groups) => clientAs(transport, impersonationHeaders({ user, groups })),
  };
}

/** The API server behind `transport` as a cluster. */
export function createResourceClient(transport: Transport): Cluster {
  return clientAs(transport, {});
}
