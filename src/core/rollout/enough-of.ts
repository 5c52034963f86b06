import type { Context } from './context.ts';

/** How many of `target` pods have to serve for the target to count as reached (`replicaProgressThreshold`; all of them without one). */
export function enoughOf(context: Context, target: number): number {
  const threshold = context.canary.replicaProgressThreshold;
  if (threshold === undefined) return target;
  const enough = threshold.type === 'Percent' ? Math.ceil((target * threshold.value) / 100) : threshold.value;
  return Math.min(target, enough);
}
