import type { IntOrPercent } from '../../api/int-or-percent.ts';

/** Pods of one ReplicaSet: what was asked for, and how many of them serve. */
export interface Count {
  readonly spec: number;
  readonly available: number;
}

/** How far a rolling change may leave the wanted size. */
export interface Limits {
  readonly replicas: number;
  readonly surge: number;
  readonly unavailable: number;
}

export interface Target {
  readonly canary: number;
  readonly stable: number;
}

function resolve(value: IntOrPercent | undefined, replicas: number, round: (value: number) => number): number {
  const given = value ?? '25%';
  if (typeof given === 'number') return Math.max(0, Math.floor(given) || 0);
  const percent = Number.parseInt(given, 10);
  return Number.isNaN(percent) ? 0 : Math.max(0, round((replicas * percent) / 100));
}

/** maxSurge rounds up and maxUnavailable down, 25% each by default; when both come to nothing one pod may be missing (Argo Rollouts, Deployment). */
export function limitsOf(replicas: number, maxSurge: IntOrPercent | undefined, maxUnavailable: IntOrPercent | undefined): Limits {
  const n = Math.max(0, Math.floor(replicas) || 0);
  const surge = resolve(maxSurge, n, Math.ceil);
  const unavailable = Math.min(n, resolve(maxUnavailable, n, Math.floor));
  return { replicas: n, surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/**
 * How `replicas` pods come closest to `weight` percent of canary pods (Argo Rollouts' basic canary): one pod more than wanted is allowed when there is
 * surge, neither side is rounded away unless the weight says so, an exact half goes up, and the earliest of equally good candidates wins.
 */
export function targetCounts(replicas: number, weight: number, surge: number): Target {
  if (replicas <= 0) return { canary: 0, stable: 0 };
  const share = Math.min(100, Math.max(0, weight || 0));
  const exact = (replicas * share) / 100;
  const [up, down] = [Math.ceil(exact), Math.floor(exact)];
  const zeroOk = share === 0 || share === 100 || (replicas === 1 && surge === 0);
  const candidates: { canary: number; total: number }[] = [];
  for (const total of surge > 0 ? [replicas, replicas + 1] : [replicas]) {
    const tie = ((total * share) % 100) * 2 === 100;
    if (up < total || zeroOk) candidates.push({ canary: Math.min(up, total), total });
    if (!tie && (down !== 0 || zeroOk)) candidates.push({ canary: down, total });
  }
  let best = candidates[0] ?? { canary: up, total: replicas };
  const distance = (one: { canary: number; total: number }): number => Math.abs((one.canary * 100) / one.total - share);
  for (const candidate of candidates) if (distance(candidate) < distance(best)) best = candidate;
  return { canary: best.canary, stable: best.total - best.canary };
}

export interface Sizing {
  readonly limits: Limits;
  readonly target: Target;
  readonly canary: Count;
  readonly stable: Count;
  /** All other ReplicaSets together. */
  readonly older: Count;
}

/** The one change of this pass, or none: sizes move one ReplicaSet at a time. */
export type SizeChange = { readonly side: 'canary' | 'stable'; readonly to: number } | undefined;

/** Pods that may be added before the sum exceeds replicas + surge. */
export function growthBudget(sizing: Sizing): number {
  const { limits, canary, stable, older } = sizing;
  return limits.replicas + limits.surge - canary.spec - stable.spec - older.spec;
}

/**
 * Growth: stable first; but a stable whose pods do not come up waits, so that it never blocks the fix, and so does one that older pods still stand in for:
 * only the new revision can relieve them.
 */
export function growth(sizing: Sizing): SizeChange {
  const budget = growthBudget(sizing);
  if (budget <= 0) return undefined;
  const { target, canary, stable } = sizing;
  const stableGrowth: SizeChange =
    stable.spec < target.stable ? { side: 'stable', to: Math.min(target.stable, stable.spec + budget) } : undefined;
  const canaryGrowth: SizeChange =
    canary.spec < target.canary ? { side: 'canary', to: Math.min(target.canary, canary.spec + budget) } : undefined;
  const canaryFirst = stable.available < stable.spec || sizing.older.spec > 0;
  return canaryFirst ? (canaryGrowth ?? stableGrowth) : (stableGrowth ?? canaryGrowth);
}

function shrinkStable(sizing: Sizing): SizeChange {
  const { limits, target, canary, stable, older } = sizing;
  const serving = Math.min(canary.spec, canary.available) + older.available;
  const drain = serving + stable.spec - (limits.replicas - limits.unavailable);
  const to = Math.max(target.stable, stable.spec - Math.max(0, drain));
  return to < stable.spec ? { side: 'stable', to } : undefined;
}

function shrinkCanary(sizing: Sizing): SizeChange {
  const { limits, target, canary, stable, older } = sizing;
  const serving = Math.min(stable.spec, stable.available) + older.available;
  const allowed = serving + canary.spec - (limits.replicas - limits.unavailable);
  // Pods that serve nobody go at once: the ReplicaSet controller deletes those that are not ready first.
  const idle = canary.spec - Math.min(canary.spec, canary.available);
  const to = Math.max(target.canary, canary.spec - Math.max(0, allowed, idle));
  return to < canary.spec ? { side: 'canary', to } : undefined;
}

/** When older pods may not leave and there is no room, the pods of stable that serve nobody make room for the fix. */
function yieldToCanary(sizing: Sizing): SizeChange {
  const { target, canary, stable, older } = sizing;
  const missing = target.canary - canary.spec;
  const idle = stable.spec - Math.min(stable.spec, stable.available);
  if (older.spec === 0 || missing <= 0 || idle <= 0 || growthBudget(sizing) > 0) return undefined;
  return { side: 'stable', to: stable.spec - Math.min(missing, idle) };
}

/** Beyond replicas + surge, as after a scale-down in the middle of an update: pods that serve nobody go, those of the canary first. */
function trimIdle(sizing: Sizing): SizeChange {
  const over = -growthBudget(sizing);
  const idle = (one: Count): number => Math.min(over, one.spec - Math.min(one.spec, one.available));
  if (over <= 0) return undefined;
  if (idle(sizing.canary) > 0) return { side: 'canary', to: sizing.canary.spec - idle(sizing.canary) };
  return idle(sizing.stable) > 0 ? { side: 'stable', to: sizing.stable.spec - idle(sizing.stable) } : undefined;
}

/**
 * Shrinking: only what leaves at least replicas - maxUnavailable pods serving. The availability of the side that shrinks is not asked: its pods that
 * do not serve are the first to go.
 */
export function shrinkage(sizing: Sizing): SizeChange {
  const first = sizing.target.canary >= sizing.canary.spec ? shrinkStable(sizing) : shrinkCanary(sizing);
  return first ?? trimIdle(sizing) ?? yieldToCanary(sizing);
}

/** New sizes of the older ReplicaSets, given newest first: pods that serve nobody, then what availability allows. */
export function drainOlder(limits: Limits, available: number, older: readonly Count[]): readonly number[] {
  let budget = Math.max(0, available - (limits.replicas - limits.unavailable));
  return older.map((one) => {
    const serving = Math.min(one.spec, one.available);
    const drain = Math.min(serving, budget);
    budget -= drain;
    return serving - drain;
  });
}
