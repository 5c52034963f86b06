import { isDeepStrictEqual } from 'node:util';

/** Whether two values are the same once they are JSON: members that are `undefined` do not travel, so they do not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(asJson(a), asJson(b));
}

function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
