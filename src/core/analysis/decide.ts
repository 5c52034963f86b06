import type { AnalysisRun, AnalysisRunStatus, MetricResult } from '../../api/analysis.ts';
import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import { formatInstant, type Instant, instant, parseInstant } from '../../api/time.ts';
import { assessReply, JOB_NAME, type TakenMeasurement } from './assess.ts';
import { readAnalysis } from './check-analysis.ts';
import { isFinalPhase } from './final-phase.ts';
import { addMeasurement, cutOff, emptyResult, inFlight, isCutOff, withPhase } from './metric-state.ts';
import type { MetricQuestion } from './question.ts';
import type { ResolvedMetric } from './resolved-metric.ts';
import { describePair, isJudged, type Pair, type RunPhase, runPhase, standingOf } from './run-phase.ts';
import { runSummaries } from './run-summary.ts';
import { nextLookAt, nextMeasurementAt } from './schedule.ts';
import { shownResult } from './shown-result.ts';
import { kstatusConditions } from './status-conditions.ts';
import { deletionTime } from './time-to-live.ts';
import { waitText } from './wait-text.ts';

/** What `decideAnalysisRun` looks at. */
export interface ObservedAnalysisRun {
  readonly run: AnalysisRun;
  /** Problems that only the controller can find, such as a MetricProvider that does not exist. */
  readonly problems: readonly FieldProblem[];
  /** Metrics may hold addresses themselves; false when absent. */
  readonly inlineEndpoints?: boolean | undefined;
}

/** One question that is due now. */
export interface DueMetric {
  readonly metric: string;
  readonly question: MetricQuestion;
  /** Which measurement of this metric it is, from 1: the same until it has ended, also after a crash. */
  readonly ordinal: number;
  /** Set for a measurement that is under way already: when it began. */
  readonly startedAt?: Instant | undefined;
}

export interface AnalysisDecision {
  readonly status: AnalysisRunStatus;
  readonly due: readonly DueMetric[];
  /** Names of Jobs that nobody needs any more. */
  readonly surplusJobs: readonly string[];
  /** Its time to live is over. */
  readonly remove: boolean;
  /** When to look next; absent when the run has ended and stays. */
  readonly requeueAt?: Instant | undefined;
  readonly explain: readonly string[];
}

const MESSAGE_LIMIT = 4096;

function fold(run: AnalysisRun, metrics: readonly ResolvedMetric[], taken: readonly TakenMeasurement[]): readonly Pair[] {
  return metrics.map((metric): Pair => {
    let result = run.status?.metricResults?.find((known) => known.name === metric.name) ?? emptyResult(metric.name);
    for (const measurement of taken) {
      if (measurement.metric !== metric.name || isFinalPhase(result.phase)) continue;
      result = withPhase(metric, addMeasurement(metric, result, assessReply(metric, measurement)), false);
    }
    return [metric, result];
  });
}

function endsTheRun(pair: Pair): boolean {
  return isJudged(pair) && isFinalPhase(pair[1].phase) && pair[1].phase !== 'Successful';
}

/** Every metric's phase; one that ends badly ends the others too, and what was under way for them is cut off. */
function settle(pairs: readonly Pair[], terminating: boolean, now: Instant): readonly Pair[] {
  const end = (all: boolean): readonly Pair[] =>
    pairs.map(([metric, result]): Pair => {
      const phased = withPhase(metric, result, all);
      return [metric, isFinalPhase(phased.phase) ? cutOff(phased, formatInstant(now)) : phased];
    });
  const once = end(terminating);
  return terminating || !once.some(endsTheRun) ? once : end(true);
}

/** The Jobs of measurements that were not cut off. */
function jobsOf(results: readonly MetricResult[]): readonly string[] {
  const measurements = results.flatMap((result) => result.measurements ?? []);
  return measurements.flatMap((one) => (isCutOff(one) ? [] : (one.metadata?.[JOB_NAME] ?? [])));
}

/** Jobs that are of no use any more: cut off, or fallen out of what is kept. */
function surplusJobs(known: readonly MetricResult[], after: readonly MetricResult[]): readonly string[] {
  const kept = new Set(jobsOf(after));
  return [...new Set(jobsOf(known))].filter((job) => !kept.has(job));
}

interface Settled {
  readonly pairs: readonly Pair[];
  /** Results of metrics that can no longer be read, as they were. */
  readonly lost: readonly MetricResult[];
  readonly whole: RunPhase;
}

