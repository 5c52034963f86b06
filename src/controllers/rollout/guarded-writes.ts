import { FIELD_MANAGER } from '../../api/field-manager.ts';
import { type KindDescriptor, ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject, OwnerReference } from '../../api/metadata.ts';
import type { Seen } from '../../core/plan/seen.ts';
import type { CallOptions, Cluster } from '../../ports/cluster.ts';
import { isSluiceError, SluiceError } from '../../ports/errors.ts';

/** What was written, so that the caller can wait until its caches have caught up (KEP-5647). */
export type Written =
  | { readonly type: 'written'; readonly kind: KindDescriptor; readonly object: KubeObject }
  | { readonly type: 'removed'; readonly kind: KindDescriptor; readonly target: Seen }
  /** Nothing that a cache shows. */
  | { readonly type: 'nothing' };

export interface ExecutionContext {
  readonly cluster: Cluster;
  readonly namespace: string;
  /** The Rollout as the owner of what is created or adopted. */
  readonly owner: OwnerReference;
  readonly signal: AbortSignal;
  /** The Rollout as the API server holds it, whatever the caches say; read once for a whole plan. */
  readonly liveOwner: () => Promise<KubeObject | undefined>;
}

/** The context in which one plan is executed. */
export function executionContext(of: Omit<ExecutionContext, 'liveOwner'>): ExecutionContext {
  let live: Promise<KubeObject | undefined> | undefined;
  const read = (): Promise<KubeObject | undefined> =>
    of.cluster.get(ROLLOUT, { namespace: of.namespace, name: of.owner.name }, { signal: of.signal });
  return { ...of, liveOwner: () => (live ??= read()) };
}

export interface PatchBody {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What every call carries. */
export function calling(context: ExecutionContext): CallOptions {
  return { signal: context.signal };
}

/** A merge patch of exactly the version that the decision depended on. */
export async function patchSeen(kind: KindDescriptor, target: Seen, body: PatchBody, context: ExecutionContext): Promise<Written> {
  const guarded = { ...body, metadata: { ...body.metadata, uid: target.uid, resourceVersion: target.resourceVersion } };
  const ref = { namespace: context.namespace, name: target.name };
  const options = { ...calling(context), fieldManager: FIELD_MANAGER };
  return { type: 'written', kind, object: await context.cluster.patch(kind, ref, { type: 'merge', body: guarded }, options) };
}

/**
 * The cache may be late: for a Rollout that is deleted by now, or another of its name, nothing is made or taken over. The garbage collector would remove it, and
 * the next look of the late cache would make it again. Throws `conflict`, with what is `left` undone.
 */
export async function refuseGoneOwner({ owner, liveOwner }: ExecutionContext, left: string): Promise<void> {
  const live = await liveOwner();
  if (live?.metadata.uid === owner.uid && live.metadata.deletionTimestamp === undefined) return;
  throw new SluiceError('conflict', `the Rollout ${owner.name} is deleted: ${left}`);
}

/**
 * Creates an object. Names are derived, so a repeated plan meets its own work, or somebody else's object: `existing` says what that means, given the error.
 */
export async function createNamed(
  kind: KindDescriptor,
  object: KubeObject,
  context: ExecutionContext,
  existing: (cause: SluiceError) => Promise<Written>,
): Promise<Written> {
  await refuseGoneOwner(context, `the ${kind.kind} ${object.metadata.name} is not made`);
  try {
    const created = await context.cluster.create(kind, object, { ...calling(context), fieldManager: FIELD_MANAGER });
    return { type: 'written', kind, object: created };
  } catch (error) {
    if (!isSluiceError(error, 'already_exists')) throw error;
    return existing(error);
  }
}

/** The object of this name as it is now. */
export async function liveNamed(kind: KindDescriptor, name: string, context: ExecutionContext): Promise<KubeObject | undefined> {
  return context.cluster.get(kind, { namespace: context.namespace, name }, calling(context));
}

/** Deletes exactly the version that the decision depended on; one that is gone already is done. */
export async function removeSeen(kind: KindDescriptor, target: Seen, context: ExecutionContext): Promise<Written> {
  const removal = context.cluster.remove(
    kind,
    { namespace: context.namespace, name: target.name },
    {
      ...calling(context),
      preconditions: { uid: target.uid, resourceVersion: target.resourceVersion },
      propagation: 'Background',
    },
  );
  return missingIsDone(
    kind,
    target,
    removal.then(() => ({ type: 'removed', kind, target })),
  );
}

/** A write to an object that is gone has nothing left to do. */
export async function missingIsDone(kind: KindDescriptor, target: Seen, write: Promise<Written>): Promise<Written> {
  try {
    return await write;
  } catch (error) {
    if (!isSluiceError(error, 'not_found')) throw error;
    return { type: 'removed', kind, target };
  }
}
