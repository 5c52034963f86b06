import { POD, REPLICA_SET } from '../../api/kinds.ts';
import { controllerUid } from '../world/replica-set-controller.ts';
import type { Step } from './invariant.ts';
import { sizeOf } from './replicas-memory.ts';
import { isServing, kindKey } from './world-view.ts';

/** A pod that leaves although its ReplicaSet wants it: eviction, crash, failed probe. Not the controller's doing. */
export function isChaos({ before, write }: Step): boolean {
  // What the controller evicts is its own doing.
  if (write.byController) return false;
  if (kindKey(write.request.kind) !== kindKey(POD) || write.before === undefined || !isServing(write.before)) return false;
  if (write.after !== undefined && isServing(write.after)) return false;
  const uid = controllerUid(write.before);
  const owner = before.objects(REPLICA_SET).find((replicaSet) => replicaSet.metadata.uid === uid);
  if (owner === undefined) return true;
  const leaves = write.after === undefined || write.after.metadata.deletionTimestamp !== undefined;
  const active = before.objects(POD).filter((pod) => controllerUid(pod) === uid && pod.metadata.deletionTimestamp === undefined);
  return !leaves || active.length <= sizeOf(owner);
}
