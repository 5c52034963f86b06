import { POD } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { listAll } from '../../kube/list-all.ts';
import { calling, type ExecutionContext } from './guarded-writes.ts';

/** The pods of a ReplicaSet that are not on their way out, read from the API server: pods are not cached. Throws `SluiceError`. */
export async function livePods(
  { uid, hash }: { readonly uid: string; readonly hash: string },
  context: ExecutionContext,
): Promise<readonly KubeObject[]> {
  const options = { ...calling(context), namespace: context.namespace, labelSelector: `${POD_TEMPLATE_HASH}=${hash}` };
  const { items } = await listAll(context.cluster, POD, options, (pod) => pod);
  return items.filter(({ metadata }) => {
    const ours = metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true;
    return ours && metadata.deletionTimestamp === undefined;
  });
}
