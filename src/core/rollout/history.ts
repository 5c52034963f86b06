import { seen } from '../plan/seen.ts';
import type { Context } from './context.ts';
import { act, type Draft } from './draft.ts';
import { ordinalOf } from './ordinal.ts';
import { presentServices } from './present-services.ts';
import { selectedHash } from './selected-hash.ts';

/** Argo Rollouts and Deployments keep ten. */
const DEFAULT_LIMIT = 10;

/** Deletes the oldest scaled-down ReplicaSets beyond `revisionHistoryLimit`; never one that a Service still selects (S13). */
export function planHistory(context: Context, draft: Draft): Draft {
  const selected = new Set([...presentServices(context), ...context.observed.managedServices].map(selectedHash));
  const written = new Set(draft.actions.flatMap((action) => ('target' in action ? [action.target.uid] : [])));
  const idle = context.older
    .filter((set) => set.owned && set.specReplicas === 0 && set.replicas === 0 && set.statusCurrent && !selected.has(set.hash))
    .sort((left, right) => ordinalOf(right) - ordinalOf(left) || right.createdAt - left.createdAt);
  const limit = context.rollout.spec.revisionHistoryLimit ?? DEFAULT_LIMIT;
  return idle
    .slice(limit)
    .filter((set) => !written.has(set.uid))
    .reduce(
      (next, set) =>
        act(next, {
          type: 'deleteReplicaSet',
          target: seen(set),
          why: `ReplicaSet ${set.name} is beyond the history limit of ${limit}`,
        }),
      draft,
    );
}
