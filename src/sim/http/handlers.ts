import { z } from 'zod';
import type { DeleteOptions, JsonPatchOperation, ListOptions } from '../../ports/cluster.ts';
import { apiError, badRequest, notFound } from '../cluster/api-error.ts';
import type { SimPatch, WriteCall } from '../cluster/api-server.ts';
import { isObject, type JsonObject } from '../cluster/json.ts';
import { fromCoreEvent } from './core-events.ts';
import { type Exchange, isCoreEvent, sendJson, shaped, shapedList, wantedShape } from './exchange.ts';
import { readBody } from './request-body.ts';
import { streamWatch } from './watch-stream.ts';

const operationsSchema = z.array(
  z.object({ op: z.enum(['add', 'remove', 'replace', 'test']), path: z.string(), value: z.unknown().optional() }),
);

const deleteSchema = z.looseObject({
  propagationPolicy: z.enum(['Foreground', 'Background', 'Orphan']).optional(),
  orphanDependents: z.boolean().optional(),
  preconditions: z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() }).optional(),
  dryRun: z.array(z.string()).optional(),
});

function validationOf(text: string | null): WriteCall['fieldValidation'] {
  if (text === 'Strict' || text === 'Ignore') return text;
  return 'Warn';
}

function callOf(exchange: Exchange, name: string): WriteCall {
  const { query, request, path } = exchange;
  const agent = (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
  const manager = query.get('fieldManager');
  const apply = (request.headers['content-type'] ?? '').includes('apply-patch');
  return {
    kind: exchange.resource.kind,
    ref: { name, namespace: path.namespace },
    subresource: path.subresource,
    dryRun: query.getAll('dryRun').includes('All'),
    fieldManager: manager ?? (apply ? '' : agent),
    fieldValidation: validationOf(query.get('fieldValidation')),
    signal: exchange.signal,
  };
}

async function sentObject(exchange: Exchange): Promise<JsonObject> {
  const body = await readBody(exchange.request);
  if (!isObject(body)) throw badRequest('the request needs an object as its body');
  return isCoreEvent(exchange.path) ? fromCoreEvent(body) : body;
}

function nameIn(object: JsonObject): string {
  const metadata = object['metadata'];
  return isObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : '';
}

function assertSame(exchange: Exchange, object: JsonObject): void {
  const { path } = exchange;
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const { name, namespace } = metadata;
  if (path.name !== undefined && name !== undefined && name !== path.name) {
    throw badRequest(`the name of the object (${JSON.stringify(name)}) does not match the name on the URL (${path.name})`);
  }
  if (namespace !== undefined && namespace !== '' && namespace !== (path.namespace ?? '')) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
}

async function handleGet(exchange: Exchange): Promise<void> {
  const { query, path, response, server, caller, resource } = exchange;
  if (query.get('watch') === 'true' || query.get('watch') === '1') return streamWatch(exchange);
  if (path.name !== undefined) {
    const found = await server.get(caller, resource.kind, exchange.ref, exchange.signal, path.subresource);
    if (found === undefined) throw notFound({ group: path.group, plural: path.plural }, path.name);
    return sendJson(response, 200, shaped(exchange, found, wantedShape(exchange.request)));
  }
  const match = query.get('resourceVersionMatch');
  const limit = query.get('limit');
  const options: ListOptions = {
    namespace: path.namespace,
    labelSelector: query.get('labelSelector') ?? undefined,
    fieldSelector: query.get('fieldSelector') ?? undefined,
    limit: limit === null ? undefined : Number(limit),
    continue: query.get('continue') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    resourceVersionMatch: match === 'Exact' || match === 'NotOlderThan' ? match : undefined,
    signal: exchange.signal,
  };
  const page = await server.list(caller, resource.kind, options);
  const next = page.continue === undefined ? {} : { continue: page.continue };
  sendJson(response, 200, shapedList(exchange, page.items, { resourceVersion: page.resourceVersion, ...next }));
}

const evictionSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string().optional() }).optional(),
  deleteOptions: z
    .looseObject({ preconditions: z.object({ uid: z.string().optional() }).optional(), dryRun: z.array(z.string()).optional() })
    .nullish(),
});

