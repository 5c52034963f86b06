import type { Instant } from '../../api/time.ts';
import { sinceStart } from '../scenario/since-start.ts';
import type { Violation } from './invariant.ts';

/** The violations one a line, with the time since `start`; empty when there are none. */
export function formatViolations(violations: readonly Violation[], start: Instant): string {
  return violations
    .map((violation) => `${sinceStart(violation.at, start)} ${violation.invariant} ${violation.object}: ${violation.message}`)
    .join('\n');
}
