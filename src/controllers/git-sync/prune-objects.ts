import type { InventoryEntry } from '../../api/git-sync.ts';
import type { KindDescriptor } from '../../api/kinds.ts';
import { PRUNE } from '../../api/labels.ts';
import { findKind } from '../../core/sync/known-kinds.ts';
import { otherOwner } from '../../core/sync/stamp-object.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';

export interface PruneRequest {
  readonly as: Cluster;
  readonly entries: readonly InventoryEntry[];
  readonly kinds: readonly KindDescriptor[];
  readonly owner: { readonly syncName: string; readonly syncNamespace: string };
  readonly signal: AbortSignal;
}

/** Deletes what left Git, by uid: an object of the same name that somebody else made since, or that opts out, is let go of. Answers what is left. */
export async function pruneObjects(
  request: PruneRequest,
): Promise<{ readonly left: readonly InventoryEntry[]; readonly problems: readonly string[] }> {
  const left: InventoryEntry[] = [];
  const problems: string[] = [];
  for (const entry of request.entries.toReversed()) {
    const kind = findKind(entry.group, entry.version, entry.kind, request.kinds);
    const ref = { namespace: entry.namespace, name: entry.name };
    try {
      const live = kind === undefined ? undefined : await request.as.get(kind, ref, { signal: request.signal });
      const mine = live !== undefined && live.metadata.uid === entry.uid && otherOwner(live, request.owner) === undefined;
      if (kind === undefined || !mine || live.metadata.annotations?.[PRUNE] === 'disabled') continue;
      await request.as.remove(kind, ref, { signal: request.signal, preconditions: { uid: entry.uid }, propagation: 'Background' });
    } catch (error) {
      if (isSluiceError(error, 'not_found')) continue;
      if (!isSluiceError(error)) throw error;
      left.push(entry);
      problems.push(`pruning ${entry.kind} ${entry.name}: ${error.message}`);
    }
  }
  return { left, problems };
}
