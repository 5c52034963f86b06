import { COUNTABLE } from '../../api/labels.ts';
import type { Relied } from '../plan/plan.ts';
import type { ObservedReplicaSet } from './observed.ts';

const MARK = /^(\d+)@(\d+)$/;

/** `pods` may be counted on until status has seen a later generation than `before`; undefined without a mark. */
function markOf(annotations: ObservedReplicaSet['annotations']): { readonly pods: number; readonly before: number } | undefined {
  const [, pods, before] = MARK.exec(annotations[COUNTABLE] ?? '') ?? [];
  return pods === undefined ? undefined : { pods: Number(pods), before: Number(before) };
}

/**
 * The mark for a ReplicaSet that grows while its status tells of more pods than it has. Kubernetes counts pods before it deletes the surplus, and is late when
 * it is in trouble: after 2 -> 1 -> 2 status may say that two serve while one of them leaves. Undefined when the counts belong to the size.
 */
export function countableMark(set: ObservedReplicaSet): Readonly<Record<string, string>> | undefined {
  if (set.statusCurrent && set.replicas <= set.specReplicas) return undefined;
  return { [COUNTABLE]: `${set.countable}@${set.generation}` };
}

/** A ReplicaSet as its object says. */
interface Counts {
  readonly annotations: Readonly<Record<string, string>>;
  readonly specReplicas: number;
  readonly availableReplicas: number;
  readonly observedGeneration: number;
}

/** How many pods may be counted on: no more than the size is, and no more than the mark says until status has seen the growth. */
export function countable({ annotations, specReplicas, availableReplicas, observedGeneration }: Counts): number {
  const mark = markOf(annotations);
  const most = mark === undefined || observedGeneration > mark.before ? specReplicas : mark.pods;
  return Math.min(specReplicas, availableReplicas, most);
}

/**
 * ReplicaSets that say at the size which they grew to on late counts that more pods serve than the mark allows. Mostly they came up; but behind an outage Kubernetes' controller may
 * hear of the size before it hears of a pod that it deleted, and then only the pods tell.
 */
export function doubted(sets: readonly ObservedReplicaSet[]): readonly Relied[] {
  return sets.flatMap(({ uid, name, hash, owned, annotations, generation, countable: pods }) => {
    const mark = markOf(annotations);
    if (!owned || hash === undefined || mark === undefined) return [];
    return mark.before + 1 === generation && pods > mark.pods ? [{ uid, name, hash, pods }] : [];
  });
}
