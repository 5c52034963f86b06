import type { ParseResult } from '../../api/field-problem.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { fieldParts } from './field-parts.ts';

/** An object without the members that cannot be read, and which those were. */
export interface ReadablePart<T> {
  readonly value: T;
  readonly lost: readonly string[];
}

/** Taking out one member may show that its parent cannot be read either; an object that needs more rounds has too little left to judge. */
const MOST_ROUNDS = 3;

/**
 * What is left of an object once the members that do not parse are taken out, so that the rules between the others can be looked at in the same
 * breath. Undefined when what is missing or wrong is needed to read the rest.
 */
export function readablePart<T>(raw: KubeObject, parse: (raw: KubeObject) => ParseResult<T>): ReadablePart<T> | undefined {
  const lost: string[] = [];
  let left: KubeObject = raw;
  for (let round = 0; round <= MOST_ROUNDS; round += 1) {
    const parsed = parse(left);
    if (parsed.ok) return { value: parsed.value, lost };
    const copy = structuredClone(left);
    if (!parsed.problems.every((problem) => removeField(copy, problem.field))) return undefined;
    lost.push(...parsed.problems.map((problem) => problem.field));
    left = copy;
  }
  return undefined;
}

/** Whether a problem only says what a lost member says already: it stands at the member, inside it, or at something that holds it. */
export function isAboutLost(field: string, lost: readonly string[]): boolean {
  return lost.some((one) => one === field || within(one, field) || within(field, one));
}

function within(inner: string, outer: string): boolean {
  return inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}

/** Takes a member out; a list's entry becomes an empty object, so that the others keep their index. False when there is nothing to take. */
function removeField(object: object, field: string): boolean {
  const parts = fieldParts(field);
  const last = parts.at(-1);
  const holder = parts.slice(0, -1).reduce<unknown>((value, part) => (isObject(value) ? Reflect.get(value, part) : undefined), object);
  if (last === undefined || !isObject(holder) || Reflect.get(holder, last) === undefined) return false;
  if (Array.isArray(holder)) Reflect.set(holder, last, {});
  else Reflect.deleteProperty(holder, last);
  return true;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
