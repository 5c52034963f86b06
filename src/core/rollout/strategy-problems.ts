import type { FieldProblem } from '../../api/field-problem.ts';
import { MANAGED_BY } from '../../api/labels.ts';
import type { ObservedRollout } from './observed.ts';

/** What must hold for a decision to mean anything, whoever checked before: a template, a canary strategy, two Services that are ours. */
export function strategyProblems(observed: ObservedRollout): readonly FieldProblem[] {
  const { spec, metadata } = observed.rollout;
  const { canary, blueGreen } = spec.strategy;
  const problems: FieldProblem[] = [];
  const add = (field: string, value: string | undefined, problem: string, remedy: string): void => {
    problems.push({ field, value, problem, remedy });
  };
  if (spec.template === undefined && !('workloadRef' in spec && spec.workloadRef !== undefined)) {
    add('spec.template', undefined, 'is missing', 'set the pod template');
  }
  if (canary === undefined && blueGreen === undefined) add('spec.strategy', undefined, 'names no strategy', 'set strategy.canary');
  if (canary?.stableService !== undefined && canary.stableService === canary.canaryService) {
    add('spec.strategy.canary.canaryService', canary.canaryService, 'is the same Service as stableService', 'name two Services');
  }
  for (const field of ['stableService', 'canaryService'] as const) {
    const name = canary?.[field];
    const owner = name === undefined ? undefined : observed.services.get(name)?.annotations[MANAGED_BY];
    if (owner !== undefined && owner !== metadata.name) {
      add(
        `spec.strategy.canary.${field}`,
        name,
        `is managed by Rollout ${owner}`,
        `name another Service, or remove the annotation ${MANAGED_BY} when ${owner} no longer uses it`,
      );
    }
  }
  return problems;
}
