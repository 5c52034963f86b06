import { z } from 'zod';
import type { GitSync, InventoryEntry } from '../../api/git-sync.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { digestConfig } from '../../core/config/config-digest.ts';
import { closureRecord, isConfigMap } from '../../core/revert/closure-record.ts';
import { hasForeignSpec } from '../../core/sync/drift.ts';
import { formatSourceProblem, type Manifest, manifestId } from '../../core/sync/manifest.ts';
import { planPrune } from '../../core/sync/plan-prune.ts';
import { SYNC_MANAGER } from '../../core/sync/spec-owner.ts';
import type { Stamp } from '../../core/sync/stamp-object.ts';
import { rolloutsStillWaiting } from '../../core/sync/waiting-rollouts.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { type ApplyOutcome, applyManifests } from './apply-manifests.ts';
import { holdBack } from './hold-back.ts';
import type { Source } from './load-source.ts';
import { pruneObjects } from './prune-objects.ts';
import type { GitSyncDeps } from './sync-deps.ts';

export interface SyncResult {
  readonly inventory: readonly InventoryEntry[];
  /** Everything that kept an object from being applied; empty means that the whole commit is in the cluster. */
  readonly problems: readonly string[];
  readonly note: string | undefined;
  /** Rollouts of which the commit is in the cluster only in part. */
  readonly waiting: readonly string[];
  /** The API server refused some of it: another try may do. */
  readonly refused: boolean;
}

/** Commits of the record that are still part of the branch: after a change of repository, branch or history the others say nothing any more. */
async function knownCommits(source: Source, inventory: readonly InventoryEntry[]): Promise<ReadonlySet<string>> {
  const commits = [
    ...new Set(inventory.flatMap((entry) => [entry.commit, ...(entry.closure === undefined ? [] : [entry.closure.commit])])),
  ];
  const known: string[] = [];
  for (const commit of commits) {
    if (commit === source.tip || (await source.repository.isAncestor(commit, source.tip, source.options))) known.push(commit);
  }
  return new Set(known);
}

function entryOf(outcome: Exclude<ApplyOutcome, { type: 'failed' }>, prior: InventoryEntry | undefined): InventoryEntry {
  const { manifest, object, commit } = outcome;
  const { group, version, kind, namespace, name, file, digest } = manifest;
  const live = object.metadata.generation;
  const same = prior?.uid === object.metadata.uid && prior?.digest === digest && prior.commit === commit;
  const foreign = same && outcome.type === 'unchanged' && live !== prior.generation && hasForeignSpec(object, SYNC_MANAGER);
  const generation = foreign ? prior.generation : live;
  return {
    group,
    version,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid: object.metadata.uid ?? '',
    ...(generation === undefined ? {} : { generation }),
    file,
    commit,
    digest,
    ...(isConfigMap(manifest) ? { content: digestConfig(object).digest } : {}),
  };
}

const healthSchema = z.object({ phase: z.string(), observedGeneration: z.number() });

function rolloutsHealthy(outcomes: readonly ApplyOutcome[]): boolean {
  const healthy = (object: KubeObject): boolean => {
    const status = healthSchema.safeParse(object['status']).data;
    return status?.phase === 'Healthy' && status.observedGeneration === object.metadata.generation;
  };
  return outcomes.every((outcome) => outcome.manifest.kind !== 'Rollout' || (outcome.type !== 'failed' && healthy(outcome.object)));
}

/** The commit that brought each document: the recorded one while the document, its file and the branch's history are the same, else this tip. */
function commitOf(source: Source, prior: ReadonlyMap<string, InventoryEntry>, known: ReadonlySet<string>): (manifest: Manifest) => string {
  return (manifest) => {
    const entry = prior.get(manifest.id);
    const same = entry !== undefined && entry.digest === manifest.digest && entry.file === manifest.file && known.has(entry.commit);
    return same ? entry.commit : source.tip;
  };
}

/** Applies one commit and prunes what left it. The inventory that it answers is the record that a restore trusts. */
export async function syncSource(
  deps: GitSyncDeps,
  sync: GitSync,
  source: Source,
  directory: string,
  as: Cluster,
  signal: AbortSignal,
): Promise<SyncResult> {
  const inventory = sync.status?.inventory ?? [];
  const prior = new Map(inventory.map((entry) => [manifestId(entry), entry]));
  const known = await knownCommits(source, inventory);
  const commit = commitOf(source, prior, known);
  const owner = { syncName: sync.metadata.name, syncNamespace: sync.metadata.namespace ?? '' };
  const kinds = [...source.build.kinds, ...(deps.kinds?.() ?? [])];
  const { manifests } = source.build;
  const stampOf = (manifest: Manifest): Stamp => ({ ...owner, path: directory, commit: commit(manifest) });
  const outcomes = await applyManifests({ as, manifests, kinds, stampOf, heldBack: holdBack(source, inventory, as), signal });
  const failures = outcomes.filter((outcome) => outcome.type === 'failed');
  const problems = [...source.build.problems.map(formatSourceProblem), ...failures.map((outcome) => outcome.message)];
  const applied = outcomes.flatMap((outcome): readonly InventoryEntry[] => {
    const before = prior.get(outcome.manifest.id);
    if (outcome.type !== 'failed') {
      const rollout = outcome.manifest.kind === 'Rollout' ? outcome.manifest : undefined;
      const closure = rollout === undefined ? undefined : closureRecord(manifests, rollout, before, known, source.tip);
      return [{ ...entryOf(outcome, before), ...(closure === undefined ? {} : { closure }) }];
    }
    return before === undefined ? [] : [before];
  });
  const plan = planPrune({
    enabled: sync.spec.prune,
    inventory,
    desired: manifests,
    complete: problems.length === 0,
    healthy: rolloutsHealthy(outcomes),
    namespace: owner.syncNamespace,
    liveTemplates: deps.liveTemplates(owner.syncNamespace),
  });
  const pruned = await pruneObjects({ as, entries: plan.remove, kinds, owner, signal });
  const empty = manifests.length === 0 && inventory.length > 0 && problems.length === 0;
  return {
    inventory: [...applied, ...plan.keep, ...pruned.left],
    problems: [...problems, ...pruned.problems, ...(empty && plan.explain !== undefined ? [plan.explain] : [])],
    note: plan.explain,
    waiting: rolloutsStillWaiting(source.build, inventory, new Set(failures.map((outcome) => outcome.manifest.id))),
    refused: failures.length + pruned.problems.length > 0,
  };
}
