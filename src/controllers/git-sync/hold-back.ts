import type { InventoryEntry } from '../../api/git-sync.ts';
import { CONFIG_MAP, SECRET } from '../../api/kinds.ts';
import { closureOf } from '../../core/revert/closure.ts';
import { type Manifest, manifestId } from '../../core/sync/manifest.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Source } from './load-source.ts';

const CONFIG: readonly string[] = [CONFIG_MAP.kind, SECRET.kind];

/** Why a manifest has to wait for others; undefined when it does not. */
export type HoldBack = (manifest: Manifest, failed: ReadonlySet<string>) => Promise<string | undefined>;

/**
 * A Rollout waits for its workload and, as the workload that holds its template does, for what its pods use, when that failed or cannot be read: a revision is never started on half of a commit. A ConfigMap that no readable file
 * declares may be in one that is broken; it is waited for unless it is in the cluster already and was never ours.
 */
export function holdBack(source: Source, inventory: readonly InventoryEntry[], as: Cluster): HoldBack {
  const built = new Set(source.build.manifests.map((manifest) => manifest.id));
  const before = new Set(inventory.map(manifestId));
  const broken = source.build.problems.length > 0;
  const exists = async (id: string): Promise<boolean> => {
    const [group, kind, namespace, name = ''] = id.split('/');
    if (group !== '' || kind !== CONFIG_MAP.kind) return true;
    return (await as.get(CONFIG_MAP, { namespace, name })) !== undefined;
  };
  const isMissing = async (id: string, failed: ReadonlySet<string>): Promise<boolean> => {
    if (failed.has(id)) return true;
    return broken && !built.has(id) && (before.has(id) || !(await exists(id)));
  };
  const rollouts = source.build.manifests.filter((manifest) => manifest.kind === 'Rollout');
  const closures = rollouts.map((rollout) => ({
    rollout,
    closure: closureOf(source.build.manifests, { namespace: rollout.namespace ?? '', name: rollout.name }),
  }));
  /** Ids that this manifest needs; a workload needs what the Rollout that refers to it does, apart from the Rollout: it holds the template. */
  const needs = (manifest: Manifest): readonly string[] => {
    const configured = closures.filter(({ closure }) => closure?.ids.has(manifest.id) === true && !CONFIG.includes(manifest.kind));
    const ids = configured.flatMap(({ rollout, closure }) =>
      [...(closure?.ids ?? []), ...(closure?.secretIds ?? [])].filter((id) => id !== rollout.id),
    );
    return [...new Set(ids)].filter((id) => id !== manifest.id);
  };
  return async (manifest, failed) => {
    const used = needs(manifest);
    for (const id of used) {
      if (await isMissing(id, failed)) return `waits because ${id.split('/').slice(1).join('/')}, which its pods use, could not be applied`;
    }
    return undefined;
  };
}
