import type { FieldProblem } from '../../api/field-problem.ts';
import type { RolloutSpec } from '../../api/rollout.ts';
import { problemAt } from './problem-at.ts';

/** The ports of `spec.service`, as Kubernetes asks of a Service: several need a name each. */
export function lintService({ service }: RolloutSpec): readonly FieldProblem[] {
  const names = (service?.ports ?? []).map(({ name }) => name);
  const named = names.every((name) => name !== undefined && name !== '') && new Set(names).size === names.length;
  if (names.length < 2 || named) return [];
  return [problemAt('spec.service.ports', names, 'need a name each, and no name twice, when there are several', 'name them')];
}
