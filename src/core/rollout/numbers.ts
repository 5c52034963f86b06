import type { AnalysisRun, Metric, MetricResult } from '../../api/analysis.ts';
import { argumentValues, substituteCondition } from '../analysis/arguments.ts';
import { shownValue } from '../analysis/shown-value.ts';
import { lastValue } from './verdict.ts';

/** The condition with this run's arguments in it; as it was written when they do not fit. */
function conditionOf(run: AnalysisRun, text: string): string {
  const filled = substituteCondition(text, argumentValues(run.spec.args));
  return filled.ok ? filled.text : text;
}

function wantedText(run: AnalysisRun, metric: Metric | undefined): string {
  if (metric?.failureCondition !== undefined) return `not ${conditionOf(run, metric.failureCondition)}`;
  return metric?.successCondition === undefined ? '' : conditionOf(run, metric.successCondition);
}

/** How many failures are tolerated; undefined when all are, or when an argument says so that was not recorded. */
function tolerated(result: MetricResult, metric: Metric | undefined): number | undefined {
  const limit = result.limits === undefined ? Number(metric?.failureLimit ?? 0) : result.limits['failure'];
  return limit === undefined || Number.isNaN(limit) || limit < 0 ? undefined : limit;
}

function countsText(result: MetricResult, metric: Metric | undefined): string {
  const may = tolerated(result, metric);
  const counts = `; ${result.failed ?? 0} of ${result.count ?? 0} measurements failed`;
  return may === undefined ? counts : `${counts}, ${may === 0 ? 'none' : may} may`;
}

/**
 * The numbers behind a verdict: each metric of this phase with its last value, what was wanted, and its counts:
 * `success-rate was 0.7074, wanted result[0] >= 0.95; 2 of 2 measurements failed, 1 may`.
 */
export function numbersOf(run: AnalysisRun, phase: MetricResult['phase']): string {
  const lines = (run.status?.metricResults ?? [])
    .filter((result) => result.phase === phase)
    .map((result) => {
      const metric = run.spec.metrics?.find((one) => one.name === result.name);
      const wanted = wantedText(run, metric);
      const value = lastValue(result);
      const was = value === '' ? 'gave no value' : `was ${shownValue(value, wanted)}`;
      const message = phase === 'Failed' || result.message === undefined ? '' : `: ${result.message}`;
      return `${result.name} ${was}${wanted === '' ? '' : `, wanted ${wanted}`}${phase === 'Failed' ? countsText(result, metric) : ''}${message}`;
    });
  return lines.length === 0 ? (run.status?.message ?? 'the run gave no numbers') : lines.join('; ');
}
