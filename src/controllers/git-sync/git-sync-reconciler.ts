import { parseDuration } from '../../api/duration.ts';
import { formatProblem } from '../../api/field-problem.ts';
import type { GitSync } from '../../api/git-sync.ts';
import { GIT_SYNC } from '../../api/kinds.ts';
import { REQUEST } from '../../api/labels.ts';
import { parseGitSync } from '../../api/parse.ts';
import { formatInstant, type Instant, instant } from '../../api/time.ts';
import { normaliseDirectory } from '../../core/provenance/git-names.ts';
import { normaliseRepositoryUrl } from '../../core/provenance/repository-url.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { repositoryFailure } from '../../ports/repository.ts';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler.ts';
import { splitKey } from '../runtime/split-key.ts';
import { serviceAccountUser, specProblem } from './check-sync.ts';
import { loadSource } from './load-source.ts';
import type { GitSyncDeps } from './sync-deps.ts';
import { syncSource } from './sync-source.ts';
import { createSyncStatusWriter, type SyncStatusWriter } from './sync-status-writer.ts';
import { writeUnreadable } from './write-unreadable.ts';

const DEFAULT_INTERVAL = 60_000;
const SHORTEST_INTERVAL = 1000;
/** After a pass that failed: doubled each time, never longer than the interval. */
const FIRST_RETRY = 5000;

/** What the last pass was about: status events of our own must not start the next one. */
interface Pass {
  readonly generation: number | undefined;
  readonly request: string | undefined;
  readonly next: Instant;
  /** Passes in a row that could not be finished. */
  readonly failures: number;
}

export interface GitSyncReconciler extends Reconciler {
  /** Makes the next `reconcile` of this key look at the repository; the caller then adds the key to its queue. */
  requestSync(key: string): void;
}

function requestOf(sync: GitSync): string | undefined {
  const value = sync.metadata.annotations?.[REQUEST];
  return value?.startsWith('sync@') === true ? value : undefined;
}

function intervalOf(sync: GitSync): number {
  return Math.max(parseDuration(sync.spec.interval) ?? DEFAULT_INTERVAL, SHORTEST_INTERVAL);
}

/** When to look again: the interval after a pass that was finished, sooner after one that failed. */
function nextPass(sync: GitSync, failures: number, now: Instant): Instant {
  const interval = intervalOf(sync);
  return instant(now + (failures === 0 ? interval : Math.min(interval, FIRST_RETRY * 2 ** Math.min(failures - 1, 20))));
}

/** One pass over one source: fetch, apply, prune, record. Never waits for health, so a new commit always pre-empts. */
async function pass(deps: GitSyncDeps, sync: GitSync, status: SyncStatusWriter, signal: AbortSignal): Promise<void> {
  const namespace = sync.metadata.namespace ?? '';
  const directory = normaliseDirectory(sync.spec.path) ?? '';
  const as = deps.cluster.impersonate(serviceAccountUser(namespace, sync.spec.serviceAccountName ?? ''), []);
  const source = await loadSource(deps, sync, directory, as, signal);
  const request = requestOf(sync);
  const short = source.tip.slice(0, 12);
  if (status.current()?.lastAttemptedRevision !== source.tip) {
    const message = `applying ${short} of ${sync.spec.branch}`;
    await status.write({ lastAttemptedRevision: source.tip }, { ready: 'Unknown', reason: 'Progressing', message, reconciling: true });
  }
  const result = await syncSource(deps, { ...sync, status: status.current() }, source, directory, as, signal);
  const handled = {
    observedGeneration: sync.metadata.generation ?? 0,
    inventory: [...result.inventory],
    source: { url: normaliseRepositoryUrl(sync.spec.url) ?? sync.spec.url, branch: sync.spec.branch, path: directory },
    ...(request === undefined ? {} : { lastHandledRequest: request }),
  };
  if (result.problems.length > 0) {
    const count = result.problems.length === 1 ? '1 problem' : `${result.problems.length} problems`;
    const message = [`${count} with ${short}:`, ...result.problems].join('\n');
    deps.log.warn('commit is applied in part', {
      sync: `${namespace}/${sync.metadata.name}`,
      commit: source.tip,
      problems: result.problems.length,
    });
    return status.write(handled, { ready: 'False', reason: 'ApplyFailed', message, reconciling: true });
  }
  const isNew = status.current()?.lastAppliedRevision !== source.tip;
  const applied = isNew ? { lastAppliedRevision: source.tip, lastAppliedAt: formatInstant(deps.clock.now()) } : {};
  const message = `applied ${short} of ${sync.spec.branch}${result.note === undefined ? '' : `; ${result.note}`}`;
  if (isNew)
    deps.log.info('commit is applied', {
      sync: `${namespace}/${sync.metadata.name}`,
      commit: source.tip,
      objects: result.inventory.length,
    });
  return status.write({ ...handled, ...applied }, { ready: 'True', reason: 'Applied', message });
}

