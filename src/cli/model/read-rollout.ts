import { ANALYSIS_RUN, POD, REPLICA_SET, ROLLOUT } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { listAll } from '../../kube/list-all.ts';
import type { Cluster, ListOptions, ObjectRef, ResourceKind } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { refused } from '../cli-error.ts';
import type { RolloutObjects } from './rollout-view.ts';

/** The Rollout, or an error that says how to find the right name. */
export async function getRollout(cluster: Cluster, ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject> {
  const object = await cluster.get(ROLLOUT, ref, { signal });
  if (object === undefined) throw rolloutNotFound(ref);
  return object;
}

/** What every command says when there is no such Rollout. */
export function rolloutNotFound(ref: ObjectRef): Error {
  return refused(
    `rollout "${ref.name}" not found in namespace "${ref.namespace ?? ''}"`,
    `kubectl sluice list rollouts -n ${ref.namespace ?? ''} shows what is there, -A looks in all namespaces`,
  );
}

/** The Rollout with its ReplicaSets, AnalysisRuns and Pods. Pods are left out when the person may not list them. */
export async function readRolloutObjects(cluster: Cluster, ref: ObjectRef, signal?: AbortSignal): Promise<RolloutObjects> {
  const rollout = await getRollout(cluster, ref, signal);
  return { rollout, ...(await readBelongings(cluster, ref, signal)) };
}

/** What hangs on Rollouts of a namespace: everything with a revision's hash; the owner is checked by the view. */
async function readBelongings(cluster: Cluster, ref: ObjectRef, signal?: AbortSignal): Promise<Omit<RolloutObjects, 'rollout'>> {
  const options: ListOptions = { namespace: ref.namespace, labelSelector: POD_TEMPLATE_HASH, signal };
  const [replicaSets, runs, pods] = await Promise.all([
    listObjects(cluster, REPLICA_SET, options),
    listObjects(cluster, ANALYSIS_RUN, options),
    listObjects(cluster, POD, options).catch((error: unknown) => {
      if (isSluiceError(error, 'forbidden')) return [];
      throw error;
    }),
  ]);
  return { replicaSets, runs, pods };
}

/** Every object of a list. */
export async function listObjects(
  cluster: Pick<Cluster, 'list'>,
  kind: ResourceKind,
  options: ListOptions,
): Promise<readonly KubeObject[]> {
  return (await listAll(cluster, kind, options, (object) => object)).items;
}
