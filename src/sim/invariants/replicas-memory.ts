import { countsOf, type RolloutView } from './world-view.ts';

/** Size that a ReplicaSet is meant to have; 0 for one that goes. */
export function sizeOf(object: Parameters<typeof countsOf>[0] | undefined): number {
  return object === undefined || object.metadata.deletionTimestamp !== undefined ? 0 : countsOf(object).spec;
}

/** The replicas that the controller may still be working from: those of every generation since the one it observed. */
export function createReplicasMemory(): (rollout: RolloutView) => { readonly least: number; readonly most: number } {
  const seen = new Map<string, { readonly generation: number; readonly replicas: number }[]>();
  return (rollout) => {
    const uid = rollout.metadata.uid ?? '';
    const generation = rollout.metadata.generation ?? 0;
    const known = (seen.get(uid) ?? []).filter((entry) => entry.generation !== generation);
    const entries = [...known, { generation, replicas: rollout.spec.replicas }].filter(
      (entry) => entry.generation >= rollout.status.observedGeneration,
    );
    seen.set(uid, entries);
    const replicas = entries.map((entry) => entry.replicas);
    return { least: Math.min(...replicas), most: Math.max(...replicas) };
  };
}
