/** Reads each object once: for values that never change, such as what the simulated cluster stores, so that what was read of one holds for good. */
export function remembering<Value extends object, T>(read: (value: Value) => T): (value: Value) => T {
  const known = new WeakMap<Value, { readonly value: T }>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found.value;
    const fresh = read(value);
    known.set(value, { value: fresh });
    return fresh;
  };
}