/** POST on `pods/NAME/eviction`: the object in the body is an Eviction, the answer a Status. */
async function handleEviction(exchange: Exchange): Promise<void> {
  const { server, caller, query, path, response, ref, signal } = exchange;
  const parsed = evictionSchema.safeParse((await readBody(exchange.request)) ?? {});
  if (!parsed.success) throw badRequest(`the Eviction is not valid: ${z.prettifyError(parsed.error)}`);
  const { metadata, deleteOptions } = parsed.data;
  if (metadata?.name !== path.name) throw badRequest('name in URL does not match name in Eviction object');
  const dryRun = query.getAll('dryRun').includes('All') || deleteOptions?.dryRun?.includes('All') === true;
  await server.evict(caller, ref, { signal, preconditions: deleteOptions?.preconditions }, dryRun);
  sendJson(response, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

async function handlePost(exchange: Exchange): Promise<void> {
  const { plural, group, subresource } = exchange.path;
  if (subresource === 'eviction' && plural === 'pods' && group === '') return handleEviction(exchange);
  if (exchange.path.name !== undefined)
    throw apiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  const object = await sentObject(exchange);
  assertSame(exchange, object);
  const created = await exchange.server.create(exchange.caller, callOf(exchange, nameIn(object)), object);
  sendJson(exchange.response, 201, shaped(exchange, created, wantedShape(exchange.request)));
}

async function handlePut(exchange: Exchange): Promise<void> {
  const object = await sentObject(exchange);
  assertSame(exchange, object);
  const updated = await exchange.server.update(exchange.caller, callOf(exchange, exchange.path.name ?? ''), object);
  sendJson(exchange.response, 200, shaped(exchange, updated, wantedShape(exchange.request)));
}

function patchOf(exchange: Exchange, type: string, body: unknown): SimPatch {
  if (type.includes('json-patch')) {
    const parsed = operationsSchema.safeParse(body);
    if (!parsed.success) throw badRequest(`the JSON patch is not valid: ${z.prettifyError(parsed.error)}`);
    const operations: readonly JsonPatchOperation[] = parsed.data.map(({ op, path, value }) => ({ op, path, value }));
    return { type: 'json', operations };
  }
  if (!isObject(body)) throw badRequest('the patch must be an object');
  if (type.includes('merge-patch') && !type.includes('strategic')) return { type: 'merge', body };
  if (type.includes('strategic-merge-patch') && !exchange.resource.custom) return { type: 'strategic', body };
  const why =
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
  throw apiError(415, 'UnsupportedMediaType', why);
}

async function handlePatch(exchange: Exchange): Promise<void> {
  const type = exchange.request.headers['content-type'] ?? '';
  const call = callOf(exchange, exchange.path.name ?? '');
  const { server, caller } = exchange;
  const existed = exchange.path.name === undefined ? undefined : true;
  if (existed === undefined) throw apiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  if (type.includes('apply-patch')) {
    const object = await sentObject(exchange);
    assertSame(exchange, object);
    const applied = await server.apply(caller, call, object, exchange.query.get('force') === 'true');
    return sendJson(exchange.response, 200, shaped(exchange, applied, wantedShape(exchange.request)));
  }
  const body = await readBody(exchange.request);
  const patched = await server.patch(caller, call, patchOf(exchange, type, body));
  sendJson(exchange.response, 200, shaped(exchange, patched, wantedShape(exchange.request)));
}

async function handleDelete(exchange: Exchange): Promise<void> {
  const { server, caller, resource, path, query, response } = exchange;
  const parsed = deleteSchema.safeParse((await readBody(exchange.request)) ?? {});
  if (!parsed.success) throw badRequest(`the DeleteOptions are not valid: ${z.prettifyError(parsed.error)}`);
  const asked = parsed.data.propagationPolicy ?? query.get('propagationPolicy');
  const propagation = parsed.data.orphanDependents === true ? 'Orphan' : asked;
  const options: DeleteOptions = {
    signal: exchange.signal,
    preconditions: parsed.data.preconditions,
    propagation: propagation === 'Foreground' || propagation === 'Background' || propagation === 'Orphan' ? propagation : undefined,
  };
  const dryRun = query.getAll('dryRun').includes('All') || parsed.data.dryRun?.includes('All') === true;
  const success = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  if (path.name === undefined) {
    const { items } = await server.list(caller, resource.kind, {
      namespace: path.namespace,
      labelSelector: query.get('labelSelector') ?? undefined,
    });
    for (const item of items) await server.remove(caller, resource.kind, item.metadata, options, dryRun);
    return sendJson(response, 200, success);
  }
  const last = await server.remove(caller, resource.kind, exchange.ref, options, dryRun);
  if (last.metadata.deletionTimestamp !== undefined) return sendJson(response, 200, shaped(exchange, last, 'object'));
  sendJson(response, 200, { ...success, details: { name: path.name, group: path.group, kind: path.plural, uid: last.metadata.uid } });
}

/** Answers one request on a resource; throws what becomes a Status. */
export async function handleResource(exchange: Exchange): Promise<void> {
  switch (exchange.request.method ?? '') {
    case 'GET':
      return handleGet(exchange);
    case 'POST':
      return handlePost(exchange);
    case 'PUT':
      return handlePut(exchange);
    case 'PATCH':
      return handlePatch(exchange);
    case 'DELETE':
      return handleDelete(exchange);
    default:
      throw apiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
  }
}
