/** One thing wrong with an input: which field, what it holds, why that is wrong, and what would be right. */
export interface FieldProblem {
  /** Dotted path as kubectl prints it: `spec.strategy.canary.steps[2].setWeight`. */
  readonly field: string;
  /** The value found, cut to a readable length; undefined when the field is missing. */
  readonly value?: string | undefined;
  readonly problem: string;
  readonly remedy: string;
}

/** The field, the value, the problem and the remedy in one line. */
export function formatProblem(problem: FieldProblem): string {
  const value = problem.value === undefined ? '' : ` (${problem.value})`;
  return `${problem.field}${value}: ${problem.problem}; ${problem.remedy}`;
}

/** A parsed object, or every problem that kept it from being parsed. */
export type ParseResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly FieldProblem[] };
