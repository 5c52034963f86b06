import { isObject, type JsonObject, setOwn } from './json.ts';

/**
 * A set of field paths as `managedFields` stores them (FieldsV1): keys are `f:name`, `k:{"name":"x"}`, `v:"x"`.
 * A key in `members` owns the value itself; `children` holds what is owned inside it.
 */
export interface FieldSet {
  readonly members: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const EMPTY_FIELDS: FieldSet = { members: new Set(), children: new Map() };

/** Builds a set from paths. */
export function fieldSetOf(paths: Iterable<readonly string[]>): FieldSet {
  const members = new Set<string>();
  const inner = new Map<string, (readonly string[])[]>();
  for (const [head, ...rest] of paths) {
    if (head === undefined) continue;
    if (rest.length === 0) members.add(head);
    else {
      const below = inner.get(head);
      if (below === undefined) inner.set(head, [rest]);
      else below.push(rest);
    }
  }
  return { members, children: new Map([...inner].map(([key, list]) => [key, fieldSetOf(list)])) };
}

/** Every path of a set, parents before what is in them. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): (readonly string[])[] {
  const own = [...set.members].map((key) => [...prefix, key]);
  return [...own, ...[...set.children].flatMap(([key, child]) => pathsOf(child, [...prefix, key]))];
}

export function isEmptySet(set: FieldSet): boolean {
  return set.members.size === 0 && [...set.children.values()].every(isEmptySet);
}

function combine(a: FieldSet, b: FieldSet, keep: (inA: boolean, inB: boolean) => boolean): FieldSet {
  const members = new Set<string>();
  for (const key of new Set([...a.members, ...b.members])) if (keep(a.members.has(key), b.members.has(key))) members.add(key);
  const children = new Map<string, FieldSet>();
  for (const key of new Set([...a.children.keys(), ...b.children.keys()])) {
    const child = combine(a.children.get(key) ?? EMPTY_FIELDS, b.children.get(key) ?? EMPTY_FIELDS, keep);
    if (!isEmptySet(child)) children.set(key, child);
  }
  return { members, children };
}

export function unionOf(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA || inB);
}

export function differenceOf(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

export function intersectionOf(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB);
}

export function sameFields(a: FieldSet, b: FieldSet): boolean {
  return isEmptySet(combine(a, b, (inA, inB) => inA !== inB));
}

/** Leaves out what is at or under the paths. */
export function withoutPrefixes(set: FieldSet, prefixes: FieldSet): FieldSet {
  const members = new Set([...set.members].filter((key) => !prefixes.members.has(key)));
  const children = new Map<string, FieldSet>();
  for (const [key, child] of set.children) {
    if (prefixes.members.has(key)) continue;
    const below = prefixes.children.get(key);
    const kept = below === undefined ? child : withoutPrefixes(child, below);
    if (!isEmptySet(kept)) children.set(key, kept);
  }
  return { members, children };
}

/** FieldsV1 as it is stored. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const out: JsonObject = {};
  for (const key of [...new Set([...set.members, ...set.children.keys()])].sort()) {
    const child = set.children.get(key);
    const inner = child === undefined ? {} : toFieldsV1(child);
    setOwn(out, key, set.members.has(key) && child !== undefined ? { '.': {}, ...inner } : inner);
  }
  return out;
}

/** Reads FieldsV1; what is no object counts as empty. */
export function fromFieldsV1(value: unknown): FieldSet {
  const members = new Set<string>();
  const children = new Map<string, FieldSet>();
  if (!isObject(value)) return EMPTY_FIELDS;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '.') continue;
    const keys = isObject(inner) ? Object.keys(inner) : [];
    if (keys.length === 0 || keys.includes('.')) members.add(key);
    const child = fromFieldsV1(inner);
    if (!isEmptySet(child)) children.set(key, child);
  }
  return { members, children };
}

/** `.spec.containers[name="app"].image`, as the server words a path in a conflict. */
export function formatFieldPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('i:')) return `[${text}]`;
  if (!element.startsWith('k:')) return `[=${text}]`;
  const keys: unknown = JSON.parse(text);
  if (!isObject(keys)) return `[${text}]`;
  const pairs = Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${pairs.join(',')}]`;
}
