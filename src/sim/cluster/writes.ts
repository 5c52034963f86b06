import type { KubeObject } from '../../api/metadata.ts';
import { formatInstant } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { decodeObject, defaultObject, type FieldValidation, validateObject } from './admission.ts';
import { apiError, badRequest, conflict, invalid, notFound, qualified, unstructured } from './api-error.ts';
import { formatFieldPath } from './field-set.ts';
import type { Identity } from './identity.ts';
import { asJson, asKubeObject, cloneJson, deepFreeze, isObject, type JsonObject, jsonEqual } from './json.ts';
import { applyFields, forgetManagers, keepManagers, recordUpdate, sameButTimes, type Writer } from './managed-fields.ts';
import { finalizersOf, metadataOf, metaText } from './object-meta.ts';
import type { Registry } from './registry.ts';
import { apiVersionOf, type Resource, resourceKey } from './resource.ts';
import { scaleOf, withScale } from './scale.ts';
import type { Schema } from './schema.ts';
import type { SimRequest } from './sim-types.ts';
import type { Store } from './store.ts';
import { undeclaredFields } from './typed-value.ts';

export interface WriteContext {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly identity: Identity;
  /** Objects whose defaulted status is not stored yet: the next write stores it, even one that changes nothing else. */
  readonly unsettled: WeakSet<KubeObject>;
  readonly notify: (request: SimRequest, before: KubeObject | undefined, after: KubeObject | undefined) => void;
}

/** A write as it came in, with the object's coordinates filled in. */
export interface WriteTarget {
  readonly request: SimRequest;
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
}

/** How the store files an object. */
export function objectKeyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

function writerOf(context: WriteContext, target: WriteTarget): Writer {
  return {
    manager: target.fieldManager,
    apiVersion: apiVersionOf(target.resource.kind),
    subresource: target.request.subresource ?? '',
    time: formatInstant(context.clock.now()),
  };
}

function findLive(context: WriteContext, target: WriteTarget): KubeObject | undefined {
  if (target.name === undefined) return undefined;
  return context.store.get(resourceKey(target.resource.kind), objectKeyOf(target.namespace, target.name));
}

function assertNamespace(context: WriteContext, target: WriteTarget): void {
  if (target.namespace === undefined) return;
  const namespace = context.store.get('/namespaces', target.namespace);
  if (namespace === undefined) throw notFound({ group: '', plural: 'namespaces' }, target.namespace);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const { kind } = target.resource;
  const what = `${qualified(kind.plural, kind.group)} "${target.name ?? ''}" is forbidden: unable to create new content in namespace ${target.namespace} because it is being terminated`;
  const message = `namespace ${target.namespace} is being terminated`;
  throw apiError(403, 'Forbidden', what, { causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }] });
}

/** Everything but identity and status: what `metadata.generation` counts. */
function contentOf(resource: Resource, object: Readonly<Record<string, unknown>>): JsonObject {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...rest } = object;
  const content: JsonObject = { ...rest };
  if (resource.status) delete content['status'];
  return content;
}

/** POST. */
export function createObject(context: WriteContext, target: WriteTarget, sent: Readonly<Record<string, unknown>>): KubeObject {
  const object = decodeObject(target.resource, sent, target.fieldValidation);
  if (metaText(object, 'resourceVersion') !== undefined) throw unstructured('resourceVersion should not be set on objects to be created');
  const generateName = metaText(object, 'generateName');
  const name = metaText(object, 'name') ?? (generateName === undefined ? undefined : generateName + context.identity.suffix());
  const named: WriteTarget = { ...target, name };
  return storeNew(context, named, object, (fresh) => {
    // Status is what the server made of it: the creator owns none.
    const { status, ...owned } = fresh;
    const recorded: JsonObject = target.resource.status ? owned : fresh;
    recordUpdate(
      target.resource.custom ? { metadata: {} } : { metadata: {}, spec: {}, status: {} },
      recorded,
      context.registry.objectSchema(target.resource),
      writerOf(context, target),
    );
    return status === undefined || !target.resource.status ? recorded : { ...recorded, status };
  });
}

