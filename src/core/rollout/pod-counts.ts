import type { RolloutStatus } from '../../api/rollout-status.ts';
import { activeSet } from './blue-green/place.ts';
import type { Context } from './context.ts';

type PodCounts = Required<Pick<RolloutStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'>> &
  Pick<RolloutStatus, 'blueGreen'>;

/**
 * Pods of all revisions as the ReplicaSets report them, and those of the live template. With blue-green, ready and available are those of the active
 * ReplicaSet (Argo Rollouts), and the available ones of the live template stand beside it, since they are what tells progress.
 */
export function podCounts(context: Context, status: RolloutStatus): PodCounts {
  const sets = context.observed.replicaSets.filter((set) => set.owned && set.hash !== undefined);
  const counted = activeSet(context);
  const sum = (key: 'replicas' | 'readyReplicas' | 'availableReplicas'): number => sets.reduce((total, set) => total + set[key], 0);
  return {
    replicas: sum('replicas'),
    updatedReplicas: context.current?.replicas ?? 0,
    readyReplicas: counted?.readyReplicas ?? sum('readyReplicas'),
    availableReplicas: counted?.availableReplicas ?? sum('availableReplicas'),
    ...(context.blueGreen === undefined
      ? {}
      : { blueGreen: { ...status.blueGreen, updatedAvailableReplicas: context.current?.availableReplicas ?? 0 } }),
  };
}
