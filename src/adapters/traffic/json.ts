import { isRecord } from '../../core/identity/is-record.ts';

export type Json = Readonly<Record<string, unknown>>;

/** The value when it is an object, the very same one: what is rebuilt from it keeps every foreign member and their order. */
export function jsonObject(value: unknown): Json | undefined {
  return isRecord(value) ? value : undefined;
}

/** The objects of a list; anything else is an empty list. */
export function jsonObjects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