function alreadyExists(resource: Resource, name: string): Error {
  const { group, plural } = resource.kind;
  return apiError(409, 'AlreadyExists', `${qualified(plural, group)} "${name}" already exists`, { group, kind: plural, name });
}

/** Stores an object that did not exist; `own` records who owns its fields. */
function storeNew(context: WriteContext, target: WriteTarget, object: JsonObject, own: (fresh: JsonObject) => JsonObject): KubeObject {
  const { resource } = target;
  assertNamespace(context, target);
  if (resource.status) delete object['status'];
  const {
    resourceVersion: _v,
    deletionTimestamp: _d,
    deletionGracePeriodSeconds: _g,
    selfLink: _s,
    managedFields: _m,
    ...kept
  } = metadataOf(object);
  object['metadata'] = {
    ...kept,
    ...(target.name === undefined ? {} : { name: target.name }),
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    uid: context.identity.uid(),
    creationTimestamp: formatInstant(context.clock.now()),
    ...(resource.generation ? { generation: 1 } : {}),
  };
  // Built-in defaults come before ownership is recorded, as the server's decoder fills them in; defaults of custom kinds too.
  defaultObject(resource, object);
  const fresh = own(object);
  defaultObject(resource, fresh);
  validateObject(resource, fresh, undefined);
  if (findLive(context, target) !== undefined) throw alreadyExists(resource, target.name ?? '');
  if (target.request.dryRun) return asKubeObject(deepFreeze(fresh));
  const stored = context.store.put(resourceKey(resource.kind), objectKeyOf(target.namespace, target.name ?? ''), fresh);
  if (resource.custom && resource.status && fresh['status'] !== undefined) context.unsettled.add(stored);
  context.notify(target.request, undefined, stored);
  return stored;
}

