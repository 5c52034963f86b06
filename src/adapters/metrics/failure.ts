import type { MetricFailure, MetricReply } from '../../ports/metrics.ts';

/** A reply that says why there is none. */
export type FailedReply = Extract<MetricReply, { kind: 'failed' }>;

/** A failed reply with its words. */
export function failure(reason: MetricFailure, message: string, retryable: boolean): FailedReply {
  return { kind: 'failed', reason, message, retryable };
}
