import type { MetricResult } from '../../api/analysis.ts';
import { formatInstant, type Instant } from '../../api/time.ts';
import { isFinalPhase } from './final-phase.ts';
import type { Pair } from './run-phase.ts';

function finite(key: 'count' | 'failure', value: number): Readonly<Record<string, number>> {
  return Number.isFinite(value) ? { [key]: value } : {};
}

/** A result as status shows it: beside the counts what they are measured against, how many failures are left, and when the next measurement is due. */
export function shownResult([metric, result]: Pair, nextAt: Instant | undefined): MetricResult {
  const { remainingFailures: _left, nextMeasurementAt: _next, ...rest } = result;
  const ended = isFinalPhase(result.phase);
  const left = metric.failureLimit - (result.failed ?? 0);
  return {
    ...rest,
    ...(metric.dryRun ? { dryRun: true } : {}),
    ...(metric.threshold === '' ? {} : { threshold: metric.threshold }),
    limits: {
      ...finite('count', metric.count),
      ...finite('failure', metric.failureLimit),
      inconclusive: metric.inconclusiveLimit,
      consecutiveError: metric.consecutiveErrorLimit,
      ...(metric.consecutiveSuccessLimit === 0 ? {} : { consecutiveSuccess: metric.consecutiveSuccessLimit }),
    },
    ...(ended || !Number.isFinite(left) ? {} : { remainingFailures: Math.max(0, left) }),
    ...(ended || nextAt === undefined ? {} : { nextMeasurementAt: formatInstant(nextAt) }),
  };
}
