import type { RolloutStatus } from '../../../api/rollout-status.ts';

/** `status.canary` for a revision that starts: which of ping and pong is stable belongs to the traffic, not to a revision. */
export function keptParts(status: RolloutStatus): RolloutStatus['canary'] {
  const stablePingPong = status.canary?.stablePingPong;
  return stablePingPong === undefined ? undefined : { stablePingPong };
}
