import type { InventoryEntry } from '../../api/git-sync.ts';
import { GROUP } from '../../api/labels.ts';
import { closureDigest } from '../revert/closure-record.ts';
import type { Build } from './build-manifests.ts';
import { manifestId } from './manifest.ts';

function isRollout(one: { readonly group: string; readonly kind: string }): boolean {
  return one.group === GROUP && one.kind === 'Rollout';
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].toSorted();
}

/** Rollouts on record that the commit may declare in a file that cannot be read: which of its objects belong to them is not known. */
function unreadRollouts(build: Build, inventory: readonly InventoryEntry[]): readonly string[] {
  if (build.problems.length === 0) return [];
  const read = new Set(build.manifests.map((manifest) => manifest.id));
  return inventory.filter((entry) => isRollout(entry) && !read.has(manifestId(entry))).map((entry) => entry.name);
}

/**
 * The Rollouts whose part of a commit (Rollout, workload, ConfigMaps) is in the cluster only in part as soon as its first object is applied: those that it changes,
 * and those of which the commit before was never wholly there.
 */
export function rolloutsToWait(build: Build, inventory: readonly InventoryEntry[], waiting: readonly string[]): readonly string[] {
  const recorded = new Map(inventory.map((entry) => [manifestId(entry), entry.closure?.digest]));
  const changed = build.manifests
    .filter((manifest) => isRollout(manifest) && closureDigest(build.manifests, manifest) !== recorded.get(manifest.id))
    .map((manifest) => manifest.name);
  return sorted([...waiting, ...changed, ...unreadRollouts(build, inventory)]);
}

/** The Rollouts whose part of the commit is still not wholly in the cluster after an attempt: a Rollout comes last, and fails when anything its pods use did. */
export function rolloutsStillWaiting(build: Build, inventory: readonly InventoryEntry[], failed: ReadonlySet<string>): readonly string[] {
  const names = build.manifests.filter((manifest) => isRollout(manifest) && failed.has(manifest.id)).map((manifest) => manifest.name);
  return sorted([...names, ...unreadRollouts(build, inventory)]);
}
