function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

/** JSON with sorted keys, for comparing: a server may answer with the fields in another order. */
export function stableJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'undefined';
}
