import type { KubeObject } from '../../api/metadata.ts';
import { formatInstant } from '../../api/time.ts';
import type { DeleteOptions } from '../../ports/cluster.ts';
import { conflict, notFound } from './api-error.ts';
import { asJson, cloneJson, type JsonObject } from './json.ts';
import { finalizersOf, metadataOf } from './object-meta.ts';
import { resourceKey } from './resource.ts';
import { holdsNamespace, objectKeyOf, type WriteContext, type WriteTarget } from './writes.ts';

export const ORPHAN_FINALIZER = 'orphan';
export const FOREGROUND_FINALIZER = 'foregroundDeletion';

function assertPreconditions(target: WriteTarget, live: KubeObject, preconditions: DeleteOptions['preconditions']): void {
  const { uid, resourceVersion } = preconditions ?? {};
  const { name } = live.metadata;
  if (uid !== undefined && uid !== live.metadata.uid) {
    throw conflict(
      target.resource.kind,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
    const found = live.metadata.resourceVersion ?? '';
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${found}`;
    throw conflict(target.resource.kind, name, why);
  }
}

function finalizersFor(live: KubeObject, propagation: DeleteOptions['propagation']): readonly string[] {
  const kept = finalizersOf(live).filter(
    (finalizer) => propagation === undefined || (finalizer !== ORPHAN_FINALIZER && finalizer !== FOREGROUND_FINALIZER),
  );
  if (propagation === 'Orphan') return [...kept, ORPHAN_FINALIZER];
  if (propagation === 'Foreground') return [...kept, FOREGROUND_FINALIZER];
  return kept;
}

/** DELETE: the object goes at once, or is marked when finalizers hold it. The result is its last (or marked) state. */
export function deleteObject(context: WriteContext, target: WriteTarget, options: DeleteOptions): KubeObject {
  const resource = resourceKey(target.resource.kind);
  const key = objectKeyOf(target.namespace, target.name ?? '');
  const live = context.store.get(resource, key);
  if (live === undefined) throw notFound(target.resource.kind, target.name ?? '');
  assertPreconditions(target, live, options.preconditions);
  const finalizers = finalizersFor(live, options.propagation);
  const next = marked(context, target, live, finalizers);
  if (target.request.dryRun) return live;
  if (finalizers.length === 0 && !holdsNamespace(target.resource, live)) {
    const last = context.store.remove(resource, key);
    context.notify(target.request, live, undefined);
    return last;
  }
  if (live.metadata.deletionTimestamp !== undefined && finalizers.length === finalizersOf(live).length) return live;
  const stored = context.store.put(resource, key, next);
  context.notify(target.request, live, stored);
  return stored;
}

function marked(context: WriteContext, target: WriteTarget, live: KubeObject, finalizers: readonly string[]): JsonObject {
  const next = cloneJson(asJson(live));
  const first = live.metadata.deletionTimestamp === undefined;
  const { finalizers: _finalizers, ...metadata } = metadataOf(next);
  next['metadata'] = {
    ...metadata,
    ...(finalizers.length === 0 ? {} : { finalizers }),
    deletionTimestamp: live.metadata.deletionTimestamp ?? formatInstant(context.clock.now()),
    deletionGracePeriodSeconds: 0,
    ...(first && live.metadata.generation !== undefined ? { generation: live.metadata.generation + 1 } : {}),
  };
  if (holdsNamespace(target.resource, live)) next['status'] = { phase: 'Terminating' };
  return next;
}
