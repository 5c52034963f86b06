import type { Metric, MetricResult } from '../../api/analysis.ts';
import { parseDuration } from '../../api/duration.ts';
import { type Instant, instant, parseInstant } from '../../api/time.ts';
import { isFinalPhase } from './final-phase.ts';

/** After an error a metric is asked again this soon, whatever its interval. */
const ERROR_RETRY_MS = 10_000;
/** Status keeps whole seconds, so nothing is measured more often. */
const SHORTEST_INTERVAL_MS = 1000;

/**
 * When a metric is to be measured next, from status alone, so that a restarted controller goes on where the last one stopped. Undefined when it has
 * ended. A clock that was set back delays by no more than one wait.
 */
export function nextMeasurementAt(metric: Metric, result: MetricResult, startedAt: Instant, now: Instant): Instant | undefined {
  if (isFinalPhase(result.phase)) return undefined;
  const last = result.measurements?.at(-1);
  if (last === undefined) {
    const delay = parseDuration(metric.initialDelay) ?? 0;
    return instant(Math.min(startedAt, now) + delay);
  }
  const interval = Math.max(SHORTEST_INTERVAL_MS, parseDuration(metric.interval) ?? 0);
  const wait = last.phase === 'Error' ? ERROR_RETRY_MS : interval;
  const finishedAt = parseInstant(last.finishedAt) ?? now;
  return instant(Math.min(finishedAt, now) + wait);
}
