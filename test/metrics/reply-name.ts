import type { MetricReply } from '../../src/ports/metrics.ts';

/** A reply as the tables of shapes write it: its kind, or why it failed and whether that may pass. */
export function replyName(reply: MetricReply): string {
  return reply.kind === 'failed' ? `${reply.reason}${reply.retryable ? ' retryable' : ''}` : reply.kind;
}
