import type { JsonValue } from '../../api/json-value.ts';
import { COMPARISONS, type Comparison, compareValues } from './compare-values.ts';
import { type Cursor, PathProblem, readQuoted, skipSpaces, take } from './json-path-cursor.ts';

/** Whether a member is taken. */
export type Filter = (member: JsonValue) => boolean;

type Literal = string | number | boolean | null;

const NAME = /[^\s.[\]{}()'"@?*,:=!<>&|]+/y;
const LITERAL = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

function readMatch(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const text = pattern.exec(cursor.source)?.[0];
  cursor.at += text?.length ?? 0;
  return text;
}

/** `@`, `@.a.b`, `@['a'].b`: the names that lead to the compared value. */
function readNames(cursor: Cursor): readonly string[] {
  if (!take(cursor, '@')) throw new PathProblem('a filter compares @ or one of its members');
  const names: string[] = [];
  for (;;) {
    if (take(cursor, '.')) {
      const name = readMatch(cursor, NAME);
      if (name === undefined) throw new PathProblem('a name is missing behind the dot');
      names.push(name);
    } else if (take(cursor, '[')) {
      names.push(readQuoted(cursor));
      if (!take(cursor, ']')) throw new PathProblem('[ is never closed');
    } else return names;
  }
}

function readLiteral(cursor: Cursor): Literal {
  skipSpaces(cursor);
  const quote = cursor.source[cursor.at];
  if (quote === '"' || quote === "'") return readQuoted(cursor);
  const text = readMatch(cursor, LITERAL);
  if (text === undefined) throw new PathProblem('a filter compares with a number, a quoted text, true, false or null');
  if (text === 'null') return null;
  return text === 'true' ? true : text === 'false' ? false : Number(text);
}

function valueAt(value: JsonValue, names: readonly string[]): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const name of names) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    const members: ReadonlyMap<string, JsonValue> = new Map(Object.entries(current));
    current = members.get(name);
  }
  return current;
}

/** Values of two kinds are different and have no order. */
function holds(value: JsonValue | undefined, operator: Comparison, literal: Literal): boolean {
  if (value === undefined) return false;
  if (operator === '==') return value === literal;
  if (operator === '!=') return value !== literal;
  if (typeof value === 'number' && typeof literal === 'number') return compareValues(operator, value, literal);
  return typeof value === 'string' && typeof literal === 'string' && compareValues(operator, value, literal);
}

/** Reads `(@.name == "x")`: one comparison, or `(@.name)` for a member that is there. */
export function readFilter(cursor: Cursor): Filter {
  if (!take(cursor, '(')) throw new PathProblem('write a filter as in ?(@.name=="smoke")');
  skipSpaces(cursor);
  const names = readNames(cursor);
  skipSpaces(cursor);
  const operator = COMPARISONS.find((one) => take(cursor, one));
  const literal = operator === undefined ? undefined : readLiteral(cursor);
  skipSpaces(cursor);
  if (!take(cursor, ')')) throw new PathProblem('a filter is one comparison, closed by )');
  if (operator === undefined || literal === undefined) return (member) => valueAt(member, names) !== undefined;
  return (member) => holds(valueAt(member, names), operator, literal);
}
