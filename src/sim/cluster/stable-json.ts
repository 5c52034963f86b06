/** JSON with sorted keys, for comparing: a server may answer with the fields in another order. */
export function stableJson(value: unknown): string {
  return write(value) ?? 'undefined';
}

/** Undefined for what JSON leaves out. Written in one go: a sorted copy would cost more than its text. */
function write(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item) ?? 'null').join(',')}]`;
  let members = '';
  for (const key of Object.keys(value).sort()) {
    const text = write(Reflect.get(value, key));
    if (text !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${text}`;
  }
  return `{${members}}`;
}
