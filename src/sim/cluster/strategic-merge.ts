import { badRequest } from './api-error.ts';
import { cloneJson, isObject, type JsonObject, jsonEqual, setOwn } from './json.ts';
import { memberSchema, type Schema } from './schema.ts';

const DIRECTIVES = ['$patch', '$retainKeys'];

/** Strategic merge patch, as kubectl sends it for built-in kinds: lists with a merge key join by it, `$patch: delete|replace` directives hold. */
export function strategicMerge(target: unknown, patch: unknown, schema: Schema | undefined): unknown {
  if (!isObject(patch)) return cloneJson(patch);
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  if (patch['$patch'] === 'delete') return {};
  const out: JsonObject = isObject(target) ? { ...target } : {};
  const retained = patch['$retainKeys'];
  if (Array.isArray(retained)) for (const key of Object.keys(out)) if (!retained.includes(key)) delete out[key];
  for (const [key, value] of Object.entries(patch)) {
    if (DIRECTIVES.includes(key) || key.startsWith('$setElementOrder/')) continue;
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      deletePrimitives(out, key.slice('$deleteFromPrimitiveList/'.length), value);
      continue;
    }
    const member = memberSchema(schema, key);
    if (value === null) delete out[key];
    else if (Array.isArray(value)) setOwn(out, key, mergeList(out[key], value, member, patch[`$setElementOrder/${key}`]));
    else setOwn(out, key, strategicMerge(out[key], value, member));
  }
  return out;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !DIRECTIVES.includes(key)));
}

function deletePrimitives(out: JsonObject, key: string, values: unknown): void {
  const list = out[key];
  if (!Array.isArray(list) || !Array.isArray(values)) return;
  out[key] = list.filter((item) => !values.some((value) => jsonEqual(value, item)));
}

function mergeList(current: unknown, patch: readonly unknown[], schema: Schema | undefined, order: unknown): readonly unknown[] {
  if (schema?.['x-kubernetes-patch-strategy']?.includes('merge') !== true) return patch.map((item) => cloneJson(item));
  const list = Array.isArray(current) ? current : [];
  const key = schema['x-kubernetes-patch-merge-key'];
  if (key === undefined) return [...list, ...patch.filter((item) => !list.some((known) => jsonEqual(known, item)))];
  const merged = mergeByKey(list, patch, key, schema.items);
  return Array.isArray(order) ? inOrder(merged, key, order) : merged;
}

function keyOf(item: unknown, key: string): unknown {
  return isObject(item) ? item[key] : undefined;
}

function mergeByKey(list: readonly unknown[], patch: readonly unknown[], key: string, items: Schema | undefined): readonly unknown[] {
  let out = [...list];
  for (const item of patch) {
    if (!isObject(item)) throw badRequest('a strategic merge patch holds a list item that is no object');
    const value = item[key];
    if (item['$patch'] === 'replace' && value === undefined) {
      out = patch.filter((other) => other !== item).map((other) => cloneJson(other));
      break;
    }
    const index = out.findIndex((known) => jsonEqual(keyOf(known, key), value));
    if (item['$patch'] === 'delete') out = out.filter((known) => !jsonEqual(keyOf(known, key), value));
    else if (index < 0) out.push(strategicMerge({}, item, items));
    else out[index] = strategicMerge(out[index], item, items);
  }
  return out;
}

function inOrder(list: readonly unknown[], key: string, order: readonly unknown[]): readonly unknown[] {
  const rank = (item: unknown): number => {
    const at = order.findIndex((entry) => jsonEqual(keyOf(entry, key), keyOf(item, key)));
    return at < 0 ? order.length : at;
  };
  return [...list].sort((a, b) => rank(a) - rank(b));
}
