import { type Json, jsonObject } from './json.ts';

/**
 * Whether `live` says all that `wanted` says. Members that only `live` has are defaults of an API server that is newer than this program, and no difference:
 * writing them away would never end. Lists are compared entry by entry.
 */
export function says(live: unknown, wanted: unknown): boolean {
  if (Object.is(live, wanted)) return true;
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && live.length === wanted.length && wanted.every((entry, index) => says(live[index], entry));
  }
  const [have, want] = [jsonObject(live), jsonObject(wanted)];
  if (have === undefined || want === undefined) return false;
  return Object.entries(want).every(([key, member]) => member === undefined || (Object.hasOwn(have, key) && says(have[key], member)));
}

/** As `says`, and `live` has no other members than `wanted` at this level. */
export function saysExactly(live: Json, wanted: Json): boolean {
  return Object.keys(live).every((key) => wanted[key] !== undefined) && says(live, wanted);
}
