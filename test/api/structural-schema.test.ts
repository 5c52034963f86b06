import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { structuralSchema } from '../../src/api/crd.ts';

const refused: readonly (readonly [string, () => z.ZodType, RegExp])[] = [
  ['a union', () => z.object({ a: z.union([z.string(), z.int()]) }), /a: a union is not structural/],
  ['a discriminated union', () => z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]), /union/],
  ['a tuple', () => z.object({ a: z.tuple([z.string()]) }), /a: zod 'tuple'/],
  ['a refinement', () => z.object({ a: z.string().refine((text) => text !== '') }), /a: zod refine vanishes/],
  [
    'a transformation',
    () => z.object({ a: z.string().transform((text) => text.length) }),
    /Transforms cannot be represented|zod '(pipe|transform)'/,
  ],
  ['a trimmed text', () => z.object({ a: z.string().trim() }), /a: zod transforms vanish/],
  ['a coerced number', () => z.object({ a: z.coerce.number() }), /a: zod coerce/],
  ['a strict object', () => z.object({ a: z.strictObject({ b: z.string() }) }), /a: strictObject/],
  ['a readonly object', () => z.object({ a: z.object({ b: z.string() }).readonly() }), /a: zod 'readonly'/],
  ['an intersection', () => z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })), /zod 'intersection'/],
  ['a schema with an id', () => z.object({ a: z.string().meta({ id: 'structural-schema-test' }) }), /a: a schema with an id/],
  [
    'a recursive schema',
    () => {
      const tree: z.ZodType = z.lazy(() => z.object({ child: tree.optional() }));
      return z.object({ tree });
    },
    /lazy|Cycle/,
  ],
  ['a pattern with look-ahead', () => z.object({ a: z.string().regex(/(?=a)a/) }), /a: pattern .* is not RE2/],
  ['a date', () => z.object({ a: z.date() }), /[Dd]ate/],
];

describe('the structural schema', () => {
  for (const [what, schema, message] of refused) {
    it(`of ${what} is refused at build time`, () => {
      assert.throws(() => structuralSchema(schema()), message);
    });
  }

  it('of an opaque object keeps what is in it', () => {
    assert.deepEqual(structuralSchema(z.looseObject({})), { type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
  });

  it('of an integer has no bounds that a double gives it', () => {
    assert.deepEqual(structuralSchema(z.int().min(0)), { type: 'integer', minimum: 0, format: 'int64' });
  });

  it('of an int-or-string moves the bounds of both branches to the node', () => {
    const schema = z
      .union([
        z.int().min(1),
        z
          .string()
          .regex(/^[0-9]+%$/)
          .max(4),
      ])
      .meta({ 'x-kubernetes-int-or-string': true });
    assert.deepEqual(structuralSchema(schema), {
      minimum: 1,
      pattern: '^[0-9]+%$',
      maxLength: 4,
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
    });
  });

  it('keeps rules, list types and defaults, and leaves out what only the parser fills in', () => {
    const item = z.object({ name: z.string() }).meta({ 'x-kubernetes-validations': [{ rule: 'true', message: 'm' }] });
    const schema = z.object({
      list: z
        .array(item)
        .max(3)
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
        .optional(),
      count: z.int().default(3),
      hidden: z.record(z.string(), z.string()).default({}).meta({ 'x-sluice-parser-default': true }),
    });
    assert.deepEqual(structuralSchema(schema), {
      type: 'object',
      properties: {
        list: {
          type: 'array',
          maxItems: 3,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            properties: { name: { type: 'string' } },
            required: ['name'],
            'x-kubernetes-validations': [{ rule: 'true', message: 'm' }],
          },
        },
        count: { type: 'integer', format: 'int64', default: 3 },
        hidden: { type: 'object', additionalProperties: { type: 'string' } },
      },
    });
  });
});
