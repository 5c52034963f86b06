import type { CanaryStrategy } from '../../api/rollout.ts';

/** The whole of the traffic: weights are percentages unless `maxTrafficWeight` says otherwise (argo-rollouts 1.5). */
export function maxTrafficWeight(canary: CanaryStrategy | undefined): number {
  return canary?.trafficRouting?.maxTrafficWeight ?? 100;
}
