import type { GitSync, GitSyncStatus } from '../../api/git-sync.ts';
import { GIT_SYNC } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type ReadyState, setConditions } from '../../core/sync/set-conditions.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { writeStatus } from '../runtime/write-status.ts';

const MESSAGE_LIMIT = 4000;

export interface SyncStatusWriter {
  current(): GitSyncStatus | undefined;
  /** Replaces status by compare-and-swap; writes nothing when nothing is new. */
  write(change: Partial<GitSyncStatus>, state: ReadyState): Promise<void>;
}

/** Status of one GitSync, starting from the object as it was read. */
export function createSyncStatusWriter(
  cluster: Cluster,
  clock: Clock,
  read: KubeObject,
  sync: GitSync,
  signal: AbortSignal,
): SyncStatusWriter {
  let raw = read;
  let latest = sync.status;
  return {
    current: () => latest,
    write: async (change, state) => {
      const message = state.message.slice(0, MESSAGE_LIMIT);
      const next: GitSyncStatus = {
        observedGeneration: -1,
        ...latest,
        ...change,
        phase: state.reason,
        message,
        conditions: setConditions(latest?.conditions, { ...state, message }, sync.metadata.generation, clock.now()),
      };
      raw = (await writeStatus(cluster, GIT_SYNC, raw, next, signal)) ?? raw;
      latest = next;
    },
  };
}
