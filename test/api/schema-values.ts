import * as fc from 'fast-check';
import type { StructuralSchema } from '../../src/api/crd.ts';

const LETTERS = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'x', 'y', 'z', '0', '1', '9'), minLength: 1, maxLength: 12 });

/** Any value that a structural schema accepts; optional members come and go. CEL rules are not looked at. */
export function valuesOf(schema: StructuralSchema): fc.Arbitrary<unknown> {
  if (schema['x-kubernetes-int-or-string'] === true) return fc.oneof(integers(schema), texts(schema));
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...(schema['enum'] as readonly string[]));
  switch (schema.type) {
    case 'object':
      return objects(schema);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}), { minLength: bound(schema, 'minItems') ?? 0, maxLength: 2 });
    case 'string':
      return texts(schema);
    case 'integer':
      return integers(schema);
    case 'number':
      return fc.double({ min: 0.001, max: 99.999, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case undefined:
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function bound(schema: StructuralSchema, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? value : undefined;
}

function integers(schema: StructuralSchema): fc.Arbitrary<number> {
  const min = bound(schema, 'minimum') ?? -1000;
  return fc.integer({ min, max: Math.min(bound(schema, 'maximum') ?? 100_000, 100_000) });
}

function texts(schema: StructuralSchema): fc.Arbitrary<string> {
  const longest = bound(schema, 'maxLength') ?? 20;
  const { pattern } = schema;
  if (typeof pattern !== 'string') return LETTERS.filter((text) => text.length <= longest);
  return fc.stringMatching(new RegExp(pattern), { size: 'xsmall' }).filter((text) => text.length <= longest);
}

function objects(schema: StructuralSchema): fc.Arbitrary<unknown> {
  if (schema.additionalProperties !== undefined)
    return fc.dictionary(LETTERS, valuesOf(schema.additionalProperties), { maxKeys: 2, noNullPrototype: true });
  const members = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, member]) => [key, valuesOf(member)]));
  const declared = fc.record(members, { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true });
  if (schema['x-kubernetes-preserve-unknown-fields'] !== true) return declared;
  return fc
    .tuple(fc.dictionary(LETTERS, fc.constantFrom(1, 'a', true), { maxKeys: 2, noNullPrototype: true }), declared)
    .map(([more, known]) => ({ ...more, ...known }));
}
