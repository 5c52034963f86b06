import type { z } from 'zod';

/**
 * One CEL rule of a custom resource definition: the API server evaluates it, the simulator and `lint` state the same rule in TypeScript.
 *
 * It is evaluated on every write, also of status alone, and what it costs the API server is the accesses: each `has(self.x)` or `self.x` makes a copy of the
 * list of all members that the schema of that object declares, two or three when `x` is set. Hence:
 * - the condition that is met by nearly every object, and asks for the fewest members, comes first;
 * - `self.?a.?b.orValue(c)` reads once what a `has` before every step reads twice (CEL of Kubernetes 1.29 and newer);
 * - an object that is asked several times is named once, with `bound`;
 * - a list or map that is gone through is written from `self` on: behind `orValue` and `bound` the server does not know how long it may be, and refuses the rule.
 */
export interface CelRule {
  readonly rule: string;
  /** Names the field and says what would be right. */
  readonly message: string;
  /** The member that the error is shown at, relative to the object that carries the rule: `.canaryService`. */
  readonly fieldPath?: string | undefined;
}

/** `schema` with CEL rules, evaluated with `self` being its value. `.extend()` drops them, so it comes last. */
export function withRules<Schema extends z.ZodType>(schema: Schema, ...rules: readonly CelRule[]): Schema {
  return schema.meta({ ...schema.meta(), 'x-kubernetes-validations': rules });
}

/**
 * CEL: how many members of `self` are set, whichever they are. `self` is declared as an object, which has no size; behind `dyn` it is the map that it is.
 * It reads nothing, where a `has` for each member costs one access each.
 */
export const MEMBERS_SET = 'dyn(self).size()';

/** `schema` with the rule that exactly one of its members is set; `field` is the object as people write it. */
export function withOneMember<Schema extends z.ZodObject>(schema: Schema, field: string, what: string, hint = ''): Schema {
  const members = Object.keys(schema.shape);
  return withRules(schema, { rule: `${MEMBERS_SET} == 1`, message: `${field} needs exactly one ${what}: ${oneOf(members)}${hint}` });
}

/** The rule that exactly one of two members is set, of an object that has others too. */
export function exactlyOne(field: string, [one, other]: readonly [string, string], what: string): CelRule {
  return { rule: `has(self.${one}) != has(self.${other})`, message: `${field} needs exactly one ${what}: ${one} or ${other}` };
}

/** CEL: `condition`, in which `name` stands for `value`: what is asked more than once is read once. */
export function bound(name: string, value: string, condition: string): string {
  return `[${value}].all(${name}, ${condition})`;
}

/** The rule that a list of texts names nothing twice. */
export function uniqueItems(field: string): CelRule {
  return { rule: 'self.all(x, self.exists_one(y, x == y))', message: `${field} must not name anything twice; remove the second one` };
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
