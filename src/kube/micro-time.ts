import type { Instant } from '../api/time.ts';

/** RFC 3339 with microseconds: Kubernetes' MicroTime, as Leases and Events carry it. */
export function formatMicroTime(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 23)}000Z`;
}
