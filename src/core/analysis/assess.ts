import type { Measurement } from '../../api/analysis.ts';
import type { JsonValue } from '../../api/json-value.ts';
import { formatInstant, type Instant } from '../../api/time.ts';
import type { MetricReply } from '../../ports/metrics.ts';
import type { Condition, ConditionInput } from './condition.ts';
import { describeJson } from './json-value.ts';
import type { ResolvedMetric } from './resolved-metric.ts';

/** One answered question, as the shell hands it to `decide`. */
export interface TakenMeasurement {
  readonly metric: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly reply: MetricReply;
}

type Outcome = Pick<Measurement, 'phase' | 'message'>;

const SHOWN_VALUES = 10;

/** The key in a measurement's `metadata` under which its Job is named, as in Argo Rollouts. */
export const JOB_NAME = 'job-name';

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

/** The value as people read it: `0.97` for a scalar, `[0.97,0.98]` for a vector, as Argo Rollouts writes it. */
function formatReply(reply: MetricReply): string | undefined {
  switch (reply.kind) {
    case 'scalar':
      return formatNumber(reply.value);
    case 'vector': {
      const shown = reply.values.slice(0, SHOWN_VALUES).map(formatNumber).join(',');
      return `[${shown}${reply.values.length > SHOWN_VALUES ? ` and ${reply.values.length - SHOWN_VALUES} more` : ''}]`;
    }
    case 'empty':
      return '[]';
    case 'json':
      return describeJson(reply.value);
    case 'failed':
    case 'running':
    case 'finished':
      return undefined;
  }
}

function noData(metric: ResolvedMetric, what: string): Outcome {
  switch (metric.noData ?? 'Pause') {
    case 'Pass':
      return { phase: 'Successful', message: `${what}; noData is Pass` };
    case 'Fail':
      return { phase: 'Failed', message: `${what}; noData is Fail` };
    case 'Pause':
      return { phase: 'Inconclusive', message: `${what}; noData is Pause: neither success nor failure` };
  }
}

type Conditions = Pick<ResolvedMetric, 'success' | 'failure'>;

function present(conditions: Conditions): readonly Condition[] {
  return [conditions.success, conditions.failure].filter((condition) => condition !== undefined);
}

/** Whether every condition that there is says itself what this kind of value means. */
function handled(conditions: Conditions, use: 'handlesEmpty' | 'handlesNaN' | 'handlesInf' | 'asksForList'): boolean {
  const all = present(conditions);
  return all.length > 0 && all.every((condition) => condition.use[use]);
}

/** The outcome that follows from the shape of the values alone; undefined when the conditions may judge them. */
function byShape(metric: ResolvedMetric, values: readonly number[]): Outcome | undefined {
  const policyFirst = metric.noData !== undefined;
  if (values.length === 0 && (policyFirst || !handled(metric, 'handlesEmpty'))) return noData(metric, 'the query found no data');
  if (values.length > 1 && !handled(metric, 'asksForList')) {
    const message = `the query yields ${values.length} series and the condition judges one; aggregate in the query, or write result.all(x, ...)`;
    return { phase: 'Error', message };
  }
  if (values.some((value) => value === Infinity || value === -Infinity) && !handled(metric, 'handlesInf')) {
    return { phase: 'Inconclusive', message: 'the value is infinite, most often a division by zero: neither success nor failure' };
  }
  if (values.some(Number.isNaN) && (policyFirst || !handled(metric, 'handlesNaN'))) return noData(metric, 'the value is NaN');
  return undefined;
}

/** Argo Rollouts' rule: failure wins; with both conditions and neither true the measurement is inconclusive; with none it is a success. */
function byConditions(conditions: Conditions, values: ConditionInput): Outcome {
  const failure = conditions.failure?.evaluate(values);
  const success = conditions.success?.evaluate(values);
  if (failure?.kind === 'true') return { phase: 'Failed', message: undefined };
  if (failure?.kind === 'error') return { phase: 'Error', message: `failureCondition: ${failure.message}` };
  if (success?.kind === 'error') return { phase: 'Error', message: `successCondition: ${success.message}` };
  if (success?.kind === 'true') return { phase: 'Successful', message: undefined };
  if (success === undefined) return { phase: 'Successful', message: undefined };
  if (failure === undefined) return { phase: 'Failed', message: undefined };
  return { phase: 'Inconclusive', message: 'neither successCondition nor failureCondition holds' };
}

/** What an endpoint answered. Nothing at the path, or null there, is no data, unless the conditions speak of it themselves. */
function judgeJson(metric: ResolvedMetric, value: JsonValue): Outcome {
  const isNothing = value === null;
  if (isNothing && (metric.noData !== undefined || !handled(metric, 'handlesEmpty')))
    return noData(metric, 'the answer holds no value there');
  return byConditions(metric, { json: value });
}

function judge(metric: ResolvedMetric, reply: MetricReply): Outcome {
  if (reply.kind === 'failed') return { phase: 'Error', message: reply.message };
  if (reply.kind === 'running') return { phase: 'Running', message: undefined };
  if (reply.kind === 'finished') return { phase: reply.outcome, message: reply.message };
  if (reply.kind === 'json') return judgeJson(metric, reply.value);
  if (reply.kind === 'empty' && metric.question.type === 'web') return judgeJson(metric, null);
  if (reply.warnings > 0) {
    return { phase: 'Error', message: 'the provider warns that its answer is not complete: a part of the data cannot be judged' };
  }
  const values = reply.kind === 'empty' ? [] : reply.kind === 'scalar' ? [reply.value] : reply.values;
  return byShape(metric, values) ?? byConditions(metric, values);
}

/** What one reply means for a metric. Total: every shape of reply becomes Successful, Failed, Inconclusive or Error. */
export function assessReply(metric: ResolvedMetric, taken: TakenMeasurement): Measurement {
  const { phase, message } = judge(metric, taken.reply);
  const value = formatReply(taken.reply);
  const job = 'job' in taken.reply ? taken.reply.job : undefined;
  return {
    phase,
    startedAt: formatInstant(taken.startedAt),
    ...(phase === 'Running' ? {} : { finishedAt: formatInstant(taken.finishedAt) }),
    ...(job === undefined ? {} : { metadata: { [JOB_NAME]: job } }),
    ...(value === undefined ? {} : { value }),
    ...(message === undefined ? {} : { message: message.slice(0, 1024) }),
  };
}
