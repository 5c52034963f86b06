import { REPLICA_SET } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject, ObjectMeta } from '../../api/metadata.ts';
import type { StrayReplicaSet } from '../../core/rollout/observed.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { SluiceError } from '../../ports/errors.ts';

function strayOf({ metadata }: KubeObject, uid: string | undefined): StrayReplicaSet {
  const { name } = metadata;
  const owner = metadata.ownerReferences?.find((one) => one.controller === true);
  if (owner !== undefined && owner.uid !== uid) {
    const remedy = `take that owner away, and it is adopted again; or delete it once something else serves`;
    return { name, trouble: `belongs to ${owner.kind} ${owner.name}`, remedy };
  }
  // Ours by every word: only the cache is late.
  if (metadata.labels?.[POD_TEMPLATE_HASH] !== undefined) throw new SluiceError('conflict', `the ReplicaSet ${name} is not seen yet`);
  return {
    name,
    trouble: `has lost the label ${POD_TEMPLATE_HASH}`,
    remedy: 'put the label back: it is the end of the name; or delete it',
  };
}

/**
 * The stable revision's ReplicaSet, by the name that `lostStable` gives, when it is there and the caches do not show it as that of the Rollout `owner`: they hold what has
 * our label, by owner. Asks the API server. Throws `conflict` when the caches are merely late.
 */
export async function findStray(
  name: string,
  owner: ObjectMeta,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<StrayReplicaSet | undefined> {
  const live = await cluster.get(REPLICA_SET, { namespace: owner.namespace, name }, { signal });
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return undefined;
  return strayOf(live, owner.uid);
}
