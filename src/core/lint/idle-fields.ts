import type { FieldProblem } from '../../api/field-problem.ts';
import type { Rollout } from '../../api/rollout.ts';
import { problemAt } from './problem-at.ts';

/** What Argo Rollouts takes without `trafficRouting` too, where it does nothing; it refuses the other fields that need it. */
const ROUTING_ONLY = ['scaleDownDelayRevisionLimit', 'abortScaleDownDelaySeconds', 'minPodsPerReplicaSet'] as const;

/** Fields that are in order and do nothing as the Rollout stands: to be said, never to be refused, since they have a meaning again with the next edit. */
export function idleFields(rollout: Rollout): readonly FieldProblem[] {
  const { canary } = rollout.spec.strategy;
  if (canary === undefined || canary.trafficRouting !== undefined) return [];
  return ROUTING_ONLY.filter((member) => canary[member] !== undefined).map((member) =>
    problemAt(`spec.strategy.canary.${member}`, canary[member], 'does nothing without trafficRouting', 'remove it'),
  );
}
