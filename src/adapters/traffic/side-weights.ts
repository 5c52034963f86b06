import type { KubeObject } from '../../api/metadata.ts';
import type { RoutedRollout } from '../../ports/traffic-router.ts';
import { type JsonPath, setJson } from './edit-json.ts';

export type Side = 'stable' | 'canary';

/** One entry of a weighted list, by the side of the traffic that it stands for. */
export interface WeightedEntry {
  readonly side: Side | undefined;
  /** The Service or subset as the object names it. */
  readonly shown: string;
  /** As the router counts it; undefined when the router splits evenly because no entry has a weight. */
  readonly weight: number | undefined;
}

/** A weighted list that splits between our two sides, or why it cannot. */
export type SideWeights =
  | { readonly type: 'both'; readonly stable: number; readonly canary: number; readonly weight: number | undefined }
  /** Neither side, or one of them only, is named. */
  | { readonly type: 'partial'; readonly has: Side | undefined }
  | { readonly type: 'invalid'; readonly problem: string };

/**
 * Where the two sides stand in a weighted list and the canary's weight of `maxWeight`: undefined unless the two weights sum to it (S1). An entry of
 * anybody else may stand beside them as long as it takes no share.
 */
export function sideWeights(entries: readonly WeightedEntry[], maxWeight: number): SideWeights {
  const at = (side: Side): readonly number[] => entries.flatMap((entry, index) => (entry.side === side ? [index] : []));
  const [stables, canaries] = [at('stable'), at('canary')];
  const [stable] = stables;
  const [canary] = canaries;
  if (stable === undefined || canary === undefined) {
    return { type: 'partial', has: stable !== undefined ? 'stable' : canary !== undefined ? 'canary' : undefined };
  }
  const twice = stables.length > 1 ? stable : canaries.length > 1 ? canary : undefined;
  if (twice !== undefined) {
    return { type: 'invalid', problem: `${entries[twice]?.shown} stands there twice, so that its share is unclear; keep one entry` };
  }
  const third = entries.find((entry) => entry.side === undefined && entry.weight !== 0);
  if (third !== undefined) {
    const share = third.weight === undefined ? 'no weight, which is an even share' : `weight ${third.weight}`;
    return {
      type: 'invalid',
      problem: `${third.shown} has ${share}, beside the two Services that share the traffic; set its weight to 0 or remove it`,
    };
  }
  return { type: 'both', stable, canary, weight: canaryWeight(entries[stable]?.weight, entries[canary]?.weight, maxWeight) };
}

function canaryWeight(stable: number | undefined, canary: number | undefined, maxWeight: number): number | undefined {
  return stable !== undefined && canary !== undefined && stable + canary === maxWeight ? canary : undefined;
}

/** The weight that all lists agree on; undefined when they do not. */
export function agreedWeight(weights: readonly (number | undefined)[]): number | undefined {
  const [first] = weights;
  return weights.every((weight) => weight === first) ? first : undefined;
}

/** The side that a Service of the Rollout's namespace stands for. */
export function sideOfService(name: string, rollout: RoutedRollout): Side | undefined {
  if (name === rollout.stableService) return 'stable';
  return name === rollout.canaryService ? 'canary' : undefined;
}

/** A weighted list in an object that holds both sides. */
export interface SplitList {
  /** Of the list itself: `spec.routes[2].services`. */
  readonly path: JsonPath;
  readonly stable: number;
  readonly canary: number;
}

/** The object with the canary's weight in every list, and what is left of `maxWeight` for stable (S1). */
export function setSideWeights(object: KubeObject, lists: readonly SplitList[], weight: number, maxWeight: number): KubeObject {
  return lists.reduce((edited, { path, stable, canary }) => {
    const withStable = setJson(edited, [...path, stable, 'weight'], maxWeight - weight);
    return setJson(withStable, [...path, canary, 'weight'], weight);
  }, object);
}
