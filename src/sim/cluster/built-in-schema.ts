import builtIn from './built-in-schemas.json' with { type: 'json' };
import { isObject, type JsonObject, setOwn } from './json.ts';
import type { Schema } from './schema.ts';

// Schemas of the built-in kinds as a Kubernetes 1.37 API server publishes them at /openapi/v3, without descriptions and format-only enums.
const SOURCE: Readonly<Record<string, unknown>> = builtIn;

/** Published as an integer or a text; the decoder takes every number (`cpu: 0.001`). */
const QUANTITY = 'api.resource.Quantity';

const resolved = new Map<string, Schema>([[QUANTITY, {}]]);

/** The schema of a built-in type such as `core.v1.Pod`, with references replaced by what they name. */
export function builtInSchema(name: string): Schema {
  const known = resolved.get(name);
  if (known !== undefined) return known;
  const source = SOURCE[name];
  if (!isObject(source)) throw new Error(`no built-in schema is called ${name}`);
  const target: JsonObject = {};
  resolved.set(name, target);
  Object.assign(target, expand(source));
  return target;
}

function expand(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expand);
  if (!isObject(value)) return value;
  const reference = value['$ref'];
  if (typeof reference === 'string') {
    const referenced = builtInSchema(reference);
    return Object.hasOwn(value, 'default') ? { ...referenced, default: value['default'] } : referenced;
  }
  const out: JsonObject = {};
  for (const [key, member] of Object.entries(value)) setOwn(out, key, expand(member));
  return out;
}

/** Schema of `metadata`, the same for every kind. */
export const OBJECT_META: Schema = builtInSchema('apis.meta.v1.ObjectMeta');
