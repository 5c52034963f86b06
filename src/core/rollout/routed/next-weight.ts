import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { formatInstant } from '../../../api/time.ts';
import { type Context, underTest } from '../context.ts';
import { enoughOf } from '../enough-of.ts';
import { canaryReach, canarySideReach, carriesFormer, maxWeightOf, stableReach, stableSide } from './reach.ts';
import { canaryPods } from './routed-target.ts';
import { goalWeight } from './traffic-goal.ts';

/** The weight to write now, of `maxTrafficWeight`, and what keeps it from being the goal; undefined when nothing does. */
export interface NextWeight {
  readonly weight: number;
  readonly goal: number;
  readonly held: string | undefined;
}

/** The least share that has to stay on the canary since stable cannot carry more; 0 when stable serves at its needed size. */
function stableBound(context: Context, status: RolloutStatus, reach: number): number {
  const { replicas, unavailable } = context.limits;
  const max = maxWeightOf(context);
  if (replicas === 0 || reach >= replicas - unavailable) return 0;
  // An abort, or another template, takes the traffic off a revision as soon as stable serves at all; only a stable that was scaled down on purpose is waited for.
  const off = status.abort === true || carriesFormer(context, status);
  if (off && context.canary.dynamicStableScale !== true && reach > 0) return 0;
  return max - Math.floor((Math.min(reach, replicas) * max) / replicas);
}

/** Down as far as stable can take it: never onto a side without a reachable pod while the other one has some (S2, S3). */
function lower(context: Context, status: RolloutStatus, from: number, goal: number): NextWeight {
  const [stable, canary] = [stableReach(context, status), canarySideReach(context, status)];
  if (stable === 0 && canary > 0 && from > 0) {
    return { weight: from, goal, held: `weight stays ${from}: no pod of the stable side is reachable` };
  }
  const bound = canary === 0 ? 0 : Math.min(from, stableBound(context, status, stable));
  if (bound <= goal) return { weight: goal, goal, held: undefined };
  return {
    weight: bound,
    goal,
    held: `weight goes down to ${goal} as stable pods come up: ${stable} of ${context.limits.replicas} are reachable`,
  };
}

/** What the canary's reachable pods carry of this weight; all of it once enough of its target serves. */
function carried(context: Context, status: RolloutStatus, weight: number): number {
  const reach = canaryReach(context, status);
  const target = canaryPods(context, status, weight);
  if (weight === 0 || (target > 0 && reach >= enoughOf(context, target))) return weight;
  return target === 0 ? 0 : Math.floor((weight * reach) / target);
}

/** The weight that the routes say, or said last when it cannot be read. */
function saidWeight(traffic: Context['traffic']): number {
  return traffic?.weight ?? traffic?.record?.weight ?? 0;
}

/**
 * What keeps the canary's subset from its first share: a mesh follows the subset and the weight each in its own time, and may send that share to the revision that the
 * subset selected before, which may have no pods by now (Argo Rollouts #4752). Undefined when nothing does, or revisions are no subsets.
 */
export function meshWait({ traffic }: Context): string | undefined {
  if (traffic?.subsets === undefined || saidWeight(traffic) !== 0 || traffic.verified) return undefined;
  const until = traffic.settlesAt === undefined ? '' : ` until ${formatInstant(traffic.settlesAt)}`;
  return `the mesh may still select the revision before as the canary's subset${until}`;
}

/**
 * The canary side can only be given to the revision under test once it carries nothing. With a stable revision that does not serve that means a moment in which nobody does, so the former
 * one keeps its share until the pods of the first step are there; a broken stable never blocks the fix.
 */
function fixIsReady(context: Context, status: RolloutStatus, goal: number): boolean {
  // Slices that are late are no broken stable.
  if ((stableSide(context, status)?.countable ?? 0) > 0 || status.abort === true) return false;
  const target = canaryPods(context, status, goal);
  return (context.current?.countable ?? 0) >= enoughOf(context, target);
}

/**
 * The next weight: up only when enough pods of the canary are reachable through its own Service, down as far as stable can take it, and down as well when
 * pods of the canary are lost (a weight never exceeds what available capacity carries).
 */
export function nextWeight(context: Context, status: RolloutStatus): NextWeight {
  const goal = goalWeight(context, status);
  const from = saidWeight(context.traffic);
  if (!underTest(context, status)) return lower(context, status, from, 0);
  if (carriesFormer(context, status)) {
    return fixIsReady(context, status, goal) ? { weight: 0, goal, held: undefined } : { ...lower(context, status, from, 0), goal };
  }
  const can = carried(context, status, goal);
  if (goal < from) return { ...lower(context, status, from, can), goal };
  if (can >= goal) {
    const mesh = goal > from ? meshWait(context) : undefined;
    return { weight: mesh === undefined ? goal : from, goal, held: mesh === undefined ? undefined : `weight ${goal} waits: ${mesh}` };
  }
  const kept = carried(context, status, from);
  const reach = canaryReach(context, status);
  const none = canaryPods(context, status, goal) === 0 ? '; setCanaryScale asks for none: raise it, or abort' : '';
  const why = `weight ${goal} waits for ${canaryPods(context, status, goal)} reachable pods of the new revision, ${reach} are${none}`;
  if (kept >= from) return { weight: from, goal, held: why };
  return { ...lower(context, status, from, kept), goal, held: `${why}; what they cannot carry goes back to stable` };
}
