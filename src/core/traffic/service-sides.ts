import type { CanaryStrategy } from '../../api/rollout.ts';

/** The Services of the two sides of the traffic; without one where routes tell revisions apart by subsets. */
export interface ServiceSides {
  readonly stable: string | undefined;
  readonly canary: string | undefined;
}

/**
 * The Services by the part that they play now. With ping-pong the ping Service is stable's until a promotion makes pong it, and so on in turn: `part` is what
 * `status.canary.stablePingPong` says.
 */
export function serviceSides({ pingPong, stableService, canaryService }: CanaryStrategy, part: 'ping' | 'pong' | undefined): ServiceSides {
  if (pingPong === undefined) return { stable: stableService, canary: canaryService };
  const { pingService, pongService } = pingPong;
  return part === 'pong' ? { stable: pongService, canary: pingService } : { stable: pingService, canary: pongService };
}
