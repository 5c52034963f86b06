import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { Millis } from '../../api/time.ts';
import { type ArgumentValues, type Substituted, substituteText } from './arguments.ts';

/** Where the fields of one metric are read: collects what is wrong with them. */
export interface FieldReader {
  readonly values: ArgumentValues;
  /** Every argument has its value; else one without stands for what the Rollout will give. */
  readonly resolved: boolean;
  readonly problems: FieldProblem[];
}

/** Notes why a text could not be filled in; the text itself otherwise. */
export function takeSubstituted(reader: FieldReader, field: string, value: string, result: Substituted): string | undefined {
  if (result.ok) return result.text;
  reader.problems.push({ field, value: value.slice(0, 120), problem: result.problem, remedy: result.remedy });
  return undefined;
}

/** The arguments with a stand-in for each that is still to come: a number is taken wherever an argument may stand. */
export function withStandIns(reader: FieldReader): ArgumentValues {
  return reader.resolved ? reader.values : new Map([...reader.values].map(([name, value]) => [name, value ?? '0.5']));
}

const ONE_ARGUMENT = /^\{\{ *args\.([A-Za-z0-9_.-]+) *\}\}$/;

/** The text of a field that is a value or one argument; undefined where the argument is still to come or the problem was noted. */
function fieldText(reader: FieldReader, field: string, value: string | number): string | undefined {
  const text = String(value);
  const name = ONE_ARGUMENT.exec(text)?.[1];
  if (name !== undefined && !reader.resolved && reader.values.has(name) && reader.values.get(name) === undefined) return undefined;
  return takeSubstituted(reader, field, text, substituteText(text, reader.values));
}

/** A whole number of at least `least`; `fallback` when the field is absent, is still to come, or was noted as a problem. */
export function readNumber(reader: FieldReader, field: string, value: string | number | undefined, fallback: number, least = 0): number {
  if (value === undefined) return fallback;
  const text = fieldText(reader, field, value);
  if (text === undefined) return fallback;
  const number = /^-?[0-9]{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= least) return number;
  const problem = `is not a whole number of ${least} or more`;
  reader.problems.push({ field, value: text.slice(0, 120), problem, remedy: `write it as in ${Math.max(least, 3)}` });
  return fallback;
}

/** A duration; undefined when the field is absent, is still to come, or was noted as a problem. */
export function readDuration(reader: FieldReader, field: string, value: string | number | undefined): Millis | undefined {
  if (value === undefined) return undefined;
  const text = fieldText(reader, field, value);
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration === undefined) {
    reader.problems.push({ field, value: text.slice(0, 120), problem: 'is not a duration', remedy: 'write it as in 30s, 5m or 1h30m' });
  }
  return duration;
}
