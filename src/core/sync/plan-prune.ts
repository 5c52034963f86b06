import type { InventoryEntry } from '../../api/git-sync.ts';
import { podConfig } from '../revert/pod-config.ts';
import { type Manifest, manifestId } from './manifest.ts';

/** Deleting one of these deletes data or other teams' objects: they are let go of, never pruned. */
const KEPT_KINDS = new Set(['Namespace', 'CustomResourceDefinition', 'PersistentVolumeClaim', 'PersistentVolume']);

export interface PruneFacts {
  readonly enabled: boolean;
  readonly inventory: readonly InventoryEntry[];
  readonly desired: readonly Manifest[];
  /** Every document was read and applied. */
  readonly complete: boolean;
  /** Every Rollout of this source is Healthy at its live generation. */
  readonly healthy: boolean;
  /** Namespace of the GitSync. */
  readonly namespace: string;
  /** Pod templates of ReplicaSets that may still serve, of this namespace. */
  readonly liveTemplates: readonly unknown[];
}

export interface PrunePlan {
  readonly remove: readonly InventoryEntry[];
  /** Stay in the inventory: to be pruned later. */
  readonly keep: readonly InventoryEntry[];
  /** Leave the inventory without being deleted. */
  readonly release: readonly InventoryEntry[];
  readonly explain: string | undefined;
}

function referenced(templates: readonly unknown[], namespace: string | undefined): ReadonlySet<string> {
  const id =
    (kind: string) =>
    (name: string): string =>
      manifestId({ group: '', kind, namespace, name });
  return new Set(
    templates
      .map(podConfig)
      .flatMap((config) => [
        ...config.configMaps.map(id('ConfigMap')),
        ...config.secrets.map(id('Secret')),
        ...config.serviceAccounts.map(id('ServiceAccount')),
      ]),
  );
}

/** What of the inventory is no longer in Git, and whether it may go now: only after health, never for an empty build, never what a serving ReplicaSet uses. */
export function planPrune(facts: PruneFacts): PrunePlan {
  const desired = new Set(facts.desired.map((manifest) => manifest.id));
  const stale = facts.inventory.filter((entry) => !desired.has(manifestId(entry)));
  if (stale.length === 0) return { remove: [], keep: [], release: [], explain: undefined };
  const release = stale.filter((entry) => KEPT_KINDS.has(entry.kind));
  const candidates = stale.filter((entry) => !KEPT_KINDS.has(entry.kind));
  const hold = (explain: string): PrunePlan => ({ remove: [], keep: stale, release: [], explain });
  if (facts.desired.length === 0)
    return hold('the path holds no manifests: refusing to delete everything; delete the GitSync or restore the files');
  if (!facts.enabled)
    return {
      remove: [],
      keep: [],
      release: stale,
      explain: `${stale.length} objects are no longer in Git and are left alone: spec.prune is false`,
    };
  if (!facts.complete) return hold(`${stale.length} objects wait to be pruned until every manifest was applied`);
  if (!facts.healthy) return hold(`${stale.length} objects wait to be pruned until the Rollouts are Healthy`);
  const used = referenced(facts.liveTemplates, facts.namespace);
  const keep = candidates.filter((entry) => used.has(manifestId(entry)));
  const remove = candidates.filter((entry) => !used.has(manifestId(entry)));
  return {
    remove,
    keep,
    release,
    explain: keep.length === 0 ? undefined : `${keep.length} objects are still used by a ReplicaSet and wait to be pruned`,
  };
}
