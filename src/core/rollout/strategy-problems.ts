import type { FieldProblem } from '../../api/field-problem.ts';
import { MANAGED_BY } from '../../api/labels.ts';
import type { ObservedRollout } from './observed.ts';

/** What must hold for a decision to mean anything, whoever checked before: a template, a strategy, Services that are ours. */
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
  problems.push(...foreignServices(observed));
  return problems;
}

/** Services that another Rollout's mark is on: two would write their selectors. */
function foreignServices(observed: ObservedRollout): readonly FieldProblem[] {
  const { canary, blueGreen } = observed.rollout.spec.strategy;
  const named: readonly (readonly [string, string | undefined])[] = [
    ['canary.stableService', canary?.stableService],
    ['canary.canaryService', canary?.canaryService],
    ['blueGreen.activeService', blueGreen?.activeService],
    ['blueGreen.previewService', blueGreen?.previewService],
  ];
  return named.flatMap(([field, name]) => {
    const owner = name === undefined ? undefined : observed.services.get(name)?.annotations[MANAGED_BY];
    if (owner === undefined || owner === observed.rollout.metadata.name) return [];
    return [
      {
        field: `spec.strategy.${field}`,
        value: name,
        problem: `is managed by Rollout ${owner}`,
        remedy: `name another Service, or remove the annotation ${MANAGED_BY} when ${owner} no longer uses it`,
      },
    ];
  });
}
