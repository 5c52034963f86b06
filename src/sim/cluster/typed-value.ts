import { type FieldSet, fieldSetOf } from './field-set.ts';
import { isObject, type JsonObject, jsonEqual, setOwn } from './json.ts';
import { declaresMember, isAtomicMap, type ListShape, listShape, memberSchema, type Schema } from './schema.ts';
import { stableJson } from './stable-json.ts';

type Path = readonly string[];

/** The path element of a list's item: by value in a set, by its keys (defaults filled in) in a list map. */
export function itemElement(shape: ListShape, schema: Schema | undefined, item: unknown): string {
  if (shape.kind !== 'map') return `v:${stableJson(item)}`;
  const keys: JsonObject = {};
  for (const key of shape.keys) {
    const value = isObject(item) ? (item[key] ?? memberSchema(schema?.items, key)?.default) : undefined;
    if (value !== undefined) setOwn(keys, key, value);
  }
  return `k:${stableJson(keys)}`;
}

/** Items of a merged list by path element; of duplicates the first stays. */
export function itemsByElement(shape: ListShape, schema: Schema | undefined, list: readonly unknown[]): Map<string, unknown> {
  const out = new Map<string, unknown>();
  for (const item of list) {
    const element = itemElement(shape, schema, item);
    if (!out.has(element)) out.set(element, item);
  }
  return out;
}

/** The fields that applying `value` would own (structured-merge-diff's ToFieldSet). */
export function fieldsOf(value: unknown, schema: Schema | undefined): FieldSet {
  const paths: Path[] = [];
  collect(value, schema, [], paths);
  return fieldSetOf(paths);
}

function collect(value: unknown, schema: Schema | undefined, path: Path, out: Path[]): void {
  if (Array.isArray(value)) {
    collectItems(value, schema, path, out);
  } else if (!isObject(value)) {
    out.push(path);
  } else if (isAtomicMap(schema)) {
    out.push(path);
  } else {
    for (const [key, member] of Object.entries(value)) {
      const at = [...path, `f:${key}`];
      collect(member, memberSchema(schema, key), at, out);
      const blank = isObject(member) && Object.keys(member).length === 0;
      if (blank || !declaresMember(schema, key)) out.push(at);
    }
  }
}

function collectItems(list: readonly unknown[], schema: Schema | undefined, path: Path, out: Path[]): void {
  const shape = listShape(schema);
  if (shape.kind === 'atomic') {
    out.push(path);
    return;
  }
  for (const [element, item] of itemsByElement(shape, schema, list)) {
    collect(item, schema?.items, [...path, element], out);
    out.push([...path, element]);
  }
}

/** Paths of a configuration's fields that the schema does not declare: an apply fails on them however lenient it is asked to be. */
export function undeclaredFields(value: unknown, schema: Schema | undefined, path: Path = []): readonly Path[] {
  if (schema === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true) return [];
  if (Array.isArray(value)) {
    const shape = listShape(schema);
    return value.flatMap((item, index) => {
      const element = shape.kind === 'atomic' ? `i:${index}` : itemElement(shape, schema, item);
      return undeclaredFields(item, schema.items, [...path, element]);
    });
  }
  if (!isObject(value) || schema.properties === undefined) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = [...path, `f:${key}`];
    const inner = memberSchema(schema, key);
    return inner === undefined && schema.additionalProperties !== true ? [at] : undeclaredFields(member, inner, at);
  });
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

interface Differences {
  readonly added: Path[];
  readonly modified: Path[];
  readonly removed: Path[];
}

/** Which fields differ between two versions of an object, at the granularity of field ownership. */
export function compareTyped(before: unknown, after: unknown, schema: Schema | undefined): Comparison {
  const out: Differences = { added: [], modified: [], removed: [] };
  compare(before, after, schema, [], out);
  return { added: fieldSetOf(out.added), modified: fieldSetOf(out.modified), removed: fieldSetOf(out.removed) };
}

