import type { z } from 'zod';

/** One CEL rule of a custom resource definition: the API server evaluates it, the simulator and `lint` state the same rule in TypeScript. */
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

/** CEL: how many of the optional members of `self` are set. */
function countOf(members: readonly string[]): string {
  return `[${members.map((member) => `has(self.${member})`).join(', ')}].filter(x, x).size()`;
}

/** The rule that exactly one of the optional members is set; `field` is the object as people write it. */
export function exactlyOne(field: string, members: readonly string[], what: string, hint = ''): CelRule {
  return { rule: `${countOf(members)} == 1`, message: `${field} needs exactly one ${what}: ${oneOf(members)}${hint}` };
}

/** The rule that a list of texts names nothing twice. */
export function uniqueItems(field: string): CelRule {
  return { rule: 'self.all(x, self.exists_one(y, x == y))', message: `${field} must not name anything twice; remove the second one` };
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
