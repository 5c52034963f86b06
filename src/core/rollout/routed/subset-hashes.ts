import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { isHandingOver } from './hand-over.ts';
import { maxWeightOf } from './reach.ts';
import type { TrafficView } from './traffic-view.ts';

/** The revisions that subsets of a mesh should select, and whether that differs from what they select now. */
export interface SubsetHashes {
  readonly stable: string | undefined;
  readonly canary: string | undefined;
  readonly changing: boolean;
}

/**
 * A subset gets another revision only while its side carries nothing (S5; Argo Rollouts #4390, PR#4564, PR#4612), and only one that serves (#2507). Routers that
 * select by Service ignore these.
 */
export function subsetHashes(context: Context, status: RolloutStatus, view: TrafficView): SubsetHashes {
  const tested = underTest(context, status);
  const isNamed = (hash: string | undefined): boolean => hash !== undefined && hash !== '';
  const choose = (now: string | undefined, wanted: string | undefined, idle: boolean): string | undefined => {
    if (now === undefined || now === wanted || wanted === undefined) return now ?? wanted;
    // Hashes and weight never change together: a weight that cannot be read is written first.
    if (view.weight === undefined) return now;
    const serves = context.observed.replicaSets.some((set) => set.hash === wanted && set.countable > 0);
    return serves && (idle || !isNamed(now)) ? wanted : now;
  };
  const stableWanted = tested && !isHandingOver(context, status) ? status.stableRS : context.hash;
  const canaryWanted = tested && status.abort !== true ? context.hash : (status.stableRS ?? context.hash);
  const { replicas, unavailable } = context.limits;
  const carries = context.observed.replicaSets.some((set) => set.hash === status.stableRS && set.countable >= replicas - unavailable);
  // What is stable may take its own side at any time, once it carries it.
  const empty = view.low === maxWeightOf(context);
  const stable = choose(view.subsets?.stable, stableWanted, empty ? view.verified : stableWanted === status.stableRS && carries);
  const canary = choose(view.subsets?.canary, canaryWanted, view.high === 0 && view.verified);
  const changing = view.subsets !== undefined && (view.subsets.stable !== stable || view.subsets.canary !== canary);
  return { stable, canary, changing };
}
