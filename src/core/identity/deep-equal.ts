/** Structural equality of plain data; an absent member equals an undefined one, and the order of keys does not matter. */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const a = Object.entries(left).filter(([, member]) => member !== undefined);
  const b = new Map(Object.entries(right).filter(([, member]) => member !== undefined));
  return a.length === b.size && a.every(([key, member]) => b.has(key) && deepEqual(member, b.get(key)));
}
