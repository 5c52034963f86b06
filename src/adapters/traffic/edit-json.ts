import type { KubeObject } from '../../api/metadata.ts';
import { deepEqual } from '../../core/identity/deep-equal.ts';
import { isRecord } from '../../core/identity/is-record.ts';

export type JsonPath = readonly (string | number)[];

/** The value at this place of plain JSON data; undefined when there is none. */
export function jsonAt(value: unknown, path: JsonPath): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return typeof key === 'number' ? inner[key] : undefined;
    return isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }, value);
}

/**
 * A copy of the object with one value set (removed when undefined), and everything else, the order of members included, as it was. The object itself when
 * nothing changes, so that an unchanged object is told by identity.
 */
export function setJson(object: KubeObject, path: JsonPath, value: unknown): KubeObject {
  const [head, ...rest] = path;
  if (head === undefined || deepEqual(jsonAt(object, path), value)) return object;
  return { ...object, [head]: setIn(object[head], rest, value) };
}

function setIn(container: unknown, path: JsonPath, value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(container)) return container.map((item: unknown, index) => (index === head ? setIn(item, rest, value) : item));
  const members = isRecord(container) ? container : {};
  const inner = setIn(members[head], rest, value);
  if (inner !== undefined) return { ...members, [head]: inner };
  const { [String(head)]: _removed, ...kept } = members;
  return kept;
}
