import { millis } from '../../api/time.ts';
import { type ErrorCode, SluiceError } from '../../ports/errors.ts';

/** One entry of `details.causes` of a Status. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface ApiErrorDetails {
  readonly causes?: readonly Cause[];
  /** Fields that other managers own, of a conflict on apply. */
  readonly fields?: readonly string[];
  readonly retryAfterSeconds?: number;
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
}

function codeOf(status: number, reason: string): ErrorCode {
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 409) return reason === 'AlreadyExists' ? 'already_exists' : 'conflict';
  if (status === 410) return 'expired';
  if (status === 429) return 'rate_limited';
  return status >= 500 ? 'unavailable' : 'spec_invalid';
}

/** The bare 500, without a reason, that the API server answers with when one of its own checks has no Status for what a client did. */
export function unstructured(message: string): SluiceError {
  return new SluiceError('spec_invalid', message, { details: { status: 500, reason: '' } });
}

/** The error for a Status that the API server would answer with; `details.status` and `details.reason` hold the server's words. */
export function apiError(status: number, reason: string, message: string, details: ApiErrorDetails = {}): SluiceError {
  const retryAfter = details.retryAfterSeconds;
  return new SluiceError(codeOf(status, reason), message, {
    ...(retryAfter === undefined ? {} : { retry: { kind: 'after', delay: millis(retryAfter * 1000) } as const }),
    details: { status, reason, ...details },
  });
}

/** 404 for an object: `rollouts.sluice.dev "checkout" not found`. */
export function notFound(kind: { readonly group: string; readonly plural: string }, name: string): SluiceError {
  return apiError(404, 'NotFound', `${qualified(kind.plural, kind.group)} "${name}" not found`, {
    group: kind.group,
    kind: kind.plural,
    name,
  });
}

/** 409 for a stale version or a wrong uid. */
export function conflict(kind: { readonly group: string; readonly plural: string }, name: string, why: string): SluiceError {
  return apiError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(kind.plural, kind.group)} "${name}": ${why}`, {
    group: kind.group,
    kind: kind.plural,
    name,
  });
}

/** 400 for a request that could not be decoded. */
export function badRequest(message: string): SluiceError {
  return apiError(400, 'BadRequest', message);
}

/** 422 with one cause a field: `Rollout.sluice.dev "checkout" is invalid: spec.replicas: Invalid value: ...`. */
export function invalid(kind: { readonly group: string; readonly kind: string }, name: string, causes: readonly Cause[]): SluiceError {
  const lines = causes.map((cause) => (cause.field === '' ? cause.message : `${cause.field}: ${cause.message}`));
  const what = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  return apiError(422, 'Invalid', `${qualified(kind.kind, kind.group)} "${name}" is invalid: ${what}`, {
    causes,
    group: kind.group,
    kind: kind.kind,
    name,
  });
}

/** `rollouts.sluice.dev`, or the bare word for the core group. */
export function qualified(word: string, group: string): string {
  return group === '' ? word : `${word}.${group}`;
}
