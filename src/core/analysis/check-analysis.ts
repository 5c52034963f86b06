import type { AnalysisRun, AnalysisTemplateSpec, Metric } from '../../api/analysis.ts';
import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { argumentValues, type Substituted, substituteCondition, substituteQuery } from './arguments.ts';
import { compileCondition } from './condition.ts';

type Values = ReadonlyMap<string, string | undefined>;

/** What is wrong with an analysis, apart from what the engine does not do yet. */
export interface AnalysisCheck {
  readonly problems: readonly FieldProblem[];
  readonly unsupported: readonly FieldProblem[];
}

function unsupported(field: string, remedy: string): FieldProblem {
  return { field, problem: 'Unsupported: this version does not do it yet', remedy };
}

function fromSubstituted(field: string, value: string, result: Substituted): FieldProblem[] {
  return result.ok ? [] : [{ field, value: value.slice(0, 120), problem: result.problem, remedy: result.remedy }];
}

function checkConditionField(field: string, source: string | undefined, values: Values): FieldProblem[] {
  if (source === undefined || source === '') return [];
  const filled = substituteCondition(source, values);
  if (!filled.ok) return fromSubstituted(field, source, filled);
  const compiled = compileCondition(filled.text);
  return compiled.ok ? [] : [{ field, value: source.slice(0, 120), problem: compiled.problem, remedy: compiled.remedy }];
}

function checkDuration(field: string, value: string | number | undefined): FieldProblem[] {
  if (value === undefined || parseDuration(value) !== undefined) return [];
  return [{ field, value: String(value), problem: 'is not a duration', remedy: 'write it as in 30s, 5m or 1h30m' }];
}

function checkLimits(at: string, metric: Metric): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const count = metric.count ?? 0;
  const failureLimit = metric.failureLimit ?? 0;
  const successes = metric.consecutiveSuccessLimit ?? 0;
  if (count > 1 && metric.interval === undefined) {
    problems.push({ field: `${at}.interval`, problem: 'is missing, although count is more than 1', remedy: 'add an interval such as 1m' });
  }
  if (count > 0 && failureLimit > 0 && count < failureLimit + successes) {
    const remedy = 'raise count, or lower failureLimit or consecutiveSuccessLimit';
    problems.push({
      field: `${at}.failureLimit`,
      value: String(failureLimit),
      problem: `can never be exceeded with count ${count}`,
      remedy,
    });
  }
  if (count > 0 && (metric.inconclusiveLimit ?? 0) > count) {
    const value = String(metric.inconclusiveLimit);
    problems.push({ field: `${at}.inconclusiveLimit`, value, problem: `is more than count ${count}`, remedy: 'lower it' });
  }
  if (failureLimit === -1 && successes === 0) {
    const remedy = 'set consecutiveSuccessLimit to 1 or more';
    problems.push({ field: `${at}.failureLimit`, value: '-1', problem: 'is off and so is consecutiveSuccessLimit', remedy });
  }
  return problems;
}

function checkMetric(at: string, metric: Metric, values: Values): AnalysisCheck {
  const problems = [
    ...checkDuration(`${at}.interval`, metric.interval),
    ...checkDuration(`${at}.initialDelay`, metric.initialDelay),
    ...checkLimits(at, metric),
    ...checkConditionField(`${at}.successCondition`, metric.successCondition, values),
    ...checkConditionField(`${at}.failureCondition`, metric.failureCondition, values),
  ];
  const { prometheus, ...others } = metric.provider;
  const remedyForOther = 'use provider.prometheus with a query';
  const foreign = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [unsupported(`${at}.provider.${name}`, remedyForOther)],
  );
  if (prometheus === undefined) {
    return { problems, unsupported: foreign.length > 0 ? foreign : [unsupported(`${at}.provider.none`, remedyForOther)] };
  }
  const query = `${at}.provider.prometheus.query`;
  problems.push(...fromSubstituted(query, prometheus.query, substituteQuery(prometheus.query, values)));
  const extra = Object.keys(prometheus).filter((key) => key !== 'query' && key !== 'provider');
  const remedy = 'name a MetricProvider in provider.prometheus.provider; the platform team sets address and credentials there';
  return { problems, unsupported: [...foreign, ...extra.map((key) => unsupported(`${at}.provider.prometheus.${key}`, remedy))] };
}

function unsupportedFields(spec: AnalysisTemplateSpec | AnalysisRun['spec']): FieldProblem[] {
  const found: FieldProblem[] = [];
  const add = (present: boolean, field: string, remedy: string): void => {
    if (present) found.push(unsupported(field, remedy));
  };
  add((spec.slos?.length ?? 0) > 0, 'spec.slos', 'use spec.metrics with a threshold condition');
  add((spec.dryRun?.length ?? 0) > 0, 'spec.dryRun', 'remove it');
  add((spec.measurementRetention?.length ?? 0) > 0, 'spec.measurementRetention', 'remove it; the last 10 measurements are kept');
  if ('templates' in spec) add((spec.templates?.length ?? 0) > 0, 'spec.templates', 'name every template in the Rollout instead');
  if ('ttlStrategy' in spec) add(spec.ttlStrategy !== undefined, 'spec.ttlStrategy', 'remove it; old runs are deleted with their revision');
  (spec.args ?? []).forEach((arg, index) => {
    add(arg.valueFrom !== undefined, `spec.args[${index}].valueFrom`, 'give a plain value');
  });
  return found;
}

function duplicateNames(spec: AnalysisTemplateSpec | AnalysisRun['spec']): FieldProblem[] {
  const lists = [
    ['args', (spec.args ?? []).map((arg) => arg.name)],
    ['metrics', (spec.metrics ?? []).map((metric) => metric.name)],
  ] as const;
  return lists.flatMap(([list, names]) =>
    names.flatMap((name, index) => {
      const first = names.indexOf(name);
      if (first === index) return [];
      return [{ field: `spec.${list}[${index}].name`, value: name, problem: `is the name of ${list}[${first}] too`, remedy: 'rename one' }];
    }),
  );
}

/**
 * Everything wrong with the spec of a template or a run: conditions that do not compile, arguments that are not declared, limits that cannot work.
 * In a template an argument without a value is one that the Rollout gives; in a run (`resolved`) it is a problem.
 */
export function checkAnalysisSpec(spec: AnalysisTemplateSpec | AnalysisRun['spec'], resolved: boolean): AnalysisCheck {
  const given = argumentValues(spec.args);
  // A number is accepted wherever an argument may stand, so it takes the place of one that is still to come.
  const values = resolved ? given : new Map([...given].map(([name, value]) => [name, value ?? '0.5']));
  const metrics = (spec.metrics ?? []).map((metric, index) => checkMetric(`spec.metrics[${index}]`, metric, values));
  const others = unsupportedFields(spec);
  const problems = [...duplicateNames(spec), ...metrics.flatMap((check) => check.problems)];
  if (metrics.length === 0 && others.length === 0) {
    problems.push({ field: 'spec.metrics', problem: 'is empty: an analysis of nothing would always pass', remedy: 'add a metric' });
  }
  return { problems, unsupported: [...others, ...metrics.flatMap((check) => check.unsupported)] };
}
