/** Structural equality of plain data; an absent member equals an undefined one, and the order of keys does not matter. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  let members = 0;
  // By keys and without copies: whole statuses are compared in every decision.
  for (const key of Object.keys(left)) {
    const member: unknown = Reflect.get(left, key);
    if (member === undefined) continue;
    members += 1;
    if (!Object.hasOwn(right, key) || !deepEqual(member, Reflect.get(right, key))) return false;
  }
  return members === Object.keys(right).filter((key) => Reflect.get(right, key) !== undefined).length;
}
