import type { KubeObject } from '../../api/metadata.ts';
import { deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from './deletes.ts';
import { asJson, cloneJson, type JsonObject } from './json.ts';
import { finalizersOf, metadataOf } from './object-meta.ts';
import { type Resource, resourceKey } from './resource.ts';
import type { SimRequest, SimUser } from './sim-types.ts';
import type { StoreEvent } from './store.ts';
import { type WriteContext, type WriteTarget, writeInternally } from './writes.ts';

const COLLECTOR: SimUser = {
  name: 'system:serviceaccount:kube-system:generic-garbage-collector',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
};

interface Stored {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** Deletes what lost its owners and what stood in a deleted namespace or of a deleted kind, in microtasks after the write that caused it. */
export function startGarbageCollector(context: WriteContext): void {
  const byUid = new Map<string, Stored>();
  const dependents = new Map<string, Set<string>>();
  const dirty = new Set<string>();
  let scheduled = false;

  const link = (object: KubeObject, add: boolean): void => {
    const { uid = '' } = object.metadata;
    for (const owner of object.metadata.ownerReferences ?? []) {
      const set = dependents.get(owner.uid) ?? new Set<string>();
      if (add) set.add(uid);
      else set.delete(uid);
      if (set.size === 0) dependents.delete(owner.uid);
      else dependents.set(owner.uid, set);
    }
  };
  const touch = (uid: string): void => {
    dirty.add(uid);
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(drain);
  };
  const drain = (): void => {
    scheduled = false;
    const work = [...dirty];
    dirty.clear();
    for (const uid of work) {
      const stored = byUid.get(uid);
      if (stored !== undefined) collect(context, stored, byUid, dependents.get(uid) ?? new Set());
    }
  };
  const remember = (event: StoreEvent): void => {
    const { object, previous } = event;
    const { uid = '' } = object.metadata;
    if (previous !== undefined) link(previous, false);
    if (event.type === 'DELETED') byUid.delete(uid);
    else {
      link(object, true);
      const resource = context.registry.all().find((candidate) => resourceKey(candidate.kind) === event.resource);
      if (resource !== undefined) byUid.set(uid, { resource, object });
      if (needsLook(object)) touch(uid);
    }
    for (const dependent of dependents.get(uid) ?? []) touch(dependent);
    for (const owner of previous?.metadata.ownerReferences ?? []) touch(owner.uid);
    const space = namespaceOf(context, object);
    if (space?.metadata.deletionTimestamp !== undefined) touch(space.metadata.uid ?? '');
  };
  context.store.subscribe(remember);
}

function namespaceOf(context: WriteContext, object: KubeObject): KubeObject | undefined {
  const { namespace } = object.metadata;
  return namespace === undefined ? undefined : context.store.get('/namespaces', namespace);
}

function needsLook(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined || (object.metadata.ownerReferences ?? []).length > 0;
}

function requestFor(stored: Stored, verb: SimRequest['verb']): SimRequest {
  const { namespace, name } = stored.object.metadata;
  return {
    sequence: 0,
    verb,
    kind: stored.resource.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    user: COLLECTOR,
    dryRun: false,
  };
}

function remove(context: WriteContext, stored: Stored, foreground = false): void {
  const { namespace, name, uid } = stored.object.metadata;
  if (stored.object.metadata.deletionTimestamp !== undefined) return;
  const request = requestFor(stored, 'delete');
  const target: WriteTarget = { request, resource: stored.resource, namespace, name, fieldManager: '', fieldValidation: 'Ignore' };
  deleteObject(context, target, { preconditions: { uid }, ...(foreground ? { propagation: 'Foreground' } : {}) });
}

function edit(context: WriteContext, stored: Stored, change: (metadata: JsonObject) => void): void {
  const next = cloneJson(asJson(stored.object));
  const metadata = { ...metadataOf(next) };
  change(metadata);
  next['metadata'] = metadata;
  writeInternally(context, requestFor(stored, 'patch'), stored.resource, stored.object, next);
}

function dropFinalizer(context: WriteContext, stored: Stored, finalizer: string): void {
  edit(context, stored, (metadata) => {
    metadata['finalizers'] = finalizersOf(stored.object).filter((item) => item !== finalizer);
  });
}

function collect(context: WriteContext, stored: Stored, byUid: ReadonlyMap<string, Stored>, dependents: ReadonlySet<string>): void {
  const { object } = stored;
  const children = [...dependents].flatMap((uid) => byUid.get(uid) ?? []);
  if (object.metadata.deletionTimestamp !== undefined) {
    const finalizers = finalizersOf(object);
    if (finalizers.includes(ORPHAN_FINALIZER)) return orphan(context, stored, children);
    if (finalizers.includes(FOREGROUND_FINALIZER)) foreground(context, stored, children);
    if (stored.resource.kind.plural === 'namespaces') emptyNamespace(context, stored);
    return;
  }
  collectDangling(context, stored, byUid);
}

/** Owners of another namespace do not count: the reference is as good as broken. */
function collectDangling(context: WriteContext, stored: Stored, byUid: ReadonlyMap<string, Stored>): void {
  const owners = stored.object.metadata.ownerReferences ?? [];
  const isThere = (uid: string): boolean => {
    const owner = byUid.get(uid)?.object;
    return owner !== undefined && (owner.metadata.namespace === undefined || owner.metadata.namespace === stored.object.metadata.namespace);
  };
  const gone = owners.filter((owner) => !isThere(owner.uid));
  if (gone.length === 0) return;
  if (gone.length === owners.length) return remove(context, stored);
  edit(context, stored, (metadata) => {
    metadata['ownerReferences'] = owners.filter((owner) => isThere(owner.uid));
  });
}

function orphan(context: WriteContext, stored: Stored, children: readonly Stored[]): void {
  for (const child of children) {
    edit(context, child, (metadata) => {
      metadata['ownerReferences'] = (child.object.metadata.ownerReferences ?? []).filter(
        (owner) => owner.uid !== stored.object.metadata.uid,
      );
    });
  }
  dropFinalizer(context, stored, ORPHAN_FINALIZER);
}

/** Dependents first; those that block keep the owner until they are gone. */
function foreground(context: WriteContext, stored: Stored, children: readonly Stored[]): void {
  const blocking = children.filter((child) =>
    child.object.metadata.ownerReferences?.some((owner) => owner.uid === stored.object.metadata.uid && owner.blockOwnerDeletion === true),
  );
  for (const child of children) remove(context, child, blocking.includes(child));
  const left = blocking.filter((child) => context.store.get(resourceKey(child.resource.kind), keyOf(child.object)) !== undefined);
  if (left.length === 0) dropFinalizer(context, stored, FOREGROUND_FINALIZER);
}

function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function emptyNamespace(context: WriteContext, stored: Stored): void {
  const { name } = stored.object.metadata;
  const content = context.registry.all().flatMap((resource) => {
    if (!resource.kind.namespaced) return [];
    const objects = context.store.list(resourceKey(resource.kind)).map(([, object]) => object);
    return objects.filter((object) => object.metadata.namespace === name).map((object): Stored => ({ resource, object }));
  });
  for (const item of content) remove(context, item);
  const left = content.some((item) => context.store.get(resourceKey(item.resource.kind), keyOf(item.object)) !== undefined);
  if (left) return;
  const next = cloneJson(asJson(stored.object));
  next['spec'] = {};
  writeInternally(context, requestFor(stored, 'update'), stored.resource, stored.object, next);
}
