import type { CanaryStrategy } from '../../api/rollout.ts';
import type { ROUTERS } from '../../api/rollout-traffic.ts';

/** Whether the strategy uses one of these traffic routers. */
export function hasRouter(canary: CanaryStrategy, ...routers: readonly (typeof ROUTERS)[number][]): boolean {
  return routers.some((router) => canary.trafficRouting?.[router] !== undefined);
}
