import type { RolloutStatus } from '../../api/rollout-status.ts';
import { cachedRevisionHash, revisionHash } from '../identity/revision-hash.ts';
import type { ObservedRollout } from './observed.ts';
import { authoredTemplate } from './replica-set-template.ts';

const NO_TEMPLATE = {};

/**
 * The hash of the live template. A workload's template comes with the API server's defaults: when a newer server adds one, the ReplicaSet of the recorded
 * revision has it as well, and the revision is the same. Without a readable workload the recorded revision is all that is known.
 */
export function liveHash(observed: ObservedRollout, previous: RolloutStatus | undefined): string {
  const { template, workloadRef } = observed.rollout.spec;
  const recorded = previous?.currentPodHash;
  if (template === undefined) return recorded ?? cachedRevisionHash(NO_TEMPLATE);
  const hash = cachedRevisionHash(template);
  if (workloadRef === undefined || recorded === undefined || observed.replicaSets.some((set) => set.hash === hash)) return hash;
  const same = observed.replicaSets.find((set) => set.hash === recorded && revisionHash(authoredTemplate(set.template)) === hash);
  return same === undefined ? hash : recorded;
}
