import type { FieldProblem } from '../../api/field-problem.ts';
import { shownValue } from '../../api/shown-value.ts';

/** One problem; `value` is shown cut and without credentials. */
export function problemAt(field: string, value: unknown, problem: string, remedy: string): FieldProblem {
  return { field, value: shownValue(value), problem, remedy };
}
