import { z } from 'zod';

const record = z.record(z.string(), z.unknown());

/** The object under a key, or an empty one: what the cluster sends may be older or newer than this program. */
export function recordAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, unknown>> {
  let current = value;
  for (const key of path) {
    const parsed = record.safeParse(current);
    if (!parsed.success) return {};
    current = parsed.data[key];
  }
  const parsed = record.safeParse(current);
  return parsed.success ? parsed.data : {};
}

/** The list under a path, or an empty one. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const last = path.at(-1);
  const found = last === undefined ? value : recordAt(value, ...path.slice(0, -1))[last];
  return Array.isArray(found) ? found : [];
}

/** The text under a path; undefined when it is no text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const last = path.at(-1);
  const found = last === undefined ? value : recordAt(value, ...path.slice(0, -1))[last];
  return typeof found === 'string' ? found : undefined;
}

/** The finite number under a path; undefined when it is none. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const last = path.at(-1);
  const found = last === undefined ? value : recordAt(value, ...path.slice(0, -1))[last];
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}