/** PUT, on the object or a subresource. */
export function updateObject(context: WriteContext, target: WriteTarget, sent: Readonly<Record<string, unknown>>): KubeObject {
  const live = requireLive(context, target);
  const { kind } = target.resource;
  const name = live.metadata.name;
  const uid = metaText(sent, 'uid');
  if (uid !== undefined && uid !== live.metadata.uid) {
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`);
  }
  const version = metaText(sent, 'resourceVersion');
  const unconditional = !target.resource.custom && kind.plural !== 'leases';
  if (version === undefined && !unconditional && target.request.subresource !== 'scale') {
    throw invalid(kind, name, [
      { reason: 'FieldValueInvalid', message: 'Invalid value: 0: must be specified for an update', field: 'metadata.resourceVersion' },
    ]);
  }
  return replaceLive(context, target, live, sent);
}

/** PATCH other than apply: `edit` turns the object (or its Scale) into what the client wants. */
export function patchObject(context: WriteContext, target: WriteTarget, edit: (current: JsonObject) => JsonObject): KubeObject {
  const live = requireLive(context, target);
  const current = target.request.subresource === 'scale' ? scaleOf(target.resource, live) : cloneJson(asJson(live));
  const edited = edit(current);
  const uid = metaText(edited, 'uid');
  if (uid !== undefined && uid !== live.metadata.uid) throw wrongUid(target.resource, live, uid);
  return replaceLive(context, target, live, edited);
}

function wrongUid(resource: Resource, live: KubeObject, uid: string): Error {
  const message = `Invalid value: ${JSON.stringify(uid)}: field is immutable`;
  return invalid(resource.kind, live.metadata.name, [{ reason: 'FieldValueInvalid', message, field: 'metadata.uid' }]);
}

function requireLive(context: WriteContext, target: WriteTarget): KubeObject {
  const live = findLive(context, target);
  if (live === undefined) throw notFound(target.resource.kind, target.name ?? '');
  if (target.request.subresource === 'status' && !target.resource.status) throw notFound(target.resource.kind, target.name ?? '');
  return live;
}

function assertVersion(target: WriteTarget, live: KubeObject, sent: Readonly<Record<string, unknown>>): void {
  const version = metaText(sent, 'resourceVersion');
  if (version !== undefined && version !== live.metadata.resourceVersion)
    throw conflict(target.resource.kind, live.metadata.name, MODIFIED);
}

function replaceLive(context: WriteContext, target: WriteTarget, live: KubeObject, sent: Readonly<Record<string, unknown>>): KubeObject {
  assertVersion(target, live, sent);
  const { resource } = target;
  const before = asJson(live);
  const next =
    target.request.subresource === 'scale' ? withScale(resource, before, sent) : decodeObject(resource, sent, target.fieldValidation);
  const wanted = target.request.subresource === 'scale' ? next : withSubresource(target, before, next);
  keepServerFields(wanted, live);
  defaultObject(resource, wanted);
  const record = metadataOf(sent)['managedFields'];
  if (Array.isArray(record) && record.length === 0) forgetManagers(wanted);
  else recordUpdate(withRecord(before, record), wanted, context.registry.objectSchema(resource), writerOf(context, target));
  return commit(context, target, live, wanted);
}

/** A client may send an edited record, as kubectl does when an object moves to server-side apply. */
function withRecord(live: JsonObject, record: unknown): JsonObject {
  return record === undefined ? live : { ...live, metadata: { ...metadataOf(live), managedFields: record } };
}

/** A write to `status` touches nothing else, and a write to the object no status. */
function withSubresource(target: WriteTarget, live: JsonObject, sent: JsonObject): JsonObject {
  if (!target.resource.status) return sent;
  const onStatus = target.request.subresource === 'status';
  const base: JsonObject = onStatus ? cloneJson(live) : sent;
  const source = onStatus ? sent : live;
  const { status: _status, ...rest } = base;
  return source['status'] === undefined ? rest : { ...rest, status: cloneJson(source['status']) };
}

/** Server-owned metadata never comes from the client. */
function keepServerFields(next: JsonObject, live: KubeObject): void {
  const {
    generation: _g,
    deletionTimestamp: _d,
    deletionGracePeriodSeconds: _p,
    resourceVersion: _r,
    managedFields: _m,
    selfLink: _s,
    ...kept
  } = metadataOf(next);
  const owned = [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ];
  const fromLive = Object.fromEntries(owned.flatMap((key) => (live.metadata[key] === undefined ? [] : [[key, live.metadata[key]]])));
  next['metadata'] = { ...kept, ...fromLive };
}

/** Server-side apply, on the object or its status. */
export function applyObject(
  context: WriteContext,
  target: WriteTarget,
  sent: Readonly<Record<string, unknown>>,
  force: boolean,
): KubeObject {
  const { resource, request } = target;
  const record = metadataOf(sent)['managedFields'];
  if (Array.isArray(record) && record.length > 0) throw badRequest('metadata.managedFields must be nil');
  const live = findLive(context, target);
  const schema = context.registry.objectSchema(resource);
  assertDeclared(target, sent, schema);
  const config = configOf(target, decodeObject(resource, sent, 'Ignore'));
  const uid = metaText(sent, 'uid');
  if (live === undefined) {
    if (request.subresource !== undefined) throw notFound(resource.kind, target.name ?? '');
    if (uid !== undefined) {
      throw conflict(
        resource.kind,
        target.name ?? '',
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    }
    return storeNew(context, target, cloneJson(config), (fresh) => {
      const { managedFields: _m, ...metadata } = metadataOf(fresh);
      const base: JsonObject = { ...fresh, metadata };
      return applyFields(base, config, schema, writerOf(context, target), true);
    });
  }
  if (request.subresource === 'status' && !resource.status) throw notFound(resource.kind, target.name ?? '');
  assertVersion(target, live, sent);
  if (uid !== undefined && uid !== live.metadata.uid) throw wrongUid(resource, live, uid);
  const next = applyFields(cloneJson(asJson(live)), config, schema, writerOf(context, target), force);
  const managed = metadataOf(next)['managedFields'];
  keepServerFields(next, live);
  if (managed !== undefined) next['metadata'] = { ...metadataOf(next), managedFields: managed };
  defaultObject(resource, next);
  return commit(context, target, live, cloneJson(next));
}

function assertDeclared(target: WriteTarget, sent: Readonly<Record<string, unknown>>, schema: Schema | undefined): void {
  const paths = undeclaredFields(sent, schema).map((path) => `${formatFieldPath(path)}: field not declared in schema`);
  if (paths.length === 0) return;
  const { kind } = target.resource;
  const which = `${objectKeyOf(target.namespace, target.name ?? '')}; ${apiVersionOf(kind)}, Kind=${kind.kind}`;
  const what = paths.length === 1 ? paths[0] : `errors:\n  ${paths.join('\n  ')}`;
  throw unstructured(`failed to create typed patch object (${which}): ${what}`);
}

/** The part of an applied configuration that this way of writing may touch. */
function configOf(target: WriteTarget, decoded: JsonObject): JsonObject {
  const { status, ...rest } = decoded;
  const metadata = metadataOf(decoded);
  const identity = { name: target.name, ...(target.namespace === undefined ? {} : { namespace: target.namespace }) };
  if (target.request.subresource === 'status') {
    const head = { apiVersion: decoded['apiVersion'], kind: decoded['kind'], metadata: identity };
    return status === undefined ? head : { ...head, status };
  }
  const { uid: _u, resourceVersion: _r, creationTimestamp: _c, generation: _g, managedFields: _m, selfLink: _s, ...kept } = metadata;
  const trimmed: JsonObject = { ...rest, metadata: { ...kept, ...identity } };
  return target.resource.status || status === undefined ? trimmed : { ...trimmed, status };
}

/** Validates and stores the next state of an existing object; nothing is written when nothing changed. */
function commit(context: WriteContext, target: WriteTarget, live: KubeObject, next: JsonObject): KubeObject {
  const { resource, request } = target;
  const before = asJson(live);
  if (resource.generation && !jsonEqual(contentOf(resource, before), contentOf(resource, next))) {
    next['metadata'] = { ...metadataOf(next), generation: (live.metadata.generation ?? 0) + 1 };
  }
  validateObject(resource, next, before);
  if (sameButTimes(before, next) && !context.unsettled.has(live)) return live;
  if (request.dryRun) {
    next['metadata'] = { ...metadataOf(next), resourceVersion: live.metadata.resourceVersion };
    return asKubeObject(deepFreeze(next));
  }
  const key = objectKeyOf(target.namespace, live.metadata.name);
  const finished = metaText(next, 'deletionTimestamp') !== undefined && finalizersOf(next).length === 0 && !holdsNamespace(resource, next);
  if (finished) {
    const last = context.store.remove(resourceKey(resource.kind), key);
    context.notify(request, live, undefined);
    return last;
  }
  const stored = context.store.put(resourceKey(resource.kind), key, next);
  context.notify(request, live, stored);
  return stored;
}

/** A namespace that is going away stays until its `spec.finalizers` are gone. */
export function holdsNamespace(resource: Resource, object: Readonly<Record<string, unknown>>): boolean {
  if (resource.kind.plural !== 'namespaces' || resource.kind.group !== '') return false;
  const spec = object['spec'];
  return isObject(spec) && Array.isArray(spec['finalizers']) && spec['finalizers'].length > 0;
}

/** A change by the server itself (garbage collection, CRD conditions): stored without validation or ownership. */
export function writeInternally(
  context: WriteContext,
  request: SimRequest,
  resource: Resource,
  live: KubeObject,
  next: JsonObject,
): KubeObject {
  keepManagers(live, next);
  const target: WriteTarget = {
    request,
    resource,
    namespace: live.metadata.namespace,
    name: live.metadata.name,
    fieldManager: request.user.name,
    fieldValidation: 'Ignore',
  };
  return commit(context, target, live, next);
}
