import type { FieldProblem } from '../../api/field-problem.ts';
import { unsupportedFields } from '../lint/unsupported-fields.ts';
import type { ObservedRollout } from './observed.ts';
import type { ServiceTrouble } from './service-trouble.ts';
import { strategyProblems } from './strategy-problems.ts';

/** What keeps a Rollout from being acted on. */
export interface SpecProblems {
  readonly invalid: readonly FieldProblem[];
  /** Understood, and not done by this version. */
  readonly unsupported: readonly FieldProblem[];
}

/** Everything that is wrong with a Rollout and what it names, at once; `troubles` are those of its Services that count. */
export function specProblems(observed: ObservedRollout, troubles: readonly ServiceTrouble[]): SpecProblems {
  return {
    invalid: [...observed.problems, ...strategyProblems(observed), ...troubles.map(({ problem }) => problem)],
    unsupported: unsupportedFields(observed.rollout),
  };
}
