import type { Condition } from '../../api/conditions.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { deepEqual } from '../identity/deep-equal.ts';

/** Numbers of pods, and the words that tell them: they change with every pod, and nobody decides by them. */
const LAZY = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'HPAReplicas', 'message'] as const;

function without(condition: Condition): unknown {
  const { message: _message, lastUpdateTime: _time, reason, ...rest } = condition;
  // Which of its pods a release waits for is no other state of it.
  return condition.type === 'Progressing' && condition.status === 'True' ? rest : { ...rest, reason };
}

/** Progress moves its deadline with every pod. */
function withoutProgress(deadlines: RolloutStatus['deadlines']): unknown {
  const { progress: _progress, ...rest } = deadlines ?? {};
  return rest;
}

/** A status without what may wait. */
function core(status: RolloutStatus): unknown {
  const rest: Record<string, unknown> = { ...status };
  for (const field of LAZY) Reflect.deleteProperty(rest, field);
  // A restart is counted in pods.
  const restart = { ...status.restart, left: undefined };
  return { ...rest, restart, deadlines: withoutProgress(status.deadlines), conditions: status.conditions?.map(without) };
}

/**
 * Whether a status has to be written at once. One that differs in numbers of pods and their words alone may wait a moment for the next change, so that ten
 * pods that come up cost one write and not ten.
 */
export function isUrgent(before: RolloutStatus | undefined, next: RolloutStatus): boolean {
  return before === undefined || !deepEqual(core(before), core(next));
}