function compare(before: unknown, after: unknown, schema: Schema | undefined, path: Path, out: Differences): void {
  // Most of an object is as it was, and nothing in an equal part differs.
  if (before !== undefined && jsonEqual(before, after)) return;
  if (path.length > 0 && before === undefined) out.added.push(path);
  if (path.length > 0 && after === undefined) out.removed.push(path);
  const sides = [before, after].filter((side) => side !== undefined);
  if (sides.every(Array.isArray) && listShape(schema).kind !== 'atomic') compareLists(before, after, schema, path, out);
  else if (sides.every(isObject) && !isAtomicMap(schema)) compareMaps(before, after, schema, path, out);
  else if (sides.length === 2 && !jsonEqual(before, after)) out.modified.push(path);
}

function compareLists(before: unknown, after: unknown, schema: Schema | undefined, path: Path, out: Differences): void {
  const shape = listShape(schema);
  const old = itemsByElement(shape, schema, Array.isArray(before) ? before : []);
  const next = itemsByElement(shape, schema, Array.isArray(after) ? after : []);
  for (const element of new Set([...old.keys(), ...next.keys()])) {
    compare(old.get(element), next.get(element), schema?.items, [...path, element], out);
  }
}

function compareMaps(before: unknown, after: unknown, schema: Schema | undefined, path: Path, out: Differences): void {
  const old: JsonObject = isObject(before) ? before : {};
  const next: JsonObject = isObject(after) ? after : {};
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    compare(old[key], next[key], memberSchema(schema, key), [...path, `f:${key}`], out);
  }
}

/** `config` laid over `live` (structured-merge-diff's Merge): maps and list maps join, everything else is replaced. */
export function mergeTyped(live: unknown, config: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(config) && Array.isArray(live)) {
    const shape = listShape(schema);
    return shape.kind === 'atomic' ? config : mergeLists(live, config, shape, schema);
  }
  if (!isObject(config) || !isObject(live) || isAtomicMap(schema)) return config;
  const out: JsonObject = { ...live };
  for (const [key, value] of Object.entries(config)) {
    setOwn(out, key, Object.hasOwn(live, key) ? mergeTyped(live[key], value, memberSchema(schema, key)) : value);
  }
  return out;
}

function mergeLists(live: readonly unknown[], config: readonly unknown[], shape: ListShape, schema: Schema | undefined): unknown[] {
  const old = itemsByElement(shape, schema, live);
  const next = itemsByElement(shape, schema, config);
  const merged = (element: string): unknown => {
    if (!next.has(element)) return old.get(element);
    return old.has(element) ? mergeTyped(old.get(element), next.get(element), schema?.items) : next.get(element);
  };
  const appliedOrder = [...old.keys()].every((element) => next.has(element));
  const order = appliedOrder ? [...next.keys()] : [...old.keys(), ...[...next.keys()].filter((element) => !old.has(element))];
  return order.map(merged);
}

/** Takes out of `value` what `last` owned and nobody in `managed` owns now. */
export function dropUnowned(value: unknown, schema: Schema | undefined, last: FieldSet, managed: FieldSet | undefined): unknown {
  const shape = listShape(schema);
  if (Array.isArray(value)) {
    if (shape.kind === 'atomic') return value;
    return value.flatMap((item) => {
      const element = itemElement(shape, schema, item);
      return dropElement(element, item, schema?.items, last, managed);
    });
  }
  if (!isObject(value) || isAtomicMap(schema)) return value;
  const out: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const [kept] = dropElement(`f:${key}`, member, memberSchema(schema, key), last, managed);
    if (kept !== undefined) setOwn(out, key, kept);
  }
  return out;
}

function dropElement(
  element: string,
  value: unknown,
  schema: Schema | undefined,
  last: FieldSet,
  managed: FieldSet | undefined,
): readonly unknown[] {
  const below = last.children.get(element);
  const named = element.startsWith('f:');
  const wasOwned = last.members.has(element) || (named && below !== undefined);
  const owners = managed?.children.get(element);
  const owned = managed?.members.has(element) === true || (named && owners !== undefined);
  if (wasOwned && !owned) return [];
  return [below === undefined ? value : dropUnowned(value, schema, below, owners)];
}
