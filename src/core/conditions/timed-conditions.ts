import type { Condition } from '../../api/conditions.ts';
import { formatInstant, type Instant } from '../../api/time.ts';

/** A condition before it has times. */
export interface ConditionFacts {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** Only of Progressing: when progress was last seen. */
  readonly lastUpdateTime?: string | undefined;
}

/** The condition of this type. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

/** Conditions in this order; `lastTransitionTime` moves only when the status of a condition changes. */
export function timedConditions(
  before: readonly Condition[] | undefined,
  facts: readonly ConditionFacts[],
  generation: number | undefined,
  now: Instant,
): readonly Condition[] {
  return facts.map(({ lastUpdateTime, ...fact }) => {
    const previous = findCondition(before, fact.type);
    const lastTransitionTime = previous?.status === fact.status ? previous.lastTransitionTime : formatInstant(now);
    const message = fact.message.slice(0, 32_768);
    return {
      ...fact,
      message,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime,
      ...(lastUpdateTime === undefined ? {} : { lastUpdateTime }),
    };
  });
}
