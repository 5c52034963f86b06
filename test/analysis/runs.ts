import type { AnalysisRun, Metric } from '../../src/api/analysis.ts';
import { type Instant, instant } from '../../src/api/time.ts';
import type { TakenMeasurement } from '../../src/core/analysis/assess.ts';
import { readAnalysis } from '../../src/core/analysis/check-analysis.ts';
import { type AnalysisDecision, decideAnalysisRun } from '../../src/core/analysis/decide.ts';
import type { ResolvedMetric } from '../../src/core/analysis/resolved-metric.ts';
import type { MetricReply } from '../../src/ports/metrics.ts';

export const START: Instant = instant(Date.UTC(2026, 0, 1));

/** One measurement in short: a number is a value; `empty`, `nan`, `inf`, `two`, `warn` and `down` are the other shapes. */
export type Short = number | 'empty' | 'nan' | 'inf' | 'two' | 'warn' | 'down';

function replyOf(short: Short): MetricReply {
  if (typeof short === 'number') return { kind: 'vector', values: [short], warnings: 0 };
  switch (short) {
    case 'empty':
      return { kind: 'empty', warnings: 0 };
    case 'nan':
      return { kind: 'vector', values: [Number.NaN], warnings: 0 };
    case 'inf':
      return { kind: 'vector', values: [Infinity], warnings: 0 };
    case 'two':
      return { kind: 'vector', values: [1, 1], warnings: 0 };
    case 'warn':
      return { kind: 'vector', values: [1], warnings: 1 };
    case 'down':
      return { kind: 'failed', reason: 'unreachable', message: 'the provider cannot be reached', retryable: true };
  }
}

/** Success from 0.95, failure below 0.8, nothing known between: unless a test says otherwise. */
export function metricOf(changes: Partial<Metric> = {}): Metric {
  const base: Metric = {
    name: 'sli',
    interval: '1m',
    successCondition: 'result[0] >= 0.95',
    failureCondition: 'result[0] < 0.8',
    provider: { prometheus: { query: 'sli' } },
  };
  return { ...base, ...changes };
}

export function runOf(metrics: readonly Metric[], spec: Partial<AnalysisRun['spec']> = {}): AnalysisRun {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: 'run', namespace: 'shop', generation: 1 },
    spec: { metrics, ...spec },
    status: { observedGeneration: -1 },
  };
}

/** A metric as the machine works with it, without arguments. */
export function resolvedOf(metric: Metric): ResolvedMetric {
  const read = readAnalysis({ metrics: [metric] }, { resolved: true });
  const [resolved] = read.metrics;
  if (resolved === undefined) throw new Error(`the metric of this test cannot be read: ${JSON.stringify(read)}`);
  return resolved;
}

export interface Driven {
  readonly run: AnalysisRun;
  readonly last: AnalysisDecision;
  /** How many questions were asked. */
  readonly asked: number;
  readonly now: Instant;
}

/** Lets time pass from deadline to deadline and answers what is due, until the run ends or an answer is missing. Nothing but the written status is kept between steps. */
export function drive(start: AnalysisRun, answers: Readonly<Record<string, readonly Short[]>>, from: Instant = START): Driven {
  const left = new Map(Object.entries(answers).map(([name, shorts]) => [name, [...shorts]]));
  let run = start;
  let now = from;
  let asked = 0;
  for (;;) {
    const first = decideAnalysisRun({ run, problems: [] }, [], now);
    const taken: TakenMeasurement[] = [];
    for (const due of first.due) {
      const short = left.get(due.metric)?.shift();
      if (short === undefined) return { run: { ...run, status: first.status }, last: first, asked, now };
      taken.push({ metric: due.metric, startedAt: now, finishedAt: now, reply: replyOf(short) });
      asked += 1;
    }
    const last = taken.length === 0 ? first : decideAnalysisRun({ run, problems: [] }, taken, now);
    run = { ...run, status: last.status };
    if (last.requeueAt === undefined) return { run, last, asked, now };
    now = instant(Math.max(last.requeueAt, now));
  }
}
