import type { Relied } from '../../core/plan/plan.ts';
import { toPodView } from '../../observe/pod-view.ts';
import { SluiceError } from '../../ports/errors.ts';
import type { ExecutionContext } from './guarded-writes.ts';
import { livePods } from './live-pods.ts';

/** Looks at the pods themselves before others go for their sake. Throws `conflict` when fewer serve than their ReplicaSet says. */
export async function refuseMissingPods(relied: readonly Relied[], context: ExecutionContext): Promise<void> {
  for (const set of relied) {
    const serving = (await livePods(set, context)).filter((pod) => toPodView(pod)?.readySince !== undefined).length;
    if (serving < set.pods)
      throw new SluiceError('conflict', `ReplicaSet ${set.name} says that ${set.pods} pods serve, and ${serving} do: its count is late`);
  }
}
