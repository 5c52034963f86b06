import { POD } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { Relied } from '../../core/plan/plan.ts';
import { listAll } from '../../kube/list-all.ts';
import { toPodView } from '../../observe/pod-view.ts';
import { SluiceError } from '../../ports/errors.ts';
import { calling, type ExecutionContext } from './guarded-writes.ts';

/** Looks at the pods themselves before others go for their sake. Throws `conflict` when fewer serve than their ReplicaSet says. */
export async function refuseMissingPods(relied: readonly Relied[], context: ExecutionContext): Promise<void> {
  for (const { uid, name, hash, pods } of relied) {
    const options = { namespace: context.namespace, labelSelector: `${POD_TEMPLATE_HASH}=${hash}`, ...calling(context) };
    const { items } = await listAll(context.cluster, POD, options, toPodView);
    const serving = items.filter((pod) => pod?.ownerUid === uid && !pod.deleting && pod.readySince !== undefined).length;
    if (serving < pods)
      throw new SluiceError('conflict', `ReplicaSet ${name} says that ${pods} pods serve, and ${serving} do: its count is late`);
  }
}
