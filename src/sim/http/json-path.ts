import { isObject } from '../cluster/json.ts';

// The part of kubectl's JSONPath that printer columns use: .a.b, ['a.b'], .a\.b, [0], [*], [?(@.type=="Ready")].
const TOKEN = /\.((?:\\.|[^.[\]\\])+)|\['([^']+)'\]|\[(-?\d+)\]|\[(\*)\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]/gu;

function step(values: readonly unknown[], match: RegExpMatchArray): readonly unknown[] {
  const [, dotted, quoted, index, all, filterField, filterValue] = match;
  const key = dotted?.replaceAll(/\\(.)/gu, '$1') ?? quoted;
  if (key !== undefined) return values.flatMap((value) => (isObject(value) && Object.hasOwn(value, key) ? [value[key]] : []));
  if (index !== undefined) return values.flatMap((value) => (Array.isArray(value) ? value.slice(Number(index)).slice(0, 1) : []));
  if (all !== undefined) return values.flatMap((value) => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []));
  const wanted = (filterField ?? '').split('.');
  const found = (item: unknown): unknown =>
    wanted.reduce<unknown>((current, part) => (isObject(current) ? current[part] : undefined), item);
  return values.flatMap((value) => (Array.isArray(value) ? value.filter((item) => found(item) === filterValue) : []));
}

/** The values that a printer column's path finds in an object. */
export function findByJsonPath(object: unknown, path: string): readonly unknown[] {
  return [...path.matchAll(TOKEN)].reduce<readonly unknown[]>(step, [object]);
}
