import { POD, ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { SimCluster } from '../cluster/sim-types.ts';
import { isServing, named, type RolloutView, viewRollout } from '../invariants/world-view.ts';

/** What a scenario waits for. */
export interface Until {
  /** As the failure message tells it: `shop/web is Healthy`. */
  readonly what: string;
  readonly holds: (sim: SimCluster) => boolean;
}

function find(sim: SimCluster, ref: string): KubeObject | undefined {
  return sim.snapshot(ROLLOUT).find((object) => named(object) === ref);
}

/** Until the Rollout `namespace/name` is in this phase for its present generation, and `also` holds for its status. */
export function rolloutIs(ref: string, phase: string, also?: (status: RolloutView['status']) => boolean): Until {
  return {
    what: `${ref} is ${phase}${also === undefined ? '' : ' as the scenario wants it'}`,
    holds(sim) {
      const rollout = viewRollout(find(sim, ref));
      if (rollout === undefined || rollout.status.observedGeneration !== rollout.metadata.generation) return false;
      return rollout.status.phase === phase && (also === undefined || also(rollout.status));
    },
  };
}

/** Until this many pods are ready. */
export function podsReady(count: number): Until {
  return { what: `${count} pods are ready`, holds: (sim) => sim.snapshot(POD).filter(isServing).length === count };
}

/** Until all of them hold at once. */
export function allOf(...parts: readonly Until[]): Until {
  return { what: parts.map((part) => part.what).join(' and '), holds: (sim) => parts.every((part) => part.holds(sim)) };
}
