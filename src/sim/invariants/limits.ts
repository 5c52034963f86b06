import type { RolloutView } from './world-view.ts';

const DEFAULT_SHARE = '25%';

function resolve(value: number | string, replicas: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return round((replicas * Number.parseFloat(value)) / 100);
}

/** How far the total of pods may leave `replicas`: surge rounds up, unavailable down; when both come to zero one pod may be missing, as in Argo Rollouts. */
export function limitsOf(rollout: RolloutView, replicas: number): { readonly surge: number; readonly unavailable: number } {
  const { canary, blueGreen } = rollout.spec.strategy;
  const surge = resolve(canary?.maxSurge ?? DEFAULT_SHARE, replicas, Math.ceil);
  const unavailable = resolve(canary?.maxUnavailable ?? blueGreen?.maxUnavailable ?? DEFAULT_SHARE, replicas, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}
