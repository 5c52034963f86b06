import type { JsonPatchOperation } from '../../ports/cluster.ts';
import { apiError } from './api-error.ts';
import { cloneJson, isObject, type JsonObject, jsonEqual, setOwn } from './json.ts';

/** RFC 7396. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return cloneJson(patch);
  const out: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else setOwn(out, key, mergePatch(Object.hasOwn(out, key) ? out[key] : undefined, value));
  }
  return out;
}

function failed(why: string): Error {
  return apiError(422, 'Invalid', `the server rejected our request due to an error in our request: ${why}`);
}

/** RFC 6902 with the operations of the port; 422 when one does not fit the object or a test fails. */
export function jsonPatch(target: JsonObject, operations: readonly JsonPatchOperation[]): JsonObject {
  const root: JsonObject = { '': cloneJson(target) };
  for (const operation of operations) {
    const path = operation.path === '' ? [''] : ['', ...operation.path.split('/').slice(1).map(unescape)];
    applyOperation(root, path, operation);
  }
  const result = root[''];
  if (!isObject(result)) throw failed('the patch leaves no object');
  return result;
}

function unescape(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function applyOperation(root: JsonObject, path: readonly string[], operation: JsonPatchOperation): void {
  const key = path.at(-1) ?? '';
  let parent: unknown = root;
  for (const part of path.slice(0, -1)) {
    const next: unknown = childOf(parent, part);
    if (next === undefined)
      throw failed(`${operation.op} operation does not apply: doc is missing path: ${JSON.stringify(operation.path)}: missing value`);
    parent = next;
  }
  if (Array.isArray(parent)) applyToList(parent, key, operation);
  else if (isObject(parent)) applyToObject(parent, key, operation);
  else throw failed(`${operation.op} operation does not apply: ${operation.path} is inside a plain value`);
}

function childOf(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) return parent[Number(key)];
  return isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
}

function applyToObject(parent: JsonObject, key: string, operation: JsonPatchOperation): void {
  const present = Object.hasOwn(parent, key);
  if (operation.op === 'test') return assertEqual(present ? parent[key] : undefined, operation);
  if (!present && operation.op !== 'add')
    throw failed(`${operation.op} operation does not apply: doc is missing key: ${operation.path}: missing value`);
  if (operation.op === 'remove') delete parent[key];
  else setOwn(parent, key, cloneJson(operation.value));
}

function applyToList(parent: unknown[], key: string, operation: JsonPatchOperation): void {
  const index = key === '-' ? parent.length : Number(key);
  const limit = operation.op === 'add' ? parent.length : parent.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > limit)
    throw failed(`${operation.op} operation does not apply: index ${key} is outside ${operation.path}`);
  if (operation.op === 'test') assertEqual(parent[index], operation);
  else if (operation.op === 'add') parent.splice(index, 0, cloneJson(operation.value));
  else if (operation.op === 'remove') parent.splice(index, 1);
  else parent[index] = cloneJson(operation.value);
}

function assertEqual(found: unknown, operation: JsonPatchOperation): void {
  if (!jsonEqual(found ?? null, operation.value ?? null)) throw failed(`testing value ${operation.path} failed: test failed`);
}
