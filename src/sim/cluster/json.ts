import type { KubeObject } from '../../api/metadata.ts';

/** A JSON object while it is being built; what the store holds is frozen. */
export type JsonObject = { [key: string]: unknown };

/** Whether a JSON value is an object (not null, not a list). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A stored object seen as plain JSON; it may be frozen. */
export function asJson(object: KubeObject): JsonObject {
  return object;
}

/** JSON that was decoded and validated, as the type that travels. */
export function asKubeObject(object: Readonly<Record<string, unknown>>): KubeObject {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- admission has checked apiVersion, kind and metadata
  return object as unknown as KubeObject;
}

/** A deep, mutable copy; members that are undefined are left out, as in JSON. */
export function cloneJson<T>(value: T): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a copy has the shape of what was copied
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member !== undefined) setOwn(out, key, copy(member));
  }
  return out;
}

/** Sets a member even when it is called `__proto__`. */
export function setOwn(target: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** Freezes a value and everything in it, so that readers can share it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const key of Object.keys(value)) deepFreeze(Reflect.get(value, key));
  }
  return value;
}

/** Equality of JSON values; an undefined member equals an absent one. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => jsonEqual(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  for (const key of Object.keys(a)) if (!jsonEqual(a[key], b[key])) return false;
  // What both have was compared above.
  for (const key of Object.keys(b)) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}

/** The value at a path of members and list indexes, or undefined. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof step === 'number') current = Array.isArray(current) ? current[step] : undefined;
    else current = isObject(current) && Object.hasOwn(current, step) ? current[step] : undefined;
  }
  return current;
}

/** `spec.steps[2].setWeight`, as Kubernetes prints a path. */
export function formatPath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (step.startsWith('[')) return text + step;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
