import type { StructuralSchema } from './crd.ts';
import { didYouMean } from './did-you-mean.ts';
import { fieldPath } from './field-path.ts';
import type { FieldProblem } from './field-problem.ts';
import { kindSchema } from './kind-schema.ts';
import type { KubeObject } from './metadata.ts';

/** Every field of an object of our kinds that its schema does not know: the API server would drop it silently (strict validation refuses it). */
export function unknownFields(raw: KubeObject): readonly FieldProblem[] {
  const schema = kindSchema(raw.kind);
  return schema === undefined ? [] : unknownIn(schema, raw, []);
}

function unknownIn(schema: StructuralSchema, value: unknown, path: readonly PropertyKey[]): readonly FieldProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    const items = schema.items;
    return items === undefined ? [] : value.flatMap((item, index) => unknownIn(items, item, [...path, index]));
  }
  return Object.entries(value).flatMap(([key, member]) => {
    const known = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : schema.additionalProperties;
    if (known !== undefined) return unknownIn(known, member, [...path, key]);
    return schema['x-kubernetes-preserve-unknown-fields'] === true || schema.properties === undefined
      ? []
      : [unknownField(schema, [...path, key], key)];
  });
}

function unknownField(schema: StructuralSchema, path: readonly PropertyKey[], key: string): FieldProblem {
  const known = Object.keys(schema.properties ?? {});
  const near = didYouMean(key, known);
  const remedy = near === undefined ? `remove it; known here: ${known.slice(0, 20).join(', ')}` : `did you mean ${near}?`;
  return { field: fieldPath(path), problem: 'is not a field of this kind', remedy };
}
