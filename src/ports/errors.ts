import type { Millis } from '../api/time.ts';

/** When trying again makes sense: never (until the input changes), with growing backoff, or after a stated time. */
export type Retry = { readonly kind: 'never' } | { readonly kind: 'backoff' } | { readonly kind: 'after'; readonly delay: Millis };

/** The one error taxonomy: adapters map what their world says to these at their edge, and nothing else inspects status codes or messages. */
export type ErrorCode =
  | 'spec_invalid'
  | 'conflict'
  | 'not_found'
  | 'already_exists'
  | 'forbidden'
  | 'rate_limited'
  | 'unavailable'
  | 'timeout'
  | 'expired'
  | 'provider_failed'
  | 'invariant';

const RETRY_OF: Readonly<Record<ErrorCode, Retry>> = {
  spec_invalid: { kind: 'never' },
  conflict: { kind: 'backoff' },
  not_found: { kind: 'backoff' },
  already_exists: { kind: 'backoff' },
  forbidden: { kind: 'backoff' },
  rate_limited: { kind: 'backoff' },
  unavailable: { kind: 'backoff' },
  timeout: { kind: 'backoff' },
  expired: { kind: 'backoff' },
  provider_failed: { kind: 'backoff' },
  invariant: { kind: 'backoff' },
};

export interface ErrorOptions {
  readonly retry?: Retry;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What every adapter throws. `message` is safe to show: no credential and no foreign bytes unescaped (M10, M11). */
export class SluiceError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.retry = options.retry ?? RETRY_OF[code];
    this.details = options.details ?? {};
  }
}

/** Whether `error` is a {@link SluiceError}, with this code when one is given. */
export function isSluiceError(error: unknown, code?: ErrorCode): error is SluiceError {
  return error instanceof SluiceError && (code === undefined || error.code === code);
}
