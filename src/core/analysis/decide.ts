import type { AnalysisPhase, AnalysisRun, AnalysisRunStatus, Metric, MetricResult } from '../../api/analysis.ts';
import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import { formatInstant, type Instant, instant, parseInstant } from '../../api/time.ts';
import { argumentValues, substituteQuery } from './arguments.ts';
import { assessReply, type TakenMeasurement } from './assess.ts';
import { checkAnalysisSpec } from './check-analysis.ts';
import { isFinalPhase } from './final-phase.ts';
import { addMeasurement, emptyResult, isIgnored, withPhase } from './metric-state.ts';
import { nextMeasurementAt } from './schedule.ts';
import { shownValue } from './shown-value.ts';
import { kstatusConditions, type Standing } from './status-conditions.ts';

/** What `decideAnalysisRun` looks at. */
export interface ObservedAnalysisRun {
  readonly run: AnalysisRun;
  /** Problems that only the controller can find, such as a MetricProvider that does not exist. */
  readonly problems: readonly FieldProblem[];
}

/** One question that is due now, with its arguments filled in. */
export interface DueMetric {
  readonly metric: string;
  /** Name of the MetricProvider. */
  readonly provider: string;
  readonly query: string;
}

export interface AnalysisDecision {
  readonly status: AnalysisRunStatus;
  readonly due: readonly DueMetric[];
  /** When the next measurement is due; absent when the run has ended. */
  readonly requeueAt?: Instant | undefined;
  readonly explain: readonly string[];
}

/** Worst first. */
const SEVERITY: readonly AnalysisPhase[] = ['Failed', 'Error', 'Inconclusive', 'Successful'];

const MESSAGE_LIMIT = 4096;

type Pair = readonly [Metric, MetricResult];

/** The name of the MetricProvider that a metric is asked of. */
export function providerNameOf(metric: Metric): string {
  return metric.provider.prometheus?.provider ?? 'default';
}

function fold(run: AnalysisRun, taken: readonly TakenMeasurement[]): readonly Pair[] {
  const args = argumentValues(run.spec.args);
  return (run.spec.metrics ?? []).map((metric): Pair => {
    let result = run.status?.metricResults?.find((known) => known.name === metric.name) ?? emptyResult(metric.name);
    for (const measurement of taken) {
      if (measurement.metric !== metric.name || isFinalPhase(result.phase)) continue;
      result = withPhase(metric, addMeasurement(result, assessReply(metric, args, measurement)), false);
    }
    return [metric, result];
  });
}

function endsTheRun([metric, result]: Pair): boolean {
  return isFinalPhase(result.phase) && result.phase !== 'Successful' && !isIgnored(metric, result);
}

/** Every metric's phase; one that ends badly ends the others too. */
function settle(pairs: readonly Pair[], terminating: boolean): readonly Pair[] {
  const once = pairs.map(([metric, result]): Pair => [metric, withPhase(metric, result, terminating)]);
  if (terminating || !once.some(endsTheRun)) return once;
  return once.map(([metric, result]): Pair => [metric, withPhase(metric, result, true)]);
}

interface RunPhase {
  readonly phase: AnalysisPhase;
  readonly message: string | undefined;
}

function describe(pair: Pair): string {
  const [metric, result] = pair;
  const last = result.measurements?.at(-1);
  const conditions = `${metric.successCondition ?? ''} ${metric.failureCondition ?? ''}`;
  const value = last?.value === undefined ? '' : `, last value ${shownValue(last.value, conditions)}`;
  const why = last?.message === undefined ? '' : `, last message: ${last.message}`;
  return `metric ${metric.name} ${result.phase}: ${result.message ?? `${result.successful ?? 0} successful`}${value}${why}`;
}

function runPhase(pairs: readonly Pair[], problems: readonly FieldProblem[]): RunPhase {
  const judged = pairs.filter(([metric, result]) => !isIgnored(metric, result));
  const final = judged.filter(([, result]) => isFinalPhase(result.phase));
  // A breach that was measured stands even when the run cannot go on.
  const failed = judged.filter(([, result]) => result.phase === 'Failed');
  if (failed.length > 0) return { phase: 'Failed', message: failed.map(describe).join('; ') };
  if (problems.length > 0) return { phase: 'Error', message: problems.map(formatProblem).join('; ') };
  if (final.length < judged.length) {
    const measured = pairs.some(([, result]) => (result.measurements ?? []).length > 0);
    return { phase: measured ? 'Running' : 'Pending', message: undefined };
  }
  if (judged.length === 0) return { phase: 'Inconclusive', message: 'no metric could be measured, and onError is Ignore for all of them' };
  const phase = SEVERITY.find((severity) => judged.some(([, result]) => result.phase === severity)) ?? 'Inconclusive';
  const worst = judged.filter(([, result]) => result.phase === phase);
  return { phase, message: phase === 'Successful' ? undefined : worst.map(describe).join('; ') };
}

