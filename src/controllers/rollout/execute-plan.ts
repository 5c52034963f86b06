import { FIELD_MANAGER } from '../../api/field-manager.ts';
import { ANALYSIS_RUN, DEPLOYMENT, type KindDescriptor, REPLICA_SET, ROLLOUT, SERVICE } from '../../api/kinds.ts';
import { MANAGED_BY, POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { isConfigAction } from '../../core/plan/config-action.ts';
import type { Action } from '../../core/plan/plan.ts';
import { SluiceError } from '../../ports/errors.ts';
import { executeConfigAction } from './execute-config.ts';
import {
  calling,
  createNamed,
  type ExecutionContext,
  liveNamed,
  missingIsDone,
  type PatchBody,
  patchSeen as patch,
  refuseGoneOwner,
  removeSeen as remove,
  type Written,
} from './guarded-writes.ts';
import { refuseMissingPods } from './refuse-missing-pods.ts';
import { syncPodMetadata } from './sync-pod-metadata.ts';
import type { RouteAction } from './write-routes.ts';

/**
 * Executes one action; those on routes are the business of `writeRoutes`. Every write carries the uid and the resourceVersion that the decision depended on, so that a decision about an older view
 * fails with `conflict` instead of acting (R4). Throws `SluiceError`; the caller stops at the first.
 */
export async function executeAction(
  action: Exclude<Action, RouteAction | { type: 'evictPod' }>,
  context: ExecutionContext,
): Promise<Written> {
  if (isConfigAction(action)) return executeConfigAction(action, context);
  switch (action.type) {
    case 'createReplicaSet':
      return create(REPLICA_SET, action.object, context);
    case 'createAnalysisRun':
      return create(ANALYSIS_RUN, action.object, context);
    case 'adoptReplicaSet':
      return adopt(action, context);
    case 'releaseReplicaSet':
      return patch(REPLICA_SET, action.target, { metadata: { ownerReferences: action.ownerReferences } }, context);
    case 'scaleReplicaSet':
      return scaleReplicaSet(action, context);
    case 'annotateReplicaSet':
      return patch(
        REPLICA_SET,
        action.target,
        { ...marks(action.annotations), spec: { ...readiness(action.minReadySeconds), ...inTemplate(action.template) } },
        context,
      );
    case 'syncPodMetadata':
      return syncPodMetadata(action, context);
    case 'createService':
      return createService(action.object, context);
    case 'setServicePorts':
      return patch(SERVICE, action.target, { spec: { ports: action.ports } }, context);
    case 'setServiceSelector':
      return setServiceSelector(action, context);
    case 'releaseService':
      return releaseService(action, context);
    case 'scaleWorkload':
      return scaleWorkload(action, context);
    case 'setFinalizers':
      return setFinalizers(action, context);
    case 'terminateAnalysisRun':
      return patch(ANALYSIS_RUN, action.target, { spec: { terminate: true } }, context);
    case 'deleteReplicaSet':
      return remove(REPLICA_SET, action.target, context);
    case 'deleteAnalysisRun':
      return remove(ANALYSIS_RUN, action.target, context);
  }
}

function readiness(minReadySeconds: number | undefined): Readonly<Record<string, number>> {
  return minReadySeconds === undefined ? {} : { minReadySeconds };
}

function inTemplate(template: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  return template === undefined ? {} : { template };
}

function marks(annotations: Readonly<Record<string, string | null>> | undefined): Pick<PatchBody, 'metadata'> {
  return annotations === undefined ? {} : { metadata: { annotations } };
}

async function adopt(action: Extract<Action, { type: 'adoptReplicaSet' }>, context: ExecutionContext): Promise<Written> {
  await refuseGoneOwner(context, `${action.target.name} is not adopted`);
  const ownerReferences = [...action.ownerReferences, context.owner];
  return patch(REPLICA_SET, action.target, { metadata: { ownerReferences } }, context);
}

/** Says of an `already_exists` that the object is somebody else's. */
export const TAKEN = { taken: true } as const;

function scaleReplicaSet(action: Extract<Action, { type: 'scaleReplicaSet' }>, context: ExecutionContext): Promise<Written> {
  const spec = { replicas: action.to, ...inTemplate(action.template) };
  const write = (): Promise<Written> => patch(REPLICA_SET, action.target, { ...marks(action.annotations), spec }, context);
  return action.reliesOn === undefined ? write() : refuseMissingPods(action.reliesOn, context).then(write);
}

/** One that is there already is a success when it has the same owner. */
function create(kind: KindDescriptor, object: KubeObject, context: ExecutionContext): Promise<Written> {
  return createNamed(kind, object, context, async (cause) => {
    const { name } = object.metadata;
    const existing = await liveNamed(kind, name, context);
    if (existing === undefined) throw new SluiceError('conflict', `the ${kind.kind} ${name} is gone again`, { cause });
    if (existing.metadata.ownerReferences?.some((owner) => owner.uid === context.owner.uid) !== true) {
      throw new SluiceError('already_exists', `it exists and belongs to something else: rename or delete it`, { cause, details: TAKEN });
    }
    const label = object.metadata.labels?.[POD_TEMPLATE_HASH];
    if (existing.metadata.labels?.[POD_TEMPLATE_HASH] !== label) {
      throw new SluiceError('already_exists', `it exists without the label ${POD_TEMPLATE_HASH}=${label}: put it back, or delete it`, {
        cause,
      });
    }
    return { type: 'written', kind, object: existing };
  });
}

/** A Service that is there already is nobody's to take over: the decision is made anew once the cache shows it. */
function createService(object: KubeObject, context: ExecutionContext): Promise<Written> {
  return createNamed(SERVICE, object, context, (cause) =>
    Promise.reject(new SluiceError('conflict', `the Service ${object.metadata.name} exists by now`, { cause })),
  );
}

/** `spec.selector` is atomic, so it is written whole; server-side apply keeps the rest of the Service with its owners. One of the forced fields of design 3. */
async function setServiceSelector(action: Extract<Action, { type: 'setServiceSelector' }>, context: ExecutionContext): Promise<Written> {
  if (Object.keys(action.selector).length === 0) {
    throw new SluiceError('invariant', `refusing to give the Service ${action.target.name} an empty selector: it would select every Pod`);
  }
  const kept = Object.entries(action.annotations).filter((entry): entry is [string, string] => entry[1] !== null);
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: action.target.name,
      namespace: context.namespace,
      uid: action.target.uid,
      resourceVersion: action.target.resourceVersion,
      ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
    },
    spec: { selector: action.selector },
  };
  const applied = await context.cluster.apply(SERVICE, object, { ...calling(context), fieldManager: FIELD_MANAGER, force: true });
  return { type: 'written', kind: SERVICE, object: applied };
}

