import type { CanaryStrategy } from '../../src/api/rollout.ts';

/** A canary by weights with two Services and a router, for the tiny world. */
export function routed(extra: Partial<CanaryStrategy> = {}): { readonly strategy: { readonly canary: CanaryStrategy } } {
  const canary: CanaryStrategy = {
    stableService: 'stable',
    canaryService: 'canary',
    trafficRouting: { gatewayAPI: {} },
    steps: [{ setWeight: 20 }, { pause: { duration: '1m' } }, { setWeight: 60 }, { pause: { duration: '1m' } }],
    ...extra,
  };
  return { strategy: { canary } };
}
