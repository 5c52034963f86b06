import type { ReplicaSetView } from './replica-set-view.ts';

/** The API server cuts `generateName` to this length before it adds its five random characters (apiserver, storage/names). */
const LONGEST_GENERATED_BASE = 58;
const RANDOM_SUFFIX = 5;

function podNameBase(replicaSet: string): string {
  return `${replicaSet}-`.slice(0, LONGEST_GENERATED_BASE);
}

/**
 * How many of these Pods belong to each revision. Pods are not cached (a fleet has tens of thousands): a Pod's name is its ReplicaSet's plus five
 * characters. A name that fits two revisions counts for neither: too few is a wait, too many could be an outage.
 */
export function readyByHash(podNames: readonly string[], replicaSets: readonly ReplicaSetView[]): Readonly<Record<string, number>> {
  const hashesOfBase = new Map<string, string[]>();
  for (const { observed } of replicaSets) {
    if (observed.hash === undefined) continue;
    const base = podNameBase(observed.name);
    hashesOfBase.set(base, [...(hashesOfBase.get(base) ?? []), observed.hash]);
  }
  const counts: Record<string, number> = {};
  for (const name of new Set(podNames)) {
    const [hash, ...others] = hashesOfBase.get(name.slice(0, -RANDOM_SUFFIX)) ?? [];
    if (hash !== undefined && others.length === 0) counts[hash] = (counts[hash] ?? 0) + 1;
  }
  return counts;
}
