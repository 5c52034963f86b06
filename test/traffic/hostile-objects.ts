import * as fc from 'fast-check';
import type { KubeObject } from '../../src/api/metadata.ts';

type Path = readonly (string | number)[];

function pathsOf(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((entry, index) => [index, entry] as const)
    : Object.entries(value);
  return [at, ...members.flatMap(([key, member]) => pathsOf(member, [...at, key]))];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((entry: unknown, index) => (index === key ? replaced(entry, rest, by) : entry));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, name === key ? replaced(member, rest, by) : member]));
}

/** These objects with one to three places replaced by any JSON, names and versions kept: what a careless or hostile owner may write. */
export function hostileObjects(objects: readonly KubeObject[]): fc.Arbitrary<readonly KubeObject[]> {
  const places = objects.flatMap((object, index) =>
    pathsOf(object)
      .filter(([top]) => top !== undefined && !['metadata', 'apiVersion', 'kind'].includes(String(top)))
      .map((path) => ({ index, path })),
  );
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(-1, 0, 1.5, 1e308, '', '__proto__', 'constructor', null, [], {}, [null], [{}]),
    fc.constant(JSON.parse('{"__proto__": {"weight": 7}, "name": "x"}')),
  );
  return fc
    .array(fc.record({ place: fc.constantFrom(...places), by: odd }), { minLength: 1, maxLength: 3 })
    .map((changes) =>
      objects.map((object, index) =>
        changes
          .filter(({ place }) => place.index === index)
          .reduce((changed, { place, by }) => replaced(changed, place.path, by) as KubeObject, object),
      ),
    );
}
