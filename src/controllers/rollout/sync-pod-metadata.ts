import { FIELD_MANAGER } from '../../api/field-manager.ts';
import { POD, REPLICA_SET } from '../../api/kinds.ts';
import { POD_METADATA_PENDING } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Action } from '../../core/plan/plan.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { calling, type ExecutionContext, patchSeen, type Written } from './guarded-writes.ts';
import { livePods } from './live-pods.ts';

type Sync = Extract<Action, { type: 'syncPodMetadata' }>;
type Changes = Readonly<Record<string, string | null>>;

function missing(changes: Changes, has: Readonly<Record<string, string>> | undefined): Changes {
  return Object.fromEntries(Object.entries(changes).filter(([name, value]) => (has?.[name] ?? null) !== value));
}

/** What this pod lacks; undefined when it lacks nothing. */
function lacks(action: Sync, pod: KubeObject): { readonly labels: Changes; readonly annotations: Changes } | undefined {
  const labels = missing(action.labels, pod.metadata.labels);
  const annotations = missing(action.annotations, pod.metadata.annotations);
  return Object.keys(labels).length + Object.keys(annotations).length === 0 ? undefined : { labels, annotations };
}

/** By uid alone: a pod's status changes all the time, and its labels are merged. One that is gone, or that the API server refuses, holds nothing up. */
async function patchPod(action: Sync, pod: KubeObject, context: ExecutionContext): Promise<boolean> {
  const { namespace, name, uid } = pod.metadata;
  const body = { metadata: { uid, ...lacks(action, pod) } };
  try {
    await context.cluster.patch(POD, { namespace, name }, { type: 'merge', body }, { ...calling(context), fieldManager: FIELD_MANAGER });
    return true;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return false;
  }
}

/** Whether every live pod follows now; false as well when they cannot be read. */
async function follow(action: Sync, context: ExecutionContext): Promise<boolean> {
  let behind: readonly KubeObject[];
  try {
    behind = (await livePods({ uid: action.target.uid, hash: action.hash }, context)).filter((pod) => lacks(action, pod) !== undefined);
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return false;
  }
  let patched = 0;
  for (const pod of behind.slice(0, action.limit)) patched += (await patchPod(action, pod, context)) ? 1 : 0;
  return patched === behind.length;
}

/** Pods are read from the API server, not from a cache: a fleet has tens of thousands, and they matter only while they have to follow. */
export async function syncPodMetadata(action: Sync, context: ExecutionContext): Promise<Written> {
  const done = (await follow(action, context)) && action.last;
  if (!done) return { type: 'nothing' };
  return patchSeen(REPLICA_SET, action.target, { metadata: { annotations: { [POD_METADATA_PENDING]: null } } }, context);
}
