import type { JsonValue } from '../../api/json-value.ts';

/** Longest list and object, longest text, deepest nesting and most parts that a condition may look at: with them its cost is bounded before it runs. */
const MOST_MEMBERS = 100;
const LONGEST_TEXT = 4096;
const DEEPEST = 16;
const MOST_PARTS = 2000;

interface Budget {
  parts: number;
}

function tooMuch(value: unknown, depth: number, budget: Budget): string | undefined {
  budget.parts += 1;
  if (budget.parts > MOST_PARTS) return `holds over ${MOST_PARTS} parts`;
  if (depth > DEEPEST) return `is nested deeper than ${DEEPEST}`;
  if (typeof value === 'string') return value.length > LONGEST_TEXT ? `holds a text of over ${LONGEST_TEXT} characters` : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'holds a number that is out of range';
  if (typeof value !== 'object' || value === null) return undefined;
  const members = Object.values(value);
  if (members.length > MOST_MEMBERS) return `holds a list or an object of over ${MOST_MEMBERS} members`;
  for (const member of members) {
    const problem = tooMuch(member, depth + 1, budget);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The value that a text writes as JSON; undefined when it writes none. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse yields nothing else
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Why a condition cannot look at this value; undefined when it can. */
export function oversize(value: JsonValue): string | undefined {
  return tooMuch(value, 0, { parts: 0 });
}

/** A value as status shows it: numbers and booleans as they are; of everything else its kind and size, because what a server sent is never repeated (M1). */
export function describeJson(value: JsonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (!Array.isArray(value)) return `an object of ${Object.keys(value).length} members`;
  if (value.length > 0 && value.length <= 10 && value.every((item) => typeof item === 'number')) return `[${value.join(',')}]`;
  return `a list of ${value.length}`;
}
