import type { AnalysisPhase, Measurement, MetricResult } from '../../api/analysis.ts';
import { isFinalPhase } from './final-phase.ts';
import type { ResolvedMetric } from './resolved-metric.ts';

/** Messages of measurements that are not the newest are cut to this, so that the status stays small. */
const OLD_MESSAGE = 160;

/** A metric that nothing was measured of yet. */
export function emptyResult(name: string): MetricResult {
  return { name, phase: 'Pending' };
}

/** The measurement that is under way; undefined when none is. */
export function inFlight(result: MetricResult): Measurement | undefined {
  const last = result.measurements?.at(-1);
  return last === undefined || isFinalPhase(last.phase) ? undefined : last;
}

function withoutInFlight(result: MetricResult): readonly Measurement[] {
  const measurements = result.measurements ?? [];
  return inFlight(result) === undefined ? measurements : measurements.slice(0, -1);
}

function cutMessage(measurement: Measurement): Measurement {
  const { message } = measurement;
  return message === undefined || message.length <= OLD_MESSAGE ? measurement : { ...measurement, message: message.slice(0, OLD_MESSAGE) };
}

/** The list with one more measurement behind it, which takes the place of one that was under way; the newest `retained` are kept. */
function appended(metric: ResolvedMetric, result: MetricResult, measurement: Measurement): readonly Measurement[] {
  return [...withoutInFlight(result).map(cutMessage), measurement].slice(-metric.retained);
}

/** The result with one more measurement counted in. Errors do not count as measurements, and one that is under way counts nowhere yet. */
export function addMeasurement(metric: ResolvedMetric, result: MetricResult, measurement: Measurement): MetricResult {
  const measurements = appended(metric, result, measurement);
  if (!isFinalPhase(measurement.phase)) return { ...result, measurements };
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
    measurements,
  };
}

const CUT_OFF = 'terminated before it ended';

/** Whether a measurement was ended before it had an outcome. */
export function isCutOff(measurement: Measurement): boolean {
  return measurement.phase === 'Inconclusive' && measurement.message === CUT_OFF;
}

/** Ends the measurement that is under way without counting it: it was cut off, so it says nothing. */
export function cutOff(result: MetricResult, finishedAt: string): MetricResult {
  const running = inFlight(result);
  if (running === undefined) return result;
  const ended: Measurement = { ...running, phase: 'Inconclusive', finishedAt, message: CUT_OFF };
  return { ...result, measurements: [...withoutInFlight(result), ended] };
}

type PhaseAndReason = { readonly phase: AnalysisPhase; readonly message?: string };

/** A limit that is exceeded. Breach first: what a failed measurement proved is never taken back by an error or an inconclusive one beside it (design 6). */
function exceeded(metric: ResolvedMetric, result: MetricResult): PhaseAndReason | undefined {
  const { failureLimit, inconclusiveLimit, consecutiveErrorLimit } = metric;
  const { failed = 0, inconclusive = 0, consecutiveError = 0 } = result;
  if (failed > failureLimit) return { phase: 'Failed', message: `failed (${failed}) > failureLimit (${failureLimit})` };
  if (consecutiveError > consecutiveErrorLimit) {
    return { phase: 'Error', message: `consecutiveError (${consecutiveError}) > consecutiveErrorLimit (${consecutiveErrorLimit})` };
  }
  if (inconclusive > inconclusiveLimit) {
    return { phase: 'Inconclusive', message: `inconclusive (${inconclusive}) > inconclusiveLimit (${inconclusiveLimit})` };
  }
  return undefined;
}

/** The phase of a metric whose count is reached or that is ended early. Success needs a successful measurement: nothing measured proves nothing. */
function settled(metric: ResolvedMetric, result: MetricResult, ended: 'count' | 'terminated'): PhaseAndReason {
  const wanted = metric.consecutiveSuccessLimit;
  if (ended === 'count' && wanted > 0) {
    const message = `consecutiveSuccess (${result.consecutiveSuccess ?? 0}) < consecutiveSuccessLimit (${wanted}) when count was reached`;
    return { phase: metric.failureLimit === Infinity ? 'Failed' : 'Inconclusive', message };
  }
  if ((result.successful ?? 0) > 0) return { phase: 'Successful' };
  const message = ended === 'count' ? 'no measurement succeeded' : 'ended before a measurement succeeded';
  return { phase: 'Inconclusive', message };
}

function phaseOf(metric: ResolvedMetric, result: MetricResult, terminating: boolean): PhaseAndReason {
  const limit = exceeded(metric, result);
  if (limit !== undefined) return limit;
  const wanted = metric.consecutiveSuccessLimit;
  if (wanted > 0 && (result.consecutiveSuccess ?? 0) >= wanted) return { phase: 'Successful' };
  if ((result.count ?? 0) >= metric.count) return settled(metric, result, 'count');
  if (terminating) return settled(metric, result, 'terminated');
  return { phase: (result.measurements ?? []).length === 0 ? 'Pending' : 'Running' };
}

/** The metric's result with its phase worked out; a final phase stays. */
export function withPhase(metric: ResolvedMetric, result: MetricResult, terminating: boolean): MetricResult {
  if (isFinalPhase(result.phase)) return result;
  const { phase, message } = phaseOf(metric, result, terminating);
  const { message: _old, ...rest } = result;
  return message === undefined ? { ...rest, phase } : { ...rest, phase, message };
}

/** Whether this metric's end is left out of the run's phase: its provider could not be asked and `onError` is Ignore. */
export function isIgnored(metric: Pick<ResolvedMetric, 'onError'>, result: MetricResult): boolean {
  return metric.onError === 'Ignore' && result.phase === 'Error';
}
