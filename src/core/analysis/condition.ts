import type { ParseResult as Program } from '@marcbachmann/cel-js';
import type { JsonValue } from '../../api/json-value.ts';
import { type ResultUse, refuseAst, resultUseOf } from './condition-ast.ts';
import { ENVIRONMENTS, MAX_VALUES, type ResultType } from './condition-environment.ts';
import { findExprIdiom, withLeadingZeros } from './condition-idioms.ts';

const MAX_SOURCE_BYTES = 2048;

/** What a condition says of a result; `error` when it cannot be computed on it. */
export type ConditionOutcome =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'error'; readonly message: string };

/** What a provider yields: the values of all series, or one JSON value. */
export type ResultShape = 'numbers' | 'json';

/** What a condition is evaluated on: the values of all series, or what a web endpoint answered. */
export type ConditionInput = readonly number[] | { readonly json: JsonValue };

/** A condition that was checked: `evaluate` never throws. */
export interface Condition {
  readonly ok: true;
  readonly use: ResultUse;
  /** A condition on a scalar takes exactly one value; input of the other shape is an `error`. */
  evaluate(result: ConditionInput): ConditionOutcome;
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

function remedyFor(message: string, shape: ResultShape): string {
  if (/double %|% double/.test(message)) return '% is for whole numbers: write `asInt(result[0]) % 2`';
  if (shape === 'json') return 'write a CEL comparison over `result`, as in `result.ok && result.rate >= 0.95`';
  if (message.includes('list<double>')) return '`result` is a list here: write `result[0]`, `len(result)` or `result.all(x, x >= 0.95)`';
  return 'write a CEL comparison over `result`, as in `result[0] >= 0.95`';
}

type Checked = { readonly program: Program; readonly type: ResultType } | { readonly message: string };

function checkAs(source: string, type: ResultType): Checked {
  try {
    const program = ENVIRONMENTS[type].parse(source);
    const check = program.check();
    if (!check.valid) return { message: firstLine(check.error) };
    // A member of an answer may be true or false; whether it is shows only once it is there.
    if (check.type === 'bool' || (type === 'dyn' && check.type === 'dyn')) return { program, type };
    return { message: `it yields ${check.type ?? 'no type'}, not true or false` };
  } catch (error) {
    return { message: firstLine(error) };
  }
}

/** `result` as the program takes it, or why this input does not fit. */
function boundResult(type: ResultType, input: ConditionInput): { readonly result: unknown } | string {
  if ('json' in input) return type === 'dyn' ? { result: input.json } : 'the condition takes numbers, the result is JSON';
  if (type === 'dyn') return 'the condition takes JSON, the result is a list of numbers';
  if (input.length > MAX_VALUES) return `the result has ${input.length} values, over ${MAX_VALUES}`;
  if (type === 'list<double>') return { result: [...input] };
  return input.length === 1 ? { result: input[0] } : `the condition takes one value, the result has ${input.length}`;
}

/** What went wrong on an answer, in words of the condition and of CEL only: an answer may hold anything, and nothing of it is repeated (M1). */
function safeMessage(message: string, source: string): string {
  const key = /^No such key: (.+)$/.exec(message)?.[1];
  if (key !== undefined) return source.includes(key) ? message : 'No such key';
  return /^no such overload: [A-Za-z<>_.,()[\]=!*+/%\s-]+$/.test(message) ? message : 'it cannot be computed on this answer';
}

function evaluator(source: string, { program, type }: Extract<Checked, { program: Program }>): Condition['evaluate'] {
  return (input) => {
    const bound = boundResult(type, input);
    if (typeof bound === 'string') return { kind: 'error', message: bound };
    try {
      const value: unknown = program(bound);
      if (typeof value !== 'boolean') return { kind: 'error', message: 'the condition did not yield true or false' };
      return value ? { kind: 'true' } : { kind: 'false' };
    } catch (error) {
      const message = firstLine(error);
      return { kind: 'error', message: type === 'dyn' ? safeMessage(message, source) : message };
    }
  };
}

function checkShape(source: string, shape: ResultShape): Checked {
  if (shape === 'json') return checkAs(source, 'dyn');
  const asList = checkAs(source, 'list<double>');
  if ('program' in asList) return asList;
  const asScalar = checkAs(source, 'double');
  return 'program' in asScalar ? asScalar : asList;
}

/**
 * Checks a condition and makes it ready to run. Over numbers `result` is the list of the values of all series, or, when the condition only makes sense on
 * a number (`result >= 0.95`), the one value; over JSON it is what the endpoint answered. Total: a source that cannot be used comes back with the reason and
 * the wording that would be right.
 */
export function compileCondition(source: string, shape: ResultShape = 'numbers'): CompiledCondition {
  if (source.trim() === '') return refused('the condition is empty', 'leave the field out, or write as in `result[0] >= 0.95`');
  if (new TextEncoder().encode(source).length > MAX_SOURCE_BYTES) {
    return refused(`the condition is longer than ${MAX_SOURCE_BYTES} bytes`, 'compute more of it in the query');
  }
  const idiom = findExprIdiom(source, shape === 'json');
  if (idiom !== undefined) return refused(idiom.problem, idiom.remedy);
  const checked = checkShape(withLeadingZeros(source), shape);
  if (!('program' in checked)) {
    return refused(`the condition does not check: ${checked.message}`, remedyFor(checked.message, shape));
  }
  const refusal = refuseAst(checked.program.ast, checked.type);
  if (refusal !== undefined) return refused(refusal.problem, refusal.remedy);
  return { ok: true, use: resultUseOf(checked.program.ast, checked.type), evaluate: evaluator(source, checked) };
}

/** The problem and the remedy of a condition in one line, or undefined when it can be used. */
export function checkCondition(source: string, shape: ResultShape = 'numbers'): string | undefined {
  const compiled = compileCondition(source, shape);
  return compiled.ok ? undefined : `${compiled.problem}; ${compiled.remedy}`;
}