/** Whether the pass came to an end by itself; false when the repository or the API server kept it from that. */
async function work(deps: GitSyncDeps, sync: GitSync, status: SyncStatusWriter, signal: AbortSignal): Promise<boolean> {
  const settled = async (write: Promise<void>): Promise<boolean> => {
    await write;
    return true;
  };
  const problem = specProblem(sync);
  const observed = { observedGeneration: sync.metadata.generation ?? 0 };
  if (problem !== undefined)
    return settled(status.write(observed, { ready: 'False', reason: 'InvalidSpec', message: problem, stalled: true }));
  if (sync.spec.suspend === true) {
    const message = 'spec.suspend is true: nothing is fetched, applied or corrected';
    return settled(status.write(observed, { ready: 'Unknown', reason: 'Suspended', message }));
  }
  try {
    return await settled(pass(deps, sync, status, signal));
  } catch (error) {
    const failure = repositoryFailure(error);
    if (!isSluiceError(error) || error.code === 'conflict' || signal.aborted) throw error;
    if (failure === 'Invalid')
      return settled(status.write(observed, { ready: 'False', reason: 'InvalidSpec', message: error.message, stalled: true }));
    const reason = failure === undefined ? 'ApplyFailed' : `Source${failure}`;
    const message = `${error.message}; tried again within ${sync.spec.interval}`;
    await status.write({}, { ready: 'False', reason, message, reconciling: true });
    return false;
  }
}

/** Keeps what a directory of a Git branch declares in the cluster, as the service account of its namespace (M18). */
export function createGitSyncReconciler(deps: GitSyncDeps): GitSyncReconciler {
  const passes = new Map<string, Pass>();
  // Asked for by a restore; a request that comes during a pass is for the next one, since this pass may have fetched before it.
  const asked = new Set<string>();
  const isDue = (key: string, sync: GitSync): boolean => {
    const last = passes.get(key);
    return (
      last === undefined ||
      asked.has(key) ||
      last.generation !== sync.metadata.generation ||
      last.request !== requestOf(sync) ||
      last.next <= deps.clock.now()
    );
  };
  const reconcile = async (key: string, signal: AbortSignal): Promise<ReconcileResult> => {
    const cached = deps.gitSyncs.get(key);
    if (cached === undefined) {
      passes.delete(key);
      asked.delete(key);
      return {};
    }
    if (cached.parsed.ok && !isDue(key, cached.parsed.value)) return { requeueAt: passes.get(key)?.next };
    const { namespace, name } = splitKey(key);
    const raw = await deps.cluster.get(GIT_SYNC, { namespace, name }, { signal });
    if (raw === undefined || raw.metadata.deletionTimestamp !== undefined) return {};
    const parsed = parseGitSync(raw);
    if (!parsed.ok) {
      const message = parsed.problems.map(formatProblem).join('; ');
      deps.log.warn('GitSync cannot be read', { sync: key, message });
      await writeUnreadable({ cluster: deps.cluster, clock: deps.clock, kind: GIT_SYNC }, raw, message, signal);
      return {};
    }
    const sync = parsed.value;
    const failuresBefore = passes.get(key)?.failures ?? 0;
    asked.delete(key);
    // Due again whatever happens: a conflict is thrown and tried again by the queue.
    passes.delete(key);
    const finished = await work(deps, sync, createSyncStatusWriter(deps.cluster, deps.clock, raw, sync, signal), signal);
    const failures = finished ? 0 : failuresBefore + 1;
    const next = nextPass(sync, failures, deps.clock.now());
    passes.set(key, { generation: sync.metadata.generation, request: requestOf(sync), next, failures });
    return { requeueAt: asked.has(key) ? deps.clock.now() : next };
  };
  return {
    name: 'git-sync',
    reconcile,
    requestSync: (key) => {
      asked.add(key);
    },
  };
}
