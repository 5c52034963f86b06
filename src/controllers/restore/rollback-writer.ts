import { FIELD_MANAGER } from '../../api/field-manager.ts';
import { ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { RollbackStatus } from '../../api/rollout-status.ts';
import type { Cluster } from '../../ports/cluster.ts';

export interface RollbackWriter {
  /** What `status.rollback` holds as of the last write. */
  current(): RollbackStatus;
  /** Replaces `status.rollback` and nothing else, if nobody has written the Rollout since it was read: throws `conflict` then. */
  write(next: RollbackStatus): Promise<void>;
}

function statusOf(raw: KubeObject): Readonly<Record<string, unknown>> {
  const status = raw['status'];
  return status !== null && typeof status === 'object' ? { ...status } : {};
}

/** Compare-and-swap on one Rollout's rollback record, starting from the object as it was read. */
export function createRollbackWriter(cluster: Cluster, read: KubeObject, rollback: RollbackStatus, signal: AbortSignal): RollbackWriter {
  let raw = read;
  let latest = rollback;
  return {
    current: () => latest,
    write: async (next) => {
      const object: KubeObject = { ...raw, status: { ...statusOf(raw), rollback: next } };
      raw = await cluster.update(ROLLOUT, object, { subresource: 'status', fieldManager: FIELD_MANAGER, signal });
      latest = next;
    },
  };
}
