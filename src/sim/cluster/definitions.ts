import { CUSTOM_RESOURCE_DEFINITION, NAMESPACE } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { formatInstant } from '../../api/time.ts';
import { memoByObject } from '../../core/identity/memo-by-object.ts';
import { SELF_SUBJECT_ACCESS_REVIEW } from './built-in-kinds.ts';
import { deleteObject } from './deletes.ts';
import { asJson, cloneJson, deepFreeze, isObject, type JsonObject, valueAt } from './json.ts';
import { metadataOf } from './object-meta.ts';
import { type Resource, resourceKey } from './resource.ts';
import type { Authorize, SimRequest, SimUser } from './sim-types.ts';
import { createObject, type WriteContext, type WriteTarget, writeInternally } from './writes.ts';

export const SYSTEM: SimUser = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

/** A write by the server itself. */
export function systemTarget(context: WriteContext, kind: Resource['kind'], name: string): WriteTarget {
  const request: SimRequest = { sequence: 0, verb: 'create', kind, name, user: SYSTEM, dryRun: false };
  return {
    request,
    resource: context.registry.resolve(kind),
    namespace: undefined,
    name,
    fieldManager: 'kube-apiserver',
    fieldValidation: 'Strict',
  };
}

/** Creates a namespace as the server's start does. */
export function createNamespace(context: WriteContext, name: string): void {
  createObject(context, systemTarget(context, NAMESPACE, name), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** Definitions are large and the same for many clusters: one copy of each that nobody can change is shared by all. */
const frozenCopy: (crd: KubeObject) => KubeObject = memoByObject((crd) => deepFreeze(cloneJson(crd)));

/**
 * Serves and stores a CustomResourceDefinition as the server's own write, without validation or ownership; one of the same name is replaced. Throws when a
 * schema or a rule of it cannot be served.
 */
export function installDefinition(context: WriteContext, crd: KubeObject): void {
  const copy = frozenCopy(crd);
  context.registry.install(copy);
  const { name } = crd.metadata;
  const { request, resource } = systemTarget(context, CUSTOM_RESOURCE_DEFINITION, name);
  const live = context.store.get(resourceKey(CUSTOM_RESOURCE_DEFINITION), name);
  if (live !== undefined) {
    writeInternally(context, request, resource, live, { ...asJson(copy), metadata: metadataOf(live) });
    return;
  }
  const metadata = { ...copy.metadata, uid: context.identity.uid(), creationTimestamp: formatInstant(context.clock.now()), generation: 1 };
  const { status: _status, ...content } = asJson(copy);
  context.notify(request, undefined, context.store.put(resourceKey(CUSTOM_RESOURCE_DEFINITION), name, { ...content, metadata }));
}

/** Keeps what is served in step with the stored definitions: conditions on creation, instances gone on deletion. */
export function followDefinitions(context: WriteContext): void {
  context.store.subscribe((event) => {
    if (event.resource !== resourceKey(CUSTOM_RESOURCE_DEFINITION)) return;
    if (event.type !== 'DELETED') {
      context.registry.install(event.object);
      if (event.type === 'ADDED') establish(context, event.object);
      return;
    }
    const instances = context.registry.all().find((resource) => isDefinedBy(resource, event.object));
    if (instances === undefined) return;
    for (const [, object] of context.store.list(resourceKey(instances.kind))) removeInstance(context, instances, object);
    context.registry.uninstall(event.object);
  });
}

function isDefinedBy(resource: Resource, crd: KubeObject): boolean {
  return resource.custom && crd.metadata.name === `${resource.kind.plural}.${resource.kind.group}`;
}

function removeInstance(context: WriteContext, resource: Resource, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  const request: SimRequest = { sequence: 0, verb: 'delete', kind: resource.kind, name, user: SYSTEM, dryRun: false };
  deleteObject(context, { request, resource, namespace, name, fieldManager: '', fieldValidation: 'Ignore' }, {});
}

function establish(context: WriteContext, crd: KubeObject): void {
  const now = formatInstant(context.clock.now());
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  });
  queueMicrotask(() => {
    const key = resourceKey(CUSTOM_RESOURCE_DEFINITION);
    const live = context.store.get(key, crd.metadata.name);
    if (live === undefined || valueAt(live, ['status', 'conditions']) !== undefined) return;
    const next = { ...asJson(live) };
    const versions = valueAt(live, ['spec', 'versions']);
    next['status'] = {
      acceptedNames: valueAt(live, ['spec', 'names']),
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      storedVersions: Array.isArray(versions)
        ? versions.filter((v) => isObject(v) && v['storage'] === true).map((v: JsonObject) => v['name'])
        : [],
    };
    const target = systemTarget(context, CUSTOM_RESOURCE_DEFINITION, live.metadata.name);
    writeInternally(context, { ...target.request, verb: 'update', subresource: 'status' }, target.resource, live, next);
  });
}

function text(attributes: unknown, key: string): string {
  const value = isObject(attributes) ? attributes[key] : undefined;
  return typeof value === 'string' ? value : '';
}

/** Answers a SelfSubjectAccessReview: what the authorizer says of the request described, sent by this user. */
export function reviewAccess(
  context: WriteContext,
  authorize: Authorize | undefined,
  request: SimRequest,
  object: Readonly<Record<string, unknown>>,
): KubeObject {
  const attributes = valueAt(object, ['spec', 'resourceAttributes']);
  const plural = text(attributes, 'resource');
  const group = text(attributes, 'group');
  const known = context.registry.all().find((resource) => resource.kind.plural === plural && resource.kind.group === group);
  const kind = known?.kind ?? { group, version: text(attributes, 'version'), kind: plural, plural, namespaced: true };
  const namespace = text(attributes, 'namespace');
  const name = text(attributes, 'name');
  const subresource = text(attributes, 'subresource');
  const asked: SimRequest = {
    sequence: request.sequence,
    // RBAC compares verbs as words: custom ones such as `promote` pass through.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an authorizer only compares it
    verb: text(attributes, 'verb') as SimRequest['verb'],
    kind,
    ...(namespace === '' ? {} : { namespace }),
    ...(name === '' ? {} : { name }),
    ...(subresource === '' ? {} : { subresource }),
    user: request.user,
    dryRun: false,
  };
  const refused = authorize?.(asked);
  const status = refused === undefined ? { allowed: true } : { allowed: false, reason: refused };
  const { kind: reviewKind } = SELF_SUBJECT_ACCESS_REVIEW;
  return deepFreeze<KubeObject>({
    apiVersion: 'authorization.k8s.io/v1',
    kind: reviewKind,
    metadata: { name: '' },
    spec: object['spec'],
    status,
  });
}
