import type { MetricResult } from '../../api/analysis.ts';
import { type Instant, instant, parseInstant } from '../../api/time.ts';
import { isFinalPhase } from './final-phase.ts';
import { inFlight } from './metric-state.ts';
import type { ResolvedMetric } from './resolved-metric.ts';

/** After an error a metric is asked again this soon, whatever its interval. */
const ERROR_RETRY_MS = 10_000;
/** Status keeps whole seconds, so nothing is measured more often. */
const SHORTEST_INTERVAL_MS = 1000;
const LONGEST_LOOK_MS = 30_000;

/**
 * When a metric is to be measured next, from status alone, so that a restarted controller goes on where the last one stopped. Undefined when it has
 * ended, and while a measurement is under way. A clock that was set back delays by no more than one wait.
 */
export function nextMeasurementAt(metric: ResolvedMetric, result: MetricResult, startedAt: Instant, now: Instant): Instant | undefined {
  if (isFinalPhase(result.phase) || inFlight(result) !== undefined) return undefined;
  const last = result.measurements?.at(-1);
  if (last === undefined) return instant(Math.min(startedAt, now) + metric.initialDelay);
  const interval = Math.max(SHORTEST_INTERVAL_MS, metric.interval ?? 0);
  const wait = last.phase === 'Error' ? ERROR_RETRY_MS : interval;
  const finishedAt = parseInstant(last.finishedAt) ?? now;
  return instant(Math.min(finishedAt, now) + wait);
}

/** When to look again at a measurement that is under way: soon at first, then ever less often (Argo Rollouts' curve), at the latest after half a minute. */
export function nextLookAt(startedAt: Instant, now: Instant): Instant {
  const seconds = Math.max(0, now - startedAt) / 1000;
  return instant(now + Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_INTERVAL_MS, Math.round(Math.sqrt(2 * seconds) * 1000))));
}
