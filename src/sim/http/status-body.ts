import { isSluiceError } from '../../ports/errors.ts';
import { isObject, type JsonObject } from '../cluster/json.ts';

function number(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

/** The Status that an error becomes on the wire, with its HTTP code. */
export function statusOf(error: unknown): { readonly code: number; readonly body: JsonObject } {
  const known = isSluiceError(error) ? error : undefined;
  const facts: Readonly<Record<string, unknown>> = known?.details ?? {};
  const code = number(facts['status'], 500);
  const reason = typeof facts['reason'] === 'string' ? facts['reason'] : 'InternalError';
  const message = error instanceof Error ? error.message : String(error);
  const details: JsonObject = {};
  for (const key of ['name', 'group', 'kind', 'causes', 'retryAfterSeconds']) {
    const value = facts[key];
    if (value !== undefined && value !== '') details[key] = value;
  }
  const body: JsonObject = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return { code, body: Object.keys(details).length === 0 ? body : { ...body, details } };
}

/** Seconds for a Retry-After header, when the error names them. */
export function retryAfterOf(body: JsonObject): number | undefined {
  const details = body['details'];
  const value = isObject(details) ? details['retryAfterSeconds'] : undefined;
  return typeof value === 'number' ? value : undefined;
}
