import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Context, underTest } from './context.ts';
import { isFrozen } from './frozen.ts';
import { isPausedFor } from './pauses.ts';
import { pastSteps } from './step-weight.ts';

/**
 * The revision under test keeps the share that it has, because a person paused or a breach froze what no step bounds: its beginning, before it has a pod, and
 * the way to full size after the last step, or without any. At a step the weight of that step is kept, whatever the size of the whole.
 */
export function keepsShare(context: Context, status: RolloutStatus): boolean {
  if (!underTest(context, status) || status.abort === true || status.promoteFull === true) return false;
  const paused = context.rollout.spec.paused === true || isPausedFor(status, 'UserRequest');
  if (!paused && !isFrozen(context, status)) return false;
  const { current } = context;
  const hasPods = current !== undefined && current.specReplicas + current.replicas > 0;
  return !hasPods || pastSteps(context, status);
}

/** The pods that the revision under test has already, as far as `replicas` allows. */
export function keptPods({ current, limits }: Context): number {
  return Math.min(current?.specReplicas ?? 0, limits.replicas);
}
