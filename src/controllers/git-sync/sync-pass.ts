import type { GitSync, GitSyncStatus } from '../../api/git-sync.ts';
import { formatInstant } from '../../api/time.ts';
import { deepEqual } from '../../core/identity/deep-equal.ts';
import { normaliseDirectory } from '../../core/provenance/git-names.ts';
import { normaliseRepositoryUrl } from '../../core/provenance/repository-url.ts';
import { rolloutsToWait } from '../../core/sync/waiting-rollouts.ts';
import { serviceAccountUser } from './check-sync.ts';
import { loadSource, type Source } from './load-source.ts';
import type { GitSyncDeps } from './sync-deps.ts';
import { syncRequest } from './sync-request.ts';
import { type SyncResult, syncSource } from './sync-source.ts';
import type { SyncStatusWriter } from './sync-status-writer.ts';

/** A list of a status: left out rather than empty. */
function someOf(names: readonly string[]): string[] | undefined {
  return names.length === 0 ? undefined : [...names];
}

function shown(source: Source): string {
  return source.tip.slice(0, 12);
}

/** Writes what is about to be applied before the first object is, so that a commit of which only a part arrives is known by whoever looks. */
async function writeAttempt(sync: GitSync, source: Source, status: SyncStatusWriter): Promise<void> {
  const { inventory = [], waitingRollouts = [], lastAttemptedRevision } = status.current() ?? {};
  const waiting = rolloutsToWait(source.build, inventory, waitingRollouts);
  if (lastAttemptedRevision === source.tip && deepEqual(waiting, waitingRollouts)) return;
  const message = `applying ${shown(source)} of ${sync.spec.branch}`;
  const attempt = { lastAttemptedRevision: source.tip, waitingRollouts: someOf(waiting) };
  await status.write(attempt, { ready: 'Unknown', reason: 'Progressing', message, reconciling: true });
}

function handledStatus(sync: GitSync, directory: string, result: SyncResult): Partial<GitSyncStatus> {
  const request = syncRequest(sync);
  return {
    observedGeneration: sync.metadata.generation ?? 0,
    inventory: [...result.inventory],
    waitingRollouts: someOf(result.waiting),
    source: { url: normaliseRepositoryUrl(sync.spec.url) ?? sync.spec.url, branch: sync.spec.branch, path: directory },
    ...(request === undefined ? {} : { lastHandledRequest: request }),
  };
}

/**
 * One pass over one source: fetch, apply, prune, record. Never waits for health, so a new commit always pre-empts. Answers false when another try may do what this
 * one could not: the API server refused something.
 */
export async function syncPass(deps: GitSyncDeps, sync: GitSync, status: SyncStatusWriter, signal: AbortSignal): Promise<boolean> {
  const namespace = sync.metadata.namespace ?? '';
  const directory = normaliseDirectory(sync.spec.path) ?? '';
  const as = deps.cluster.impersonate(serviceAccountUser(namespace, sync.spec.serviceAccountName ?? ''), []);
  const source = await loadSource(deps, sync, directory, as, signal);
  await writeAttempt(sync, source, status);
  const result = await syncSource(deps, { ...sync, status: status.current() }, source, directory, as, signal);
  const handled = handledStatus(sync, directory, result);
  const about = { sync: `${namespace}/${sync.metadata.name}`, commit: source.tip };
  const { problems } = result;
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    const message = [`${count} with ${shown(source)}:`, ...problems].join('\n');
    deps.log.warn('commit is applied in part', { ...about, problems: problems.length });
    await status.write(handled, { ready: 'False', reason: 'ApplyFailed', message, reconciling: true });
    return !result.refused;
  }
  const isNew = status.current()?.lastAppliedRevision !== source.tip;
  const applied = isNew ? { lastAppliedRevision: source.tip, lastAppliedAt: formatInstant(deps.clock.now()) } : {};
  const message = `applied ${shown(source)} of ${sync.spec.branch}${result.note === undefined ? '' : `; ${result.note}`}`;
  if (isNew) deps.log.info('commit is applied', { ...about, objects: result.inventory.length });
  await status.write({ ...handled, ...applied }, { ready: 'True', reason: 'Applied', message });
  return true;
}
