import type { GitSync } from '../../api/git-sync.ts';
import type { ObjectMeta } from '../../api/metadata.ts';
import type { ObservedSource } from '../rollout/observed.ts';

/**
 * A GitSync that has begun a commit and not brought all that this Rollout's revision consists of: the one that has it on its record, else any of the namespace that
 * means to. Suspended or not, its commit may be half there.
 */
export function incompleteCommit(rollout: ObjectMeta, gitSyncs: readonly GitSync[]): ObservedSource['incomplete'] {
  const near = gitSyncs.filter((sync) => sync.metadata.namespace === rollout.namespace);
  const onRecord = near.filter((sync) => sync.status?.inventory?.some((entry) => entry.kind === 'Rollout' && entry.uid === rollout.uid));
  const sync = (onRecord.length > 0 ? onRecord : near).find(({ status }) => status?.waitingRollouts?.includes(rollout.name) === true);
  return sync === undefined ? undefined : { gitSync: sync.metadata.name, commit: sync.status?.lastAttemptedRevision ?? '' };
}
