import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { ConditionFacts } from '../conditions/timed-conditions.ts';
import { seen } from '../plan/seen.ts';
import type { Context } from './context.ts';
import { act, type Draft, say } from './draft.ts';
import type { ObservedReplicaSet } from './observed.ts';
import { presentServices } from './present-services.ts';
import { selectedHash } from './selected-hash.ts';
import { selectorMatches } from './selector-match.ts';
import { selectorText } from './selector-text.ts';

function adopt(draft: Draft, sets: readonly ObservedReplicaSet[]): Draft {
  return sets
    .filter((set) => !set.owned && set.hash !== undefined && !set.deleting)
    .reduce(
      (next, set) =>
        act(next, {
          type: 'adoptReplicaSet',
          target: seen(set),
          ownerReferences: set.ownerReferences,
          why: `ReplicaSet ${set.name} matches the selector and has no owner: adopted`,
        }),
      draft,
    );
}

/** ReplicaSets of ours whose labels somebody has changed, so that the selector does not match them any more. */
function unmatched({ observed, rollout }: Context): readonly ObservedReplicaSet[] {
  const { matchLabels, matchExpressions = [] } = rollout.spec.selector;
  // Of a workload that cannot be read: nobody knows what should match.
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) return [];
  return observed.replicaSets.filter((set) => set.owned && !set.deleting && !selectorMatches(rollout.spec.selector, set.labels));
}

/** Nothing that serves, or is about to: neither a part of the release, nor pods, nor a Service that would lead to them. */
function isIdle(context: Context, status: RolloutStatus, set: ObservedReplicaSet): boolean {
  if (set.hash === context.hash || set.hash === status.stableRS) return false;
  if (set.specReplicas > 0 || set.replicas > 0 || !set.statusCurrent) return false;
  return ![...presentServices(context), ...context.observed.managedServices].some((service) => selectedHash(service) === set.hash);
}

function release(context: Context, draft: Draft, set: ObservedReplicaSet): Draft {
  const { uid } = context.rollout.metadata;
  return act(draft, {
    type: 'releaseReplicaSet',
    target: seen(set),
    ownerReferences: set.ownerReferences.filter((owner) => owner.uid !== uid),
    why: `ReplicaSet ${set.name} does not match the selector any more: released`,
  });
}

/**
 * Owns what the selector matches, by the rules of Kubernetes' own controllers: orphans are adopted, and what stopped matching is released. Unlike theirs only
 * once it has no pods and no part in the release: pods without an owner would serve with a share that no weight describes, and a stable revision that nobody scales.
 */
export function planOwnership(context: Context, draft: Draft): Draft {
  return unmatched(context).reduce(
    (next, set) =>
      isIdle(context, draft.status, set)
        ? release(context, next, set)
        : say(
            next,
            `ReplicaSet ${set.name} does not match the selector any more, and is kept as long as it has a part in the release or pods`,
          ),
    adopt(draft, context.observed.replicaSets),
  );
}

/** The condition of a ReplicaSet that does not match the selector and is kept all the same. */
export function unmatchedFacts(context: Context, status: RolloutStatus): readonly ConditionFacts[] {
  const kept = unmatched(context).filter((set) => !isIdle(context, status, set));
  if (kept.length === 0) return [];
  const names = kept.map(({ name }) => name).join(', ');
  const message = `ReplicaSet ${names} does not match the selector ${selectorText(context.rollout.spec.selector)} any more and is released once it serves nobody; put its labels back to keep it`;
  return [{ type: 'ReplicaSetUnmatched', status: 'True', reason: 'LabelsChanged', message }];
}
