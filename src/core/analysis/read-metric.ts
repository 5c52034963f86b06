import type { Metric } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { millis } from '../../api/time.ts';
import { type ArgumentValues, substituteCondition } from './arguments.ts';
import { type Condition, compileCondition, type ResultShape } from './condition.ts';
import { type FieldReader, readDuration, readNumber, takeSubstituted, withStandIns } from './metric-fields.ts';
import type { MetricRules } from './metric-rules.ts';
import { readQuestion } from './read-question.ts';
import type { ResolvedMetric } from './resolved-metric.ts';

const DEFAULT_CONSECUTIVE_ERROR_LIMIT = 4;

/** What a metric is read with. */
export interface MetricReading {
  readonly values: ArgumentValues;
  /** Every argument has its value: a run, not a template. */
  readonly resolved: boolean;
  readonly rules: MetricRules;
  /** Templates may hold addresses themselves. */
  readonly inlineEndpoints: boolean;
}

/** A metric that was read; `metric` is undefined when there is nothing that could be asked. */
export interface ReadMetric {
  readonly problems: readonly FieldProblem[];
  readonly unsupported: readonly FieldProblem[];
  readonly metric: ResolvedMetric | undefined;
}

interface ReadCondition {
  readonly condition: Condition;
  readonly text: string;
}

/** What the provider of a metric yields; undefined for one that has no adapter, of which nothing can be said. */
function shapeOf({ provider }: Metric): ResultShape | undefined {
  if (provider.web !== undefined) return 'json';
  return provider.prometheus !== undefined || provider.job !== undefined ? 'numbers' : undefined;
}

function readCondition(
  reader: FieldReader,
  field: string,
  source: string | undefined,
  shape: ResultShape | undefined,
): ReadCondition | undefined {
  if (source === undefined || source === '' || shape === undefined) return undefined;
  const text = takeSubstituted(reader, field, source, substituteCondition(source, withStandIns(reader)));
  if (text === undefined) return undefined;
  const condition = compileCondition(text, shape);
  if (condition.ok) return { condition, text };
  reader.problems.push({ field, value: source.slice(0, 120), problem: condition.problem, remedy: condition.remedy });
  return undefined;
}

function thresholdText(success: ReadCondition | undefined, failure: ReadCondition | undefined): string {
  if (failure === undefined) return success?.text ?? '';
  return success === undefined ? `not ${failure.text}` : `${success.text}; fails when ${failure.text}`;
}

type Limits = Pick<ResolvedMetric, 'count' | 'failureLimit' | 'inconclusiveLimit' | 'consecutiveErrorLimit' | 'consecutiveSuccessLimit'>;

/** Argo Rollouts' rules between count and limits. */
function checkLimits(reader: FieldReader, at: string, metric: Metric, limits: Limits): void {
  const { count, failureLimit, consecutiveSuccessLimit: successes, inconclusiveLimit } = limits;
  const problem = (field: string, value: number | undefined, text: string, remedy: string): void => {
    reader.problems.push({ field: `${at}.${field}`, ...(value === undefined ? {} : { value: String(value) }), problem: text, remedy });
  };
  const counted = count !== Infinity && metric.count !== undefined;
  if (counted && count > 1 && metric.interval === undefined)
    problem('interval', undefined, 'is missing, although count is more than 1', 'add an interval such as 1m');
  if (counted && failureLimit > 0 && failureLimit !== Infinity && count < failureLimit + successes) {
    problem(
      'failureLimit',
      failureLimit,
      `can never be exceeded with count ${count}`,
      'raise count, or lower failureLimit or consecutiveSuccessLimit',
    );
  }
  if (counted && successes > count)
    problem('consecutiveSuccessLimit', successes, `can never be reached with count ${count}`, 'raise count, or lower it');
  if (counted && inconclusiveLimit > count) problem('inconclusiveLimit', inconclusiveLimit, `is more than count ${count}`, 'lower it');
  if (failureLimit === Infinity && successes === 0)
    problem('failureLimit', -1, 'is off and so is consecutiveSuccessLimit', 'set consecutiveSuccessLimit to 1 or more');
}

/** An argument that the Rollout still has to give: nothing can be said of the numbers that it belongs to. */
function isOpen(reading: MetricReading, value: string | number | undefined): boolean {
  return !reading.resolved && typeof value === 'string' && value.includes('{{');
}

function readLimits(reader: FieldReader, at: string, metric: Metric): Limits {
  const count = readNumber(reader, `${at}.count`, metric.count, 0);
  const failureLimit = readNumber(reader, `${at}.failureLimit`, metric.failureLimit, 0, -1);
  return {
    count: count > 0 ? count : metric.interval === undefined ? 1 : Infinity,
    failureLimit: failureLimit < 0 ? Infinity : failureLimit,
    inconclusiveLimit: readNumber(reader, `${at}.inconclusiveLimit`, metric.inconclusiveLimit, 0),
    consecutiveErrorLimit: readNumber(reader, `${at}.consecutiveErrorLimit`, metric.consecutiveErrorLimit, DEFAULT_CONSECUTIVE_ERROR_LIMIT),
    consecutiveSuccessLimit: readNumber(reader, `${at}.consecutiveSuccessLimit`, metric.consecutiveSuccessLimit, 0),
  };
}

/** Reads one metric completely: arguments filled in, conditions compiled, its question made; every problem is noted, not the first. */
export function readMetric(at: string, metric: Metric, reading: MetricReading): ReadMetric {
  const reader: FieldReader = { values: reading.values, resolved: reading.resolved, problems: [] };
  const interval = readDuration(reader, `${at}.interval`, metric.interval);
  const initialDelay = readDuration(reader, `${at}.initialDelay`, metric.initialDelay) ?? millis(0);
  const limits = readLimits(reader, at, metric);
  const numbers = [metric.count, metric.failureLimit, metric.inconclusiveLimit, metric.consecutiveSuccessLimit];
  if (!numbers.some((value) => isOpen(reading, value))) checkLimits(reader, at, metric, limits);
  const shape = shapeOf(metric);
  const success = readCondition(reader, `${at}.successCondition`, metric.successCondition, shape);
  const failure = readCondition(reader, `${at}.failureCondition`, metric.failureCondition, shape);
  if (metric.provider.job !== undefined && (metric.successCondition ?? metric.failureCondition ?? '') !== '') {
    const field = `${at}.${metric.successCondition === undefined ? 'failureCondition' : 'successCondition'}`;
    reader.problems.push({
      field,
      problem: 'has no result to look at: a Job completes or fails',
      remedy: 'remove it, and let the exit code tell',
    });
  }
  const { question, unsupported } = readQuestion(reader, at, metric.provider, reading.inlineEndpoints);
  if (question === undefined) return { problems: reader.problems, unsupported, metric: undefined };
  return {
    problems: reader.problems,
    unsupported,
    metric: {
      name: metric.name,
      ...limits,
      interval,
      initialDelay,
      noData: metric.noData,
      onError: metric.onError ?? 'Pause',
      dryRun: reading.rules.isDryRun(metric.name),
      retained: reading.rules.retained(metric.name),
      success: success?.condition,
      failure: failure?.condition,
      threshold: thresholdText(success, failure),
      question,
    },
  };
}
