import type { Instant } from '../../api/time.ts';
import type { BlockedReason, RestorePlan } from './restore-plan.ts';

/** The plan that makes no commit and says why, and what a person can do. */
export function blocked(reason: BlockedReason, message: string, retryAt?: Instant): RestorePlan {
  return { type: 'Blocked', reason, message, ...(retryAt === undefined ? {} : { retryAt }) };
}

/** An object id as people read it. */
export function short(oid: string): string {
  return oid.slice(0, 12);
}
