import type { ParseResult as Program } from '@marcbachmann/cel-js';
import { type ResultUse, refuseAst, resultUseOf } from './condition-ast.ts';
import { ENVIRONMENTS, MAX_VALUES, type ResultType } from './condition-environment.ts';
import { findExprIdiom } from './condition-idioms.ts';

const MAX_SOURCE_BYTES = 2048;

/** What a condition says of a result; `error` when it cannot be computed on it. */
export type ConditionOutcome =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'error'; readonly message: string };

/** A condition that was checked: `evaluate` never throws. */
export interface Condition {
  readonly ok: true;
  readonly use: ResultUse;
  /** `result` as the values of all series; a condition on a scalar takes exactly one. */
  evaluate(result: readonly number[]): ConditionOutcome;
}

export type CompiledCondition = Condition | { readonly ok: false; readonly problem: string; readonly remedy: string };

function refused(problem: string, remedy: string): CompiledCondition {
  return { ok: false, problem, remedy };
}

/** The first line of what the CEL library says, without the source excerpt it draws below. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : 'unknown error';
  return (text.split('\n')[0] ?? '').slice(0, 200);
}

function remedyFor(message: string): string {
  if (/double [*/+%-] int|int [*/+%-] double/.test(message))
    return 'CEL does not mix integers and decimals in arithmetic: write `100.0` for `100`';
  if (message.includes('list<double>')) return '`result` is a list here: write `result[0]`, `len(result)` or `result.all(x, x >= 0.95)`';
  return 'write a CEL comparison over `result`, as in `result[0] >= 0.95`';
}

type Checked = { readonly program: Program; readonly type: ResultType } | { readonly message: string };

function checkAs(source: string, type: ResultType): Checked {
  try {
    const program = ENVIRONMENTS[type].parse(source);
    const check = program.check();
    if (!check.valid) return { message: firstLine(check.error) };
    return check.type === 'bool' ? { program, type } : { message: `it yields ${check.type ?? 'no type'}, not true or false` };
  } catch (error) {
    return { message: firstLine(error) };
  }
}

function evaluator({ program, type }: Extract<Checked, { program: Program }>): Condition['evaluate'] {
  return (result) => {
    if (result.length > MAX_VALUES) return { kind: 'error', message: `the result has ${result.length} values, over ${MAX_VALUES}` };
    if (type === 'double' && result.length !== 1)
      return { kind: 'error', message: `the condition takes one value, the result has ${result.length}` };
    try {
      const value: unknown = program({ result: type === 'double' ? result[0] : [...result] });
      if (typeof value !== 'boolean') return { kind: 'error', message: 'the condition did not yield true or false' };
      return value ? { kind: 'true' } : { kind: 'false' };
    } catch (error) {
      return { kind: 'error', message: firstLine(error) };
    }
  };
}

/**
 * Checks a condition and makes it ready to run. `result` is the list of the values of all series, or, when the condition only makes sense on a
 * number (`result >= 0.95`), the one value. Total: a source that cannot be used comes back with the reason and the wording that would be right.
 */
export function compileCondition(source: string): CompiledCondition {
  if (source.trim() === '') return refused('the condition is empty', 'leave the field out, or write as in `result[0] >= 0.95`');
  if (new TextEncoder().encode(source).length > MAX_SOURCE_BYTES) {
    return refused(`the condition is longer than ${MAX_SOURCE_BYTES} bytes`, 'compute more of it in the query');
  }
  const idiom = findExprIdiom(source);
  if (idiom !== undefined) return refused(idiom.problem, idiom.remedy);
  const asList = checkAs(source, 'list<double>');
  const checked = 'program' in asList ? asList : checkAs(source, 'double');
  if (!('program' in checked)) {
    const message = 'message' in asList ? asList.message : checked.message;
    return refused(`the condition does not check: ${message}`, remedyFor(message));
  }
  const refusal = refuseAst(checked.program.ast);
  if (refusal !== undefined) return refused(refusal.problem, refusal.remedy);
  return { ok: true, use: resultUseOf(checked.program.ast, checked.type === 'double'), evaluate: evaluator(checked) };
}

/** The problem and the remedy of a condition in one line, or undefined when it can be used. */
export function checkCondition(source: string): string | undefined {
  const compiled = compileCondition(source);
  return compiled.ok ? undefined : `${compiled.problem}; ${compiled.remedy}`;
}
