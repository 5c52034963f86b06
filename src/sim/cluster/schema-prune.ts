import { OBJECT_META } from './built-in-schema.ts';
import { formatPath, isObject, type JsonObject, setOwn } from './json.ts';
import type { Schema } from './schema.ts';

type Path = readonly (string | number)[];

export interface Pruned {
  readonly object: JsonObject;
  /** Paths of what was taken out, for strict field validation. */
  readonly unknown: readonly string[];
}

/** Takes out of an object what its schema does not know; `apiVersion`, `kind` and `metadata` always belong. */
export function pruneObject(object: JsonObject, schema: Schema): Pruned {
  const unknown: string[] = [];
  return { object: pruneRoot(object, schema, [], unknown), unknown };
}

function pruneRoot(object: JsonObject, schema: Schema, path: Path, unknown: string[]): JsonObject {
  const { apiVersion, kind, metadata, ...rest } = object;
  const out: JsonObject = {};
  if (apiVersion !== undefined) out['apiVersion'] = apiVersion;
  if (kind !== undefined) out['kind'] = kind;
  if (metadata !== undefined) out['metadata'] = prune(metadata, OBJECT_META, [...path, 'metadata'], unknown);
  return Object.assign(out, prune(rest, schema, path, unknown));
}

function prune(value: unknown, schema: Schema | undefined, path: Path, unknown: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => prune(item, schema?.items, [...path, index], unknown));
  if (!isObject(value)) return value;
  const keepsUnknown = schema === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true || schema.type === undefined;
  const out: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const at = [...path, key];
    const declared = schema?.properties !== undefined && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    const rest = schema?.additionalProperties;
    if (declared !== undefined) setOwn(out, key, pruneMember(member, declared, at, unknown));
    else if (isObject(rest)) setOwn(out, key, pruneMember(member, rest, at, unknown));
    else if (rest === true || keepsUnknown || isFreeForm(schema)) setOwn(out, key, member);
    else unknown.push(formatPath(at));
  }
  return out;
}

function pruneMember(value: unknown, schema: Schema, path: Path, unknown: string[]): unknown {
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  return embedded && isObject(value) ? pruneRoot(value, schema, path, unknown) : prune(value, schema, path, unknown);
}

/** Built-in schemas use a bare `type: object` for FieldsV1. */
function isFreeForm(schema: Schema | undefined): boolean {
  return (
    schema?.type === 'object' &&
    schema.properties === undefined &&
    schema.format === undefined &&
    schema.additionalProperties === undefined &&
    schema['x-kubernetes-validations'] === undefined &&
    schema === FREE_FORM
  );
}

const FREE_FORM = OBJECT_META.properties?.['managedFields']?.items?.properties?.['fieldsV1'];
