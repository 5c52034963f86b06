import type { RouterTrouble } from '../../ports/traffic-router.ts';

/** What was found in a router's objects, or why they cannot be used and what to do about it. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: RouterTrouble; readonly message: string };

export type Trouble = Extract<Result<never>, { ok: false }>;

export function found<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

/** `message` says what is wrong, with the field or object, and what to do. */
export function trouble(reason: RouterTrouble, message: string): Trouble {
  return { ok: false, reason, message };
}

/** All values, or the first trouble. */
export function allFound<Value>(results: readonly Result<Value>[]): Result<readonly Value[]> {
  const values: Value[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    values.push(result.value);
  }
  return found(values);
}

/** The values that can be used: a release must not wait for the others. */
export function usable<Value>(results: readonly Result<Value>[]): readonly Value[] {
  return results.flatMap((result) => (result.ok ? [result.value] : []));
}
