import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import type { Target } from '../replicas.ts';

/** Pods that a revision has more while its old ones are replaced; 0 for every other revision. */
export function surgeOf(status: RolloutStatus, hash: string | undefined): number {
  const { restart } = status;
  return restart?.podTemplateHash !== undefined && restart.podTemplateHash === hash ? (restart.surge ?? 0) : 0;
}

/** The wanted sizes with what a restart adds; the live template's side is `canary`, also when it is stable. */
export function withSurge(context: Context, status: RolloutStatus, target: Target): Target {
  const stable = underTest(context, status) && target.stable > 0 ? surgeOf(status, status.stableRS) : 0;
  const canary = target.canary > 0 ? surgeOf(status, context.hash) : 0;
  return stable + canary === 0 ? target : { canary: target.canary + canary, stable: target.stable + stable };
}
