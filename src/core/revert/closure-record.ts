import type { InventoryEntry } from '../../api/git-sync.ts';
import { canonicalDigest } from '../sync/canonical-digest.ts';
import { type Manifest, manifestId } from '../sync/manifest.ts';
import { closureOf } from './closure.ts';

type ClosureRecord = NonNullable<InventoryEntry['closure']>;

/** SHA-256 of the Rollout, its workload and ConfigMaps as these documents have them; undefined when the Rollout is not among them. */
export function closureDigest(manifests: readonly Manifest[], rollout: Manifest): string | undefined {
  const closure = closureOf(manifests, { namespace: rollout.namespace ?? '', name: rollout.name });
  if (closure === undefined) return undefined;
  const documents = manifests.filter((manifest) => closure.ids.has(manifest.id)).map((manifest) => [manifest.id, manifest.digest]);
  return canonicalDigest(documents.toSorted(([left = ''], [right = '']) => (left < right ? -1 : 1)));
}

/**
 * For a Rollout's entry: the first applied commit whose whole closure (Rollout, workload, ConfigMaps) was what it is now. A revision that differs in nothing but a
 * ConfigMap came with this commit, not with the one that brought the Rollout's own document.
 */
export function closureRecord(
  manifests: readonly Manifest[],
  rollout: Manifest,
  prior: InventoryEntry | undefined,
  known: ReadonlySet<string>,
  tip: string,
): ClosureRecord | undefined {
  const digest = closureDigest(manifests, rollout);
  if (digest === undefined) return undefined;
  const before = prior?.closure;
  const same = before !== undefined && before.digest === digest && known.has(before.commit);
  return { digest, commit: same ? before.commit : tip };
}

/** Whether an entry is that of a ConfigMap, which has no generation: its content tells whether the record is of what is live. */
export function isConfigMap(entry: { readonly group: string; readonly kind: string }): boolean {
  return entry.group === '' && entry.kind === 'ConfigMap';
}

/** The entry of a ConfigMap of this name; undefined when the source does not hold it. */
export function configMapEntry(inventory: readonly InventoryEntry[], namespace: string, name: string): InventoryEntry | undefined {
  const id = manifestId({ group: '', kind: 'ConfigMap', namespace, name });
  return inventory.find((entry) => manifestId(entry) === id);
}