function standingOf({ phase, message }: RunPhase): Standing {
  switch (phase) {
    case 'Pending':
    case 'Running':
      return { state: 'Reconciling', reason: phase, message: 'measuring' };
    case 'Successful':
      return { state: 'Ready', reason: 'Pass', message: message ?? 'every metric is within its limits' };
    case 'Failed':
      return { state: 'Stalled', reason: 'Breach', message: message ?? 'a metric is over its limits' };
    case 'Error':
    case 'Inconclusive':
      return { state: 'Stalled', reason: 'Unknown', message: message ?? 'the metrics do not tell' };
  }
}

function nextStatus(
  observed: ObservedAnalysisRun,
  pairs: readonly Pair[],
  whole: RunPhase,
  startedAt: string,
  now: Instant,
): AnalysisRunStatus {
  const { status, metadata } = observed.run;
  const message = whole.message?.slice(0, MESSAGE_LIMIT);
  const completedAt = isFinalPhase(whole.phase) ? (status?.completedAt ?? formatInstant(now)) : undefined;
  const generation = metadata.generation ?? 0;
  return {
    observedGeneration: generation,
    phase: whole.phase,
    ...(message === undefined ? {} : { message }),
    conditions: [...kstatusConditions(status?.conditions, standingOf({ ...whole, message }), generation, now)],
    startedAt,
    ...(completedAt === undefined ? {} : { completedAt }),
    metricResults: pairs.map(([, result]) => result),
  };
}

function dueMetric([metric]: Pair, run: AnalysisRun): DueMetric | undefined {
  const filled = substituteQuery(metric.provider.prometheus?.query ?? '', argumentValues(run.spec.args));
  return filled.ok ? { metric: metric.name, provider: providerNameOf(metric), query: filled.text } : undefined;
}

/** A run that has ended is never decided again; only the generation that was seen is kept up. */
function ended(run: AnalysisRun, status: AnalysisRunStatus, now: Instant): AnalysisDecision {
  const generation = run.metadata.generation ?? 0;
  const whole: RunPhase = { phase: status.phase ?? 'Error', message: status.message };
  const conditions = [...kstatusConditions(status.conditions, standingOf(whole), generation, now)];
  return { status: { ...status, observedGeneration: generation, conditions }, due: [], explain: [`the run has ended: ${whole.phase}`] };
}

/**
 * Argo Rollouts' AnalysisRun machine as a pure function of the run, the replies just received and the time: the next status, the questions that are due,
 * and when to look again. Nothing is remembered outside status, so a crash at any point repeats at most one measurement.
 */
export function decideAnalysisRun(observed: ObservedAnalysisRun, taken: readonly TakenMeasurement[], now: Instant): AnalysisDecision {
  const { run } = observed;
  if (run.status !== undefined && isFinalPhase(run.status.phase)) return ended(run, run.status, now);
  const startedAt = run.status?.startedAt ?? formatInstant(now);
  const check = checkAnalysisSpec(run.spec, true);
  const problems = [...check.problems, ...check.unsupported, ...observed.problems];
  const terminating = run.spec.terminate === true || problems.length > 0;
  const pairs = settle(fold(run, taken), terminating);
  const whole = runPhase(pairs, problems);
  const status = nextStatus(observed, pairs, whole, startedAt, now);
  const explain = [
    ...problems.map(formatProblem),
    ...(run.spec.terminate === true ? ['terminate is set: no new measurements'] : []),
    ...pairs.map(describe),
    `run ${whole.phase}`,
  ];
  if (isFinalPhase(whole.phase)) return { status, due: [], explain };
  const start = parseInstant(startedAt) ?? now;
  const times = pairs.map((pair) => ({ pair, at: nextMeasurementAt(pair[0], pair[1], start, now) }));
  const due = times.flatMap(({ pair, at }) => (at !== undefined && at <= now ? (dueMetric(pair, run) ?? []) : []));
  const next = Math.min(...times.flatMap(({ at }) => (at === undefined ? [] : [at])));
  return { status, due, requeueAt: Number.isFinite(next) ? instant(Math.max(next, now)) : undefined, explain };
}
