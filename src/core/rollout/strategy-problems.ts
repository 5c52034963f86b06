import type { FieldProblem } from '../../api/field-problem.ts';
import type { ObservedRollout } from './observed.ts';

/** What must hold for a decision to mean anything, whoever checked before: a template, a strategy, two Services. */
export function strategyProblems(observed: ObservedRollout): readonly FieldProblem[] {
  const { spec } = observed.rollout;
  const { canary, blueGreen } = spec.strategy;
  const problems: FieldProblem[] = [];
  const add = (field: string, value: string | undefined, problem: string, remedy: string): void => {
    problems.push({ field, value, problem, remedy });
  };
  if (spec.template === undefined && !('workloadRef' in spec && spec.workloadRef !== undefined)) {
    add('spec.template', undefined, 'is missing', 'set the pod template');
  }
  if (canary === undefined && blueGreen === undefined)
    add('spec.strategy', undefined, 'names no strategy', 'set strategy.canary or strategy.blueGreen');
  if (canary?.stableService !== undefined && canary.stableService === canary.canaryService) {
    add('spec.strategy.canary.canaryService', canary.canaryService, 'is the same Service as stableService', 'name two Services');
  }
  if (blueGreen?.previewService !== undefined && blueGreen.previewService === blueGreen.activeService) {
    add('spec.strategy.blueGreen.previewService', blueGreen.previewService, 'is the same Service as activeService', 'name two Services');
  }
  return problems;
}
