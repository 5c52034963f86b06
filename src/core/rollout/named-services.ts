import type { Rollout } from '../../api/rollout.ts';

/** Every Service that the strategy names, by its field as kubectl prints it. Whoever looks at Services asks here, so that none is forgotten. */
export function namedServices({ spec }: Rollout): readonly (readonly [field: string, name: string])[] {
  const { canary, blueGreen } = spec.strategy;
  const named: (readonly [string, string | undefined])[] = [
    ['spec.strategy.canary.stableService', canary?.stableService],
    ['spec.strategy.canary.canaryService', canary?.canaryService],
    ['spec.strategy.canary.pingPong.pingService', canary?.pingPong?.pingService],
    ['spec.strategy.canary.pingPong.pongService', canary?.pingPong?.pongService],
    ['spec.strategy.blueGreen.activeService', blueGreen?.activeService],
    ['spec.strategy.blueGreen.previewService', blueGreen?.previewService],
  ];
  return named.flatMap(([field, name]) => (name === undefined ? [] : [[field, name] as const]));
}
