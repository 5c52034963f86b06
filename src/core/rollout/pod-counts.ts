import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Context } from './context.ts';

type PodCounts = Required<Pick<RolloutStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'>>;

/** Pods of all revisions as the ReplicaSets report them, and those of the live template. */
export function podCounts(context: Context): PodCounts {
  const sets = context.observed.replicaSets.filter((set) => set.owned && set.hash !== undefined);
  const sum = (key: 'replicas' | 'readyReplicas' | 'availableReplicas'): number => sets.reduce((total, set) => total + set[key], 0);
  return {
    replicas: sum('replicas'),
    updatedReplicas: context.current?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: sum('availableReplicas'),
  };
}
