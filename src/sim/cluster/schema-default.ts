import { memoByObject } from '../../core/identity/memo-by-object.ts';
import { cloneJson, isObject, setOwn } from './json.ts';
import type { Schema } from './schema.ts';

/** Whether there is a default anywhere in a schema: most parts of most schemas have none, and need no look at the value. */
const hasDefaults: (schema: Schema) => boolean = memoByObject((schema) => {
  const rest = schema.additionalProperties;
  const inner = [...Object.values(schema.properties ?? {}), schema.items, isObject(rest) ? rest : undefined];
  return inner.some((member) => member !== undefined && (member.default !== undefined || hasDefaults(member)));
});

/**
 * Fills in the defaults of a structural schema, in place. As in Kubernetes a null that is not allowed counts as absent when there is a default, and goes.
 */
export function applyDefaults(value: unknown, schema: Schema | undefined): void {
  if (schema === undefined || !hasDefaults(schema)) return;
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(item, schema.items);
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(schema.properties ?? {})) {
      const current = value[key];
      const missing = current === undefined || (current === null && member.nullable !== true);
      if (missing && member.default !== undefined) setOwn(value, key, cloneJson(member.default));
      applyDefaults(value[key], member);
    }
    const rest = schema.additionalProperties;
    if (!isObject(rest)) return;
    for (const [key, member] of Object.entries(value)) {
      if (schema.properties?.[key] === undefined) applyDefaults(member, rest);
    }
  }
}

/**
 * Drops the nulls that a schema does not allow, in place: Go's decoder reads them as absent, and structural defaulting prunes them. Opaque parts keep theirs.
 */
export function dropNulls(value: unknown, schema: Schema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema.items);
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const declared = schema.properties?.[key] ?? (isObject(schema.additionalProperties) ? schema.additionalProperties : undefined);
      if (member === null && declared !== undefined && declared.nullable !== true) delete value[key];
      else dropNulls(member, declared);
    }
  }
}
