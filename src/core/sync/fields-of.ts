import { isRecord } from '../identity/is-record.ts';

/** The members of a plain object; none for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? { ...value } : {};
}
