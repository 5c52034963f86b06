import type { AnalysisPhase, Measurement, Metric, MetricResult } from '../../api/analysis.ts';
import { isFinalPhase } from './final-phase.ts';

const RETAINED_MEASUREMENTS = 10;
const DEFAULT_CONSECUTIVE_ERROR_LIMIT = 4;

/** A metric that nothing was measured of yet. */
export function emptyResult(name: string): MetricResult {
  return { name, phase: 'Pending' };
}

/** The result with one more measurement counted in. Errors do not count as measurements; the last 10 are kept. */
export function addMeasurement(result: MetricResult, measurement: Measurement): MetricResult {
  const is = (phase: AnalysisPhase): number => (measurement.phase === phase ? 1 : 0);
  const error = is('Error');
  return {
    ...result,
    count: (result.count ?? 0) + 1 - error,
    successful: (result.successful ?? 0) + is('Successful'),
    failed: (result.failed ?? 0) + is('Failed'),
    inconclusive: (result.inconclusive ?? 0) + is('Inconclusive'),
    error: (result.error ?? 0) + error,
    consecutiveError: error === 1 ? (result.consecutiveError ?? 0) + 1 : 0,
    consecutiveSuccess: is('Successful') === 1 ? (result.consecutiveSuccess ?? 0) + 1 : 0,
    measurements: [...(result.measurements ?? []), measurement].slice(-RETAINED_MEASUREMENTS),
  };
}

/** How many measurements end the metric; Infinity for one that runs until the run is ended. */
function countOf(metric: Metric): number {
  if (metric.count !== undefined && metric.count > 0) return metric.count;
  return metric.interval === undefined ? 1 : Infinity;
}

type PhaseAndReason = { readonly phase: AnalysisPhase; readonly message?: string };

/** A limit that is exceeded. Breach first: what a failed measurement proved is never taken back by an error or an inconclusive one beside it (design 6). */
function exceeded(metric: Metric, result: MetricResult): PhaseAndReason | undefined {
  const failureLimit = metric.failureLimit ?? 0;
  const inconclusiveLimit = metric.inconclusiveLimit ?? 0;
  const errorLimit = metric.consecutiveErrorLimit ?? DEFAULT_CONSECUTIVE_ERROR_LIMIT;
  const { failed = 0, inconclusive = 0, consecutiveError = 0 } = result;
  if (failureLimit >= 0 && failed > failureLimit)
    return { phase: 'Failed', message: `failed (${failed}) > failureLimit (${failureLimit})` };
  if (consecutiveError > errorLimit) {
    return { phase: 'Error', message: `consecutiveError (${consecutiveError}) > consecutiveErrorLimit (${errorLimit})` };
  }
  if (inconclusive > inconclusiveLimit) {
    return { phase: 'Inconclusive', message: `inconclusive (${inconclusive}) > inconclusiveLimit (${inconclusiveLimit})` };
  }
  return undefined;
}

/** The phase of a metric whose count is reached or that is ended early. Success needs a successful measurement: nothing measured proves nothing. */
function settled(metric: Metric, result: MetricResult, ended: 'count' | 'terminated'): PhaseAndReason {
  const wanted = metric.consecutiveSuccessLimit ?? 0;
  if (ended === 'count' && wanted > 0) {
    const message = `consecutiveSuccess (${result.consecutiveSuccess ?? 0}) < consecutiveSuccessLimit (${wanted}) when count was reached`;
    return { phase: (metric.failureLimit ?? 0) < 0 ? 'Failed' : 'Inconclusive', message };
  }
  if ((result.successful ?? 0) > 0) return { phase: 'Successful' };
  const message = ended === 'count' ? 'no measurement succeeded' : 'ended before a measurement succeeded';
  return { phase: 'Inconclusive', message };
}

function phaseOf(metric: Metric, result: MetricResult, terminating: boolean): PhaseAndReason {
  const limit = exceeded(metric, result);
  if (limit !== undefined) return limit;
  const wanted = metric.consecutiveSuccessLimit ?? 0;
  if (wanted > 0 && (result.consecutiveSuccess ?? 0) >= wanted) return { phase: 'Successful' };
  if ((result.count ?? 0) >= countOf(metric)) return settled(metric, result, 'count');
  if (terminating) return settled(metric, result, 'terminated');
  return { phase: (result.measurements ?? []).length === 0 ? 'Pending' : 'Running' };
}

/** The metric's result with its phase worked out; a final phase stays. */
export function withPhase(metric: Metric, result: MetricResult, terminating: boolean): MetricResult {
  if (isFinalPhase(result.phase)) return result;
  const { phase, message } = phaseOf(metric, result, terminating);
  const { message: _old, ...rest } = result;
  return message === undefined ? { ...rest, phase } : { ...rest, phase, message };
}

/** Whether this metric's end is left out of the run's phase: its provider could not be asked and `onError` is Ignore. */
export function isIgnored(metric: Metric, result: MetricResult): boolean {
  return metric.onError === 'Ignore' && result.phase === 'Error';
}
