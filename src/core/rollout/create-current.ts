import type { Context } from './context.ts';
import { act, type Draft, emit, say } from './draft.ts';
import { refusedWrite } from './refused-writes.ts';
import { replicaSetObject } from './replica-set-object.ts';

/** Creates the ReplicaSet of the live template, unless it is held (aborted, quarantined) or one of that hash is still being deleted. */
export function createCurrent(context: Context, draft: Draft, replicas: number): Draft {
  const deleting = context.observed.replicaSets.some((set) => set.deleting && set.hash === context.hash);
  if (deleting) return say(draft, `waiting until the deleted ReplicaSet of revision ${context.hash} is gone`);
  // The live template is not that of the current revision then.
  if (context.revision.hold !== undefined) return say(draft, `no ReplicaSet is made: ${context.revision.hold.message}`);
  const object = replicaSetObject(context, replicas);
  const name = object.metadata.name;
  const refused = refusedWrite(context, 'createReplicaSet', name);
  if (refused !== undefined) return say(draft, refused.message);
  const created = act(draft, { type: 'createReplicaSet', object, why: `ReplicaSet ${name} is created with ${replicas} pods` });
  return emit(created, {
    type: 'Normal',
    reason: 'NewReplicaSetCreated',
    message: `Created ReplicaSet ${name} (revision ${context.ordinal})`,
  });
}