function nextStatus(observed: ObservedAnalysisRun, settled: Settled, startedAt: Instant, now: Instant): AnalysisRunStatus {
  const { status, metadata } = observed.run;
  const { pairs, lost, whole } = settled;
  const goesOn = isFinalPhase(whole.phase) ? undefined : waitText(pairs, startedAt, now);
  const message = (whole.message ?? goesOn)?.slice(0, MESSAGE_LIMIT);
  const completedAt = isFinalPhase(whole.phase) ? (status?.completedAt ?? formatInstant(now)) : undefined;
  const generation = metadata.generation ?? 0;
  return {
    observedGeneration: generation,
    phase: whole.phase,
    ...(message === undefined ? {} : { message }),
    conditions: [...kstatusConditions(status?.conditions, standingOf({ ...whole, message }), generation, now)],
    startedAt: formatInstant(startedAt),
    ...(completedAt === undefined ? {} : { completedAt }),
    ...runSummaries(pairs),
    metricResults: [...pairs.map((pair) => shownResult(pair, nextMeasurementAt(pair[0], pair[1], startedAt, now))), ...lost],
  };
}

/** The questions that are due, and when to look next. */
function timetable(pairs: readonly Pair[], startedAt: Instant, now: Instant): Pick<AnalysisDecision, 'due' | 'requeueAt'> {
  const due: DueMetric[] = [];
  let next = Infinity;
  for (const [metric, result] of pairs) {
    const running = inFlight(result);
    const began = parseInstant(running?.startedAt);
    const at = running === undefined ? nextMeasurementAt(metric, result, startedAt, now) : nextLookAt(began ?? now, now);
    if (at === undefined) continue;
    const ordinal = (result.count ?? 0) + (result.error ?? 0) + 1;
    if (running !== undefined) due.push({ metric: metric.name, question: metric.question, ordinal, startedAt: began ?? now });
    else if (at <= now) due.push({ metric: metric.name, question: metric.question, ordinal });
    next = Math.min(next, Math.max(at, now));
  }
  return { due, requeueAt: Number.isFinite(next) ? instant(next) : undefined };
}

/** A run that has ended is never decided again; the generation that was seen is kept up, and its time to live is watched. */
function ended(run: AnalysisRun, status: AnalysisRunStatus, now: Instant): AnalysisDecision {
  const generation = run.metadata.generation ?? 0;
  const whole: RunPhase = { phase: status.phase ?? 'Error', message: status.message };
  const conditions = [...kstatusConditions(status.conditions, standingOf(whole), generation, now)];
  const next: AnalysisRunStatus = { ...status, observedGeneration: generation, conditions };
  return { status: next, due: [], surplusJobs: [], ...afterEnd(run, next, now), explain: [`the run has ended: ${whole.phase}`] };
}

function afterEnd(run: AnalysisRun, status: AnalysisRunStatus, now: Instant): Pick<AnalysisDecision, 'remove' | 'requeueAt'> {
  const at = deletionTime(run.spec.ttlStrategy, status);
  if (at === undefined) return { remove: false };
  return at <= now ? { remove: true } : { remove: false, requeueAt: at };
}

/**
 * Argo Rollouts' AnalysisRun machine as a pure function of the run, the replies just received and the time: the next status, the questions that are due,
 * and when to look again. Nothing is remembered outside status, so a crash at any point repeats at most one measurement.
 */
export function decideAnalysisRun(observed: ObservedAnalysisRun, taken: readonly TakenMeasurement[], now: Instant): AnalysisDecision {
  const { run } = observed;
  if (run.status !== undefined && isFinalPhase(run.status.phase)) return ended(run, run.status, now);
  const startedAt = parseInstant(run.status?.startedAt) ?? now;
  const read = readAnalysis(run.spec, { resolved: true, inlineEndpoints: observed.inlineEndpoints });
  const problems = [...read.problems, ...read.unsupported, ...observed.problems];
  const terminating = run.spec.terminate === true || problems.length > 0;
  const folded = fold(run, read.metrics, taken);
  const pairs = settle(folded, terminating, now);
  const lost = (run.status?.metricResults ?? []).filter(({ name }) => !read.metrics.some((metric) => metric.name === name));
  const whole = runPhase(pairs, lost, problems);
  const status = nextStatus(observed, { pairs, lost, whole }, startedAt, now);
  const explain = [
    ...problems.map(formatProblem),
    ...(run.spec.terminate === true ? ['terminate is set: no new measurements'] : []),
    ...pairs.map(describePair),
    `run ${whole.phase}`,
  ];
  const known = [...(run.status?.metricResults ?? []), ...folded.map(([, result]) => result)];
  const surplus = surplusJobs(known, status.metricResults ?? []);
  if (isFinalPhase(whole.phase)) return { status, due: [], surplusJobs: surplus, ...afterEnd(run, status, now), remove: false, explain };
  return { status, surplusJobs: surplus, remove: false, ...timetable(pairs, startedAt, now), explain };
}
