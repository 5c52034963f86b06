import type { AnalysisRun, AnalysisTemplateSpec } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { type NamePattern, readNamePattern } from './name-pattern.ts';

/** Argo Rollouts' number. */
const RETAINED_MEASUREMENTS = 10;
/** All measurements that one run keeps: its status has to fit into one object of the API server. */
const MOST_RETAINED = 1000;

/** Which metrics only report, and how many measurements each keeps. */
export interface MetricRules {
  isDryRun(metric: string): boolean;
  retained(metric: string): number;
}

interface Rule {
  readonly metricName: string;
}

interface ReadRule<T> {
  readonly rule: T;
  readonly pattern: NamePattern;
}

function readRules<T extends Rule>(list: string, rules: readonly T[], names: readonly string[] | undefined, problems: FieldProblem[]) {
  const read: ReadRule<T>[] = [];
  rules.forEach((rule, index) => {
    const field = `spec.${list}[${index}].metricName`;
    const value = rule.metricName.slice(0, 120);
    const pattern = readNamePattern(rule.metricName);
    const first = rules.findIndex((other) => other.metricName === rule.metricName);
    if (first < index) problems.push({ field, value, problem: `stands in ${list}[${first}] too`, remedy: 'keep one of them' });
    if (!pattern.ok) {
      problems.push({ field, value, problem: pattern.problem, remedy: pattern.remedy });
      return;
    }
    if (names !== undefined && !names.some(pattern.test)) {
      const known = names.length === 0 ? 'there is none' : `there are ${names.slice(0, 10).join(', ')}`;
      problems.push({ field, value, problem: 'matches no metric', remedy: `name one of the metrics: ${known}` });
    }
    read.push({ rule, pattern });
  });
  return read;
}

/**
 * Reads `dryRun` and `measurementRetention`. A rule that matches no metric is a problem, as in Argo Rollouts, except in a template that takes over others
 * (`complete` is false), whose metrics are known only together.
 */
export function readMetricRules(
  spec: AnalysisTemplateSpec | AnalysisRun['spec'],
  complete: boolean,
): { readonly rules: MetricRules; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const all = (spec.metrics ?? []).map((metric) => metric.name);
  const names = complete ? all : undefined;
  const dry = readRules('dryRun', spec.dryRun ?? [], names, problems);
  const kept = readRules('measurementRetention', spec.measurementRetention ?? [], names, problems);
  const rules: MetricRules = {
    isDryRun: (metric) => dry.some(({ pattern }) => pattern.test(metric)),
    retained: (metric) => {
      // 0 is Argo's word for the default; the newest one is needed to know when to measure next.
      const limit = kept.findLast(({ pattern }) => pattern.test(metric))?.rule.limit ?? 0;
      return limit > 0 ? limit : RETAINED_MEASUREMENTS;
    },
  };
  const total = all.reduce((sum, name) => sum + rules.retained(name), 0);
  if (total > MOST_RETAINED) {
    problems.push({
      field: 'spec.measurementRetention',
      problem: `would keep up to ${total} measurements of ${all.length} metrics, over ${MOST_RETAINED}: the status would outgrow one object`,
      remedy: 'lower the limits',
    });
  }
  return { rules, problems };
}
