import { instant } from '../../../api/time.ts';
import type { Action } from '../../plan/plan.ts';
import { seen } from '../../plan/seen.ts';
import type { Context } from '../context.ts';
import { act, type Draft, say, wake } from '../draft.ts';
import type { ObservedReplicaSet } from '../observed.ts';
import { dressOf } from './dress-of.ts';
import { livePodChanges, type Redress, redress } from './pod-dress.ts';

/** Live pods that are patched in one pass. */
const PODS_A_PASS = 20;
/** Pods are not watched: while some have to follow, they are looked at this often. */
const LOOK_AGAIN = 2000;

type SetWrite = Extract<Action, { type: 'scaleReplicaSet' | 'annotateReplicaSet' }>;

function isSetWrite(action: Action): action is SetWrite {
  return action.type === 'scaleReplicaSet' || action.type === 'annotateReplicaSet';
}

function writtenBy(draft: Draft, set: ObservedReplicaSet): Action | undefined {
  return draft.actions.find((action) => 'target' in action && action.target.uid === set.uid);
}

/** The write that this pass makes anyway takes the dress along. */
function rideOn(draft: Draft, write: SetWrite, change: Redress): Draft {
  const dressed = { ...write, annotations: { ...write.annotations, ...change.annotations }, template: change.template };
  return { ...draft, actions: draft.actions.map((action) => (action === write ? dressed : action)) };
}

function dress(context: Context, draft: Draft, set: ObservedReplicaSet): Draft {
  const change = redress(set, dressOf(context, set.hash, draft.status.stableRS));
  const write = writtenBy(draft, set);
  // Without pods there is nothing to dress; the next scale-up takes it along.
  if (change === undefined || (write === undefined && set.specReplicas === 0 && set.replicas === 0)) return draft;
  const why = `the pods of ReplicaSet ${set.name} get the metadata and rules of the part that they play`;
  if (write === undefined) return act(draft, { type: 'annotateReplicaSet', target: seen(set), ...change, why });
  return isSetWrite(write) ? say(rideOn(draft, write, change), why) : draft;
}

function sync(draft: Draft, set: ObservedReplicaSet, context: Context): Draft {
  const changes = livePodChanges(set);
  if (changes === undefined || set.hash === undefined) return draft;
  const waiting = wake(draft, instant(context.now + LOOK_AGAIN));
  if (writtenBy(draft, set) !== undefined) return waiting;
  const why = `live pods of ReplicaSet ${set.name} follow its metadata`;
  return act(waiting, {
    type: 'syncPodMetadata',
    target: seen(set),
    hash: set.hash,
    ...changes,
    limit: PODS_A_PASS,
    last: set.statusCurrent,
    why,
  });
}

/**
 * Labels, annotations and anti-affinity by the part that a revision plays: in the template of its ReplicaSet for pods to come, and on its live pods by and by.
 * What was put in is recorded on the ReplicaSet, so that it can leave again whatever happens to the controller.
 */
export function planPodDress(context: Context, draft: Draft): Draft {
  const sets = context.observed.replicaSets.filter((set) => set.owned && !set.deleting && set.hash !== undefined);
  const dressed = sets.reduce((next, set) => dress(context, next, set), draft);
  return sets.reduce((next, set) => sync(next, set, context), dressed);
}
