import type { AnalysisPhase, MetricResult } from '../../api/analysis.ts';
import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import { isFinalPhase } from './final-phase.ts';
import { isIgnored } from './metric-state.ts';
import type { ResolvedMetric } from './resolved-metric.ts';
import { shownValue } from './shown-value.ts';
import type { Standing } from './status-conditions.ts';

/** A metric with its result so far. */
export type Pair = readonly [ResolvedMetric, MetricResult];

export interface RunPhase {
  readonly phase: AnalysisPhase;
  readonly message: string | undefined;
}

/** Worst first. */
const SEVERITY: readonly AnalysisPhase[] = ['Failed', 'Error', 'Inconclusive', 'Successful'];

/** Whether a metric has a say in the run's verdict. */
export function isJudged([metric, result]: Pair): boolean {
  return !metric.dryRun && !isIgnored(metric, result);
}

/** One metric in a line: how it stands, its newest value and what was said of it. */
export function describePair([metric, result]: Pair): string {
  const last = result.measurements?.at(-1);
  const value = last?.value === undefined ? '' : `, last value ${shownValue(last.value, metric.threshold)}`;
  const why = last?.message === undefined ? '' : `, last message: ${last.message}`;
  return `metric ${metric.name} ${result.phase}: ${result.message ?? `${result.successful ?? 0} successful`}${value}${why}`;
}

/** What a run without a single metric that counts means: a dry run is asked for, an unreachable provider is not. */
function withoutJudges(pairs: readonly Pair[]): RunPhase {
  if (pairs.length > 0 && pairs.every(([metric]) => metric.dryRun))
    return { phase: 'Successful', message: 'every metric is a dry run: nothing was judged' };
  return { phase: 'Inconclusive', message: 'no metric could be measured, and onError is Ignore for all of them' };
}

/** The phase of the whole run: a breach that was measured stands whatever else happened; then problems; then the worst metric once all have ended. */
export function runPhase(pairs: readonly Pair[], lost: readonly MetricResult[], problems: readonly FieldProblem[]): RunPhase {
  const judged = pairs.filter(isJudged);
  const failed = judged.filter(([, result]) => result.phase === 'Failed').map(describePair);
  const failedBefore = lost.filter((result) => result.phase === 'Failed' && result.dryRun !== true);
  if (failed.length + failedBefore.length > 0) {
    return {
      phase: 'Failed',
      message: [...failed, ...failedBefore.map(({ name, message }) => `metric ${name} Failed: ${message ?? ''}`)].join('; '),
    };
  }
  if (problems.length > 0) return { phase: 'Error', message: problems.map(formatProblem).join('; ') };
  if (pairs.some((pair) => !isFinalPhase(pair[1].phase))) {
    const measured = pairs.some(([, result]) => (result.measurements ?? []).length > 0);
    return { phase: measured ? 'Running' : 'Pending', message: undefined };
  }
  if (judged.length === 0) return withoutJudges(pairs);
  const phase = SEVERITY.find((severity) => judged.some(([, result]) => result.phase === severity)) ?? 'Inconclusive';
  const worst = judged.filter(([, result]) => result.phase === phase);
  return { phase, message: phase === 'Successful' ? undefined : worst.map(describePair).join('; ') };
}

/** A run's phase in kstatus' terms. */
export function standingOf({ phase, message }: RunPhase): Standing {
  switch (phase) {
    case 'Pending':
    case 'Running':
      return { state: 'Reconciling', reason: phase, message: message ?? 'measuring' };
    case 'Successful':
      return { state: 'Ready', reason: 'Pass', message: message ?? 'every metric is within its limits' };
    case 'Failed':
      return { state: 'Stalled', reason: 'Breach', message: message ?? 'a metric is over its limits' };
    case 'Error':
    case 'Inconclusive':
      return { state: 'Stalled', reason: 'Unknown', message: message ?? 'the metrics do not tell' };
  }
}
