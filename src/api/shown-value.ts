const LONGEST = 80;

/** A value as a message may show it: one line, cut, without the user and password of an address; the contents of objects stay out. */
export function shownValue(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(typeof value === 'string' ? value.replaceAll(/\/\/[^/@\s]*@/g, '//***@') : value) ?? typeof value;
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
