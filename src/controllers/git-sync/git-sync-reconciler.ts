import { parseDuration } from '../../api/duration.ts';
import { formatProblem } from '../../api/field-problem.ts';
import type { GitSync } from '../../api/git-sync.ts';
import { GIT_SYNC } from '../../api/kinds.ts';
import { parseGitSync } from '../../api/parse.ts';
import { type Instant, instant } from '../../api/time.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { repositoryFailure } from '../../ports/repository.ts';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler.ts';
import { splitKey } from '../runtime/split-key.ts';
import { specProblem } from './check-sync.ts';
import type { GitSyncDeps } from './sync-deps.ts';
import { syncPass } from './sync-pass.ts';
import { syncRequest } from './sync-request.ts';
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

function intervalOf(sync: GitSync): number {
  return Math.max(parseDuration(sync.spec.interval) ?? DEFAULT_INTERVAL, SHORTEST_INTERVAL);
}

/** When to look again: the interval after a pass that was finished, sooner after one that failed in whole or in part. */
function nextPass(sync: GitSync, failures: number, now: Instant): Instant {
  const interval = intervalOf(sync);
  return instant(now + (failures === 0 ? interval : Math.min(interval, FIRST_RETRY * 2 ** Math.min(failures - 1, 20))));
}

/** Whether the pass came to an end by itself; false when the repository or the API server kept it from that, or refused a part of it. */
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
    return await syncPass(deps, sync, status, signal);
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
      last.request !== syncRequest(sync) ||
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
    passes.set(key, { generation: sync.metadata.generation, request: syncRequest(sync), next, failures });
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
