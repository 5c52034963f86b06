import type { Rollout } from '../../../api/rollout.ts';
import { type Instant, type Millis, millis } from '../../../api/time.ts';
import { after } from '../../time/instants.ts';
import { readContext, writtenStatus } from '../context.ts';
import type { ObservedRollout } from '../observed.ts';
import { dueRestart } from './due-restart.ts';
import { restartSides } from './restart-sides.ts';

/** Argo Rollouts looks again this often: pods that come up faster than their ReplicaSet reports would otherwise be missed. */
export const LOOK_AGAIN: Millis = millis(30_000);

/** Whether pods are to be replaced now; never of an object that is not known yet, or that goes. */
export function restartIsDue(rollout: Rollout, now: Instant): boolean {
  const status = writtenStatus(rollout);
  return status !== undefined && rollout.metadata.deletionTimestamp === undefined && dueRestart(rollout, status, now) !== undefined;
}

/**
 * Whether this pass needs the pods themselves, of which a fleet has too many to cache: a restart is due, and either nothing is known of it yet, or the
 * ReplicaSets report room for an eviction, or the last look is long ago.
 */
export function wantsPods(observed: ObservedRollout, now: Instant, listedAt: Instant | undefined): boolean {
  const status = writtenStatus(observed.rollout);
  if (status === undefined || !restartIsDue(observed.rollout, now)) return false;
  if (status.restart?.left === undefined || listedAt === undefined || now >= after(listedAt, LOOK_AGAIN)) return true;
  const context = readContext(observed, now);
  const { sides, floor } = restartSides(context, status);
  const available = observed.replicaSets.reduce((sum, set) => sum + (set.owned ? set.countable : 0), 0);
  return available > floor && sides.some((side) => side.set.countable > side.floor);
}
