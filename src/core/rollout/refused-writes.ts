import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { ConditionFacts } from '../conditions/timed-conditions.ts';
import type { Context } from './context.ts';
import type { RefusedWrite } from './observed.ts';
import type { Situation } from './situation.ts';
import { heldRun } from './taken-names.ts';

/** The refusal of this write, which is not tried again for a while. */
export function refusedWrite({ observed }: Context, type: RefusedWrite['type'], name: string): RefusedWrite | undefined {
  return observed.refused?.find((one) => one.type === type && one.name === name);
}

/** Argo Rollouts' names where the fact is the same: a ReplicaSet that cannot be made. */
function reasonOf({ type }: RefusedWrite): string {
  switch (type) {
    case 'createReplicaSet':
      return 'ReplicaSetCreateError';
    case 'createService':
      return 'ServiceCreateError';
    case 'setServicePorts':
      return 'ServicePortsRefused';
    case 'createAnalysisRun':
      return 'AnalysisRunCreateError';
  }
}

const NONE: readonly RefusedWrite[] = [];

/** The writes that keep the Rollout from going on: a run that got another name meanwhile is none of them. */
function refusals(context: Context, status: RolloutStatus): readonly RefusedWrite[] {
  const { refused } = context.observed;
  if (refused === undefined) return NONE;
  const others = refused.filter((one) => one.type !== 'createAnalysisRun');
  const run = heldRun(context, status);
  return run === undefined ? others : [...others, run];
}

/** Which condition tells of it; Argo Rollouts' where the fact is the same. */
const CONDITION: Readonly<Record<RefusedWrite['type'], string>> = {
  createReplicaSet: 'ReplicaFailure',
  createService: 'ServiceRefused',
  setServicePorts: 'ServiceRefused',
  createAnalysisRun: 'AnalysisRunRefused',
};

/** The conditions of refused writes, the first of each. */
export function refusedFacts(context: Context, status: RolloutStatus): readonly ConditionFacts[] {
  const found = refusals(context, status);
  return [...new Set(Object.values(CONDITION))].flatMap((type): readonly ConditionFacts[] => {
    const first = found.find((one) => CONDITION[one.type] === type);
    return first === undefined ? [] : [{ type, status: 'True', reason: reasonOf(first), message: first.message }];
  });
}

/** What the Rollout is while a write of it is refused; undefined when none is. */
export function refusedSituation(context: Context, status: RolloutStatus): Situation | undefined {
  const [first] = refusals(context, status);
  return first === undefined ? undefined : { phase: 'Degraded', reason: reasonOf(first), message: first.message };
}
