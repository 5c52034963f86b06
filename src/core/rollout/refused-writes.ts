import type { ConditionFacts } from '../conditions/timed-conditions.ts';
import type { Context } from './context.ts';
import type { RefusedWrite } from './observed.ts';
import type { Verdict } from './phase.ts';

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
  }
}

/** The conditions of refused writes. */
export function refusedFacts({ observed }: Context): readonly ConditionFacts[] {
  const set = observed.refused?.find((one) => one.type === 'createReplicaSet');
  const service = observed.refused?.find((one) => one.type !== 'createReplicaSet');
  const fact = (type: string, refused: RefusedWrite | undefined): readonly ConditionFacts[] =>
    refused === undefined ? [] : [{ type, status: 'True', reason: reasonOf(refused), message: refused.message }];
  return [...fact('ReplicaFailure', set), ...fact('ServiceRefused', service)];
}

/** What the Rollout is while a write of it is refused; undefined when none is. */
export function refusedVerdict({ observed }: Context): Verdict | undefined {
  const [first] = observed.refused ?? [];
  return first === undefined ? undefined : { phase: 'Degraded', reason: reasonOf(first), message: first.message };
}
