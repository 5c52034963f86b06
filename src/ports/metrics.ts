import type { MetricProvider } from '../api/metric-provider.ts';
import type { Instant, Millis } from '../api/time.ts';

/** One question to a provider. The provider's address and credentials come from the platform team's object, never from the asker (M1). */
export interface MetricQuery {
  readonly provider: MetricProvider;
  readonly query: string;
  /** The point in time to evaluate the query at. */
  readonly at: Instant;
  /** Whole budget, from connecting to the last byte. */
  readonly timeout: Millis;
  readonly signal?: AbortSignal | undefined;
}

/** Why a provider gave no usable answer. */
export type MetricFailure =
  | 'unsupported_provider'
  | 'unreachable'
  | 'unauthorized'
  | 'redirect'
  | 'http_error'
  | 'timeout'
  | 'aborted'
  | 'too_large'
  | 'too_many_series'
  | 'bad_reply'
  | 'query_refused'
  | 'query_failed'
  | 'unsupported_type'
  | 'stale'
  | 'future';

/**
 * Every answer a provider can give. Only numbers and fixed words come out of it: never a body, a header or a label that a server sent (M1).
 * Values may be NaN or infinite; `warnings` is how often the provider said that the answer is not complete.
 */
export type MetricReply =
  | { readonly kind: 'scalar'; readonly value: number; readonly warnings: number }
  /** One value a series, at least one. */
  | { readonly kind: 'vector'; readonly values: readonly number[]; readonly warnings: number }
  | { readonly kind: 'empty'; readonly warnings: number }
  | { readonly kind: 'failed'; readonly reason: MetricFailure; readonly message: string; readonly retryable: boolean };

/** A metric provider as Sluice uses it. */
export interface MetricSource {
  /** Never rejects: whatever goes wrong is a `failed` reply, given by the deadline. */
  query(query: MetricQuery): Promise<MetricReply>;
}
