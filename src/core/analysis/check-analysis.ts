import type { AnalysisArg, AnalysisRun, AnalysisTemplateSpec } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { argumentValues } from './arguments.ts';
import { readMetricRules } from './metric-rules.ts';
import { type ReadMetric, readMetric } from './read-metric.ts';
import type { ResolvedMetric } from './resolved-metric.ts';

/** What is wrong with an analysis, apart from what the engine does not do yet. */
export interface AnalysisCheck {
  readonly problems: readonly FieldProblem[];
  readonly unsupported: readonly FieldProblem[];
}

/** An analysis that was read: what is wrong with it, and its metrics as far as they can be asked. */
export interface ReadAnalysis extends AnalysisCheck {
  readonly metrics: readonly ResolvedMetric[];
}

/** How a spec is read. */
export interface AnalysisReading {
  /** A run, in which every argument needs its value; else a template. */
  readonly resolved: boolean;
  /** Templates may hold addresses themselves; false when absent. */
  readonly inlineEndpoints?: boolean | undefined;
}

type Spec = AnalysisTemplateSpec | AnalysisRun['spec'];

/** Argo's Secret as the source of an argument: credentials never pass through a template (M3). */
function secretArgs(args: readonly AnalysisArg[]): FieldProblem[] {
  return args.flatMap((arg, index) => {
    if (arg.valueFrom?.secretKeyRef === undefined) return [];
    const remedy = 'remove it; credentials stand in a MetricProvider (basicAuth, bearerToken, headers), and the metric names that';
    return [
      {
        field: `spec.args[${index}].valueFrom.secretKeyRef`,
        value: arg.name,
        problem: 'Unsupported: no Secret is read for a template',
        remedy,
      },
    ];
  });
}

function checkArgs(args: readonly AnalysisArg[], resolved: boolean): FieldProblem[] {
  return args.flatMap((arg, index): FieldProblem[] => {
    const field = `spec.args[${index}].valueFrom`;
    const source = arg.valueFrom;
    if (source === undefined || source.secretKeyRef !== undefined) return [];
    const remedy = 'give a plain value';
    if (source.fieldRef === undefined) return [{ field, value: arg.name, problem: 'names no source', remedy }];
    return resolved
      ? [{ field: `${field}.fieldRef`, value: arg.name, problem: 'has no Rollout to read from in an AnalysisRun', remedy }]
      : [];
  });
}

function duplicateNames(spec: Spec): FieldProblem[] {
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

function isEmpty(spec: Spec): boolean {
  const templates = 'templates' in spec ? (spec.templates?.length ?? 0) : 0;
  return (spec.metrics?.length ?? 0) + (spec.slos?.length ?? 0) + templates === 0;
}

/**
 * Reads the spec of a template or a run: everything that is wrong with it, and its metrics ready to be asked. In a template an argument without a value is
 * one that the Rollout gives; in a run (`resolved`) it is a problem.
 */
export function readAnalysis(spec: Spec, { resolved, inlineEndpoints = false }: AnalysisReading): ReadAnalysis {
  const complete = !('templates' in spec) || (spec.templates?.length ?? 0) === 0;
  const { rules, problems } = readMetricRules(spec, complete);
  const reading = { values: argumentValues(spec.args), resolved, rules, inlineEndpoints };
  const metrics: readonly ReadMetric[] = (spec.metrics ?? []).map((metric, index) => readMetric(`spec.metrics[${index}]`, metric, reading));
  const empty = { field: 'spec.metrics', problem: 'is empty: an analysis of nothing would always pass', remedy: 'add a metric' };
  const slos = {
    field: 'spec.slos',
    problem: 'Unsupported: this version does not do it yet',
    remedy: 'use spec.metrics with a threshold condition',
  };
  return {
    problems: [
      ...duplicateNames(spec),
      ...checkArgs(spec.args ?? [], resolved),
      ...problems,
      ...metrics.flatMap((read) => read.problems),
      ...(isEmpty(spec) ? [empty] : []),
    ],
    unsupported: [
      ...secretArgs(spec.args ?? []),
      ...((spec.slos?.length ?? 0) > 0 ? [slos] : []),
      ...metrics.flatMap((read) => read.unsupported),
    ],
    metrics: metrics.flatMap((read) => read.metric ?? []),
  };
}