/** A merge patch hands the selector back as well: the claim of the former server-side apply on it ends with the change. */
async function releaseService(action: Extract<Action, { type: 'releaseService' }>, context: ExecutionContext): Promise<Written> {
  const annotations = { [MANAGED_BY]: null };
  const body = { metadata: { annotations }, ...(action.dropHash ? { spec: { selector: { [POD_TEMPLATE_HASH]: null } } } : {}) };
  return missingIsDone(SERVICE, action.target, patch(SERVICE, action.target, body, context));
}

/** Through the scale subresource: the one field of a Deployment that is ours to write, and for a time only. */
async function scaleWorkload({ target, to }: Extract<Action, { type: 'scaleWorkload' }>, context: ExecutionContext): Promise<Written> {
  const { name, uid, resourceVersion } = target;
  const metadata = { name, namespace: context.namespace, uid, resourceVersion };
  const scale: KubeObject = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: to } };
  const options = { ...calling(context), subresource: 'scale', fieldManager: FIELD_MANAGER } as const;
  return { type: 'written', kind: DEPLOYMENT, object: await context.cluster.update(DEPLOYMENT, scale, options) };
}

/** The list is atomic, so that it is written whole, under the version that was read. The last one that goes from a deleted Rollout takes it away. */
async function setFinalizers(action: Extract<Action, { type: 'setFinalizers' }>, context: ExecutionContext): Promise<Written> {
  const { target, finalizers } = action;
  const written = await missingIsDone(ROLLOUT, target, patch(ROLLOUT, target, { metadata: { finalizers } }, context));
  const gone = written.type === 'written' && written.object.metadata.deletionTimestamp !== undefined && finalizers.length === 0;
  return gone ? { type: 'removed', kind: ROLLOUT, target } : written;
}
