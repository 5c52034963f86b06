import type { Instant } from '../../api/time.ts';
import { millis } from '../../api/time.ts';
import { replicaSetName } from '../identity/names.ts';
import type { Plan } from '../plan/plan.ts';
import { after } from '../time/instants.ts';
import { writtenStatus } from './context.ts';
import type { Refusal } from './invalid.ts';
import type { ObservedRollout } from './observed.ts';

/** No cache shows such a ReplicaSet. */
const LOOK_AGAIN = millis(30_000);

/** The name of the stable revision's ReplicaSet when none of ours is of it: gone, or there without being ours. Undefined when nothing is missing. */
export function lostStable({ rollout, replicaSets }: ObservedRollout): string | undefined {
  const stable = writtenStatus(rollout)?.stableRS;
  if (stable === undefined || rollout.metadata.deletionTimestamp !== undefined) return undefined;
  return replicaSets.some((set) => set.hash === stable) ? undefined : replicaSetName(rollout.metadata.name, stable);
}

/**
 * A stable revision that serves and is not ours any more: taking it for gone would send everything to the revision under test. Nothing is touched until
 * somebody says whose it is.
 */
export function strayRefusal({ stray }: ObservedRollout): Refusal | undefined {
  if (stray === undefined) return undefined;
  const message = `ReplicaSet ${stray.name} of the stable revision is there and ${stray.trouble}; ${stray.remedy}`;
  const cause = { type: 'ReplicaSetTaken', status: 'True', reason: 'StableIsNotOurs', message } as const;
  return { reason: 'ReplicaSetTaken', message, causes: [cause] };
}

/** The plan that waits for it. */
export function lookingAgain<Status>(plan: Plan<Status>, now: Instant): Plan<Status> {
  return { ...plan, requeueAt: after(now, LOOK_AGAIN) };
}
