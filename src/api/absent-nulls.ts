import type { StructuralSchema } from './crd.ts';
import { kindSchema } from './kind-schema.ts';
import type { KubeObject } from './metadata.ts';

/**
 * An object of our kinds as the API server takes it: a null where the schema declares a field is no value (`replicas:` of a chart with nothing behind it),
 * so that the field is absent. Nulls in opaque parts, and of unknown fields, stay.
 */
export function withoutNulls(raw: KubeObject): KubeObject {
  const schema = kindSchema(raw.kind);
  return schema === undefined ? raw : { ...raw, ...membersOf(schema, raw) };
}

function membersOf(schema: StructuralSchema, value: object): Readonly<Record<string, unknown>> {
  const declared = (key: string): StructuralSchema | undefined =>
    Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : schema.additionalProperties;
  const kept = Object.entries(value).filter(([key, member]) => member !== null || declared(key) === undefined);
  return Object.fromEntries(kept.map(([key, member]) => [key, valueOf(declared(key), member)]));
}

function valueOf(schema: StructuralSchema | undefined, value: unknown): unknown {
  if (schema === undefined || typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map((item: unknown) => valueOf(schema.items, item)) : membersOf(schema, value);
}
