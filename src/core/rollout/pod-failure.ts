import type { ConditionFacts } from '../conditions/timed-conditions.ts';
import type { Context } from './context.ts';
import type { ObservedReplicaSet, PodFailure } from './observed.ts';
import type { Situation } from './situation.ts';

/** Longer texts of other controllers are cut. */
const LONGEST = 1024;

interface Failing {
  readonly set: ObservedReplicaSet;
  readonly failure: PodFailure;
}

/** A ReplicaSet whose pods the API server refuses, the one of the live template first. */
function failing({ current, stable, older }: Context): Failing | undefined {
  for (const set of [current, stable, ...older]) if (set?.failure !== undefined) return { set, failure: set.failure };
  return undefined;
}

/** Argo Rollouts' condition, with what the ReplicaSet says. */
export function podFailureFacts(context: Context): readonly ConditionFacts[] {
  const found = failing(context);
  if (found === undefined) return [];
  const { reason, message } = found.failure;
  return [{ type: 'ReplicaFailure', status: 'True', reason: reason === '' ? 'FailedCreate' : reason, message: message.slice(0, LONGEST) }];
}

/** What the Rollout is, with the reason why its pods do not come, which nothing else of it shows. */
export function withPodFailure(context: Context, situation: Situation): Situation {
  const found = failing(context);
  if (found === undefined || situation.phase === 'Healthy') return situation;
  const cause = situation.cause ?? situation.message;
  return { ...situation, cause, message: `${situation.message}; ReplicaSet ${found.set.name}: ${found.failure.message.slice(0, LONGEST)}` };
}
