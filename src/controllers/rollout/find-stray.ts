import { REPLICA_SET } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { ObservedRollout, StrayReplicaSet } from '../../core/rollout/observed.ts';
import { lostStable } from '../../core/rollout/stray-set.ts';
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
 * The stable revision's ReplicaSet when it is there and the caches do not show it as ours: they hold what has our label, by owner. Asks the API server, and
 * only while none of ours is of that revision. Throws `conflict` when the caches are merely late.
 */
export async function findStray(observed: ObservedRollout, cluster: Cluster, signal: AbortSignal): Promise<StrayReplicaSet | undefined> {
  const name = lostStable(observed);
  if (name === undefined) return undefined;
  const { namespace = '', uid } = observed.rollout.metadata;
  const live = await cluster.get(REPLICA_SET, { namespace, name }, { signal });
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return undefined;
  return strayOf(live, uid);
}
