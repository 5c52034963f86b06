import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Instant } from '../../api/time.ts';
import { type ConditionFacts, timedConditions } from '../conditions/timed-conditions.ts';
import { deepEqual } from '../identity/deep-equal.ts';
import type { Plan } from '../plan/plan.ts';
import { kstatusFacts } from './conditions.ts';
import { SERVICE_UNUSABLE } from './service-trouble.ts';

/** Why a Rollout is not acted on: `InvalidSpec`, `Unsupported` when that is all, `TrafficUnknown` when nobody can tell which revision serves, or `ReplicaSetTaken` when the stable one is not ours. */
export interface Refusal {
  readonly reason: 'InvalidSpec' | 'Unsupported' | 'TrafficUnknown' | 'ReplicaSetTaken';
  readonly message: string;
  /** Conditions that name the cause beside InvalidSpec. */
  readonly causes?: readonly ConditionFacts[] | undefined;
}

const RENEWED: ReadonlySet<string> = new Set(['Ready', 'Reconciling', 'Stalled', 'InvalidSpec', 'ReplicaSetTaken', SERVICE_UNUSABLE]);

/** One refusal that names every problem; undefined when there is none. */
export function refusalOf(invalid: readonly FieldProblem[], unsupported: readonly FieldProblem[]): Refusal | undefined {
  const known = new Set(unsupported.map(formatProblem));
  const own = invalid.filter((problem) => !known.has(formatProblem(problem)));
  if (own.length + unsupported.length === 0) return undefined;
  const message = [...own, ...unsupported].map(formatProblem).join('\n').slice(0, 32_000);
  return { reason: own.length > 0 ? 'InvalidSpec' : 'Unsupported', message };
}

/** A plan that says what is wrong and leaves what serves untouched. */
export function refusedPlan(before: RolloutStatus | undefined, generation: number, refusal: Refusal, now: Instant): Plan<RolloutStatus> {
  const kept = (before?.conditions ?? []).filter((one) => !RENEWED.has(one.type));
  const facts = kstatusFacts('Degraded', refusal.reason, refusal.message);
  const invalid = { type: 'InvalidSpec', status: 'True', reason: refusal.reason, message: refusal.message } as const;
  const wrong = [
    ...(refusal.reason === 'TrafficUnknown' || refusal.reason === 'ReplicaSetTaken' ? [] : [invalid]),
    ...(refusal.causes ?? []),
  ];
  const status: RolloutStatus = {
    ...before,
    observedGeneration: generation,
    phase: 'Degraded',
    message: refusal.message,
    conditions: [
      ...timedConditions(before?.conditions, facts, generation, now),
      ...kept,
      ...timedConditions(before?.conditions, wrong, generation, now),
    ],
  };
  return {
    actions: [],
    status: before !== undefined && deepEqual(before, status) ? before : status,
    events: [],
    explain: [`${refusal.reason}: ${refusal.message}; what serves is left untouched`],
  };
}
