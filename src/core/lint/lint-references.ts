import type { AnalysisTemplateSpec } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { Rollout, RolloutAnalysis } from '../../api/rollout.ts';
import { problemAt } from './problem-at.ts';

/** The templates that an analysis may name; undefined for one that is not known. */
export type TemplateLookup = (ref: RolloutAnalysis['templates'][number]) => AnalysisTemplateSpec | undefined;

/** One analysis of a Rollout: where it stands, and whether the rollout waits for its end. */
export interface NamedAnalysis {
  readonly field: string;
  readonly analysis: RolloutAnalysis;
  readonly inline: boolean;
}

/** Every analysis of a Rollout, in the order of its fields. */
export function analysesOf(rollout: Rollout): readonly NamedAnalysis[] {
  const { canary, blueGreen } = rollout.spec.strategy;
  const named: (readonly [string, RolloutAnalysis | undefined, boolean])[] = [
    ['spec.strategy.canary.analysis', canary?.analysis, false],
    ...(canary?.steps ?? []).map((step, index) => [`spec.strategy.canary.steps[${index}].analysis`, step.analysis, true] as const),
    ['spec.strategy.blueGreen.prePromotionAnalysis', blueGreen?.prePromotionAnalysis, true],
    ['spec.strategy.blueGreen.postPromotionAnalysis', blueGreen?.postPromotionAnalysis, true],
  ];
  return named.flatMap(([field, analysis, inline]) => (analysis === undefined ? [] : [{ field, analysis, inline }]));
}

/** What is wrong between the analyses of a Rollout and the templates that are known: arguments that nobody gives, clashing metrics, steps that never end. */
export function lintAnalysisReferences(rollout: Rollout, lookup: TemplateLookup): readonly FieldProblem[] {
  return analysesOf(rollout).flatMap((named) => [
    ...named.analysis.templates.flatMap((ref, index) => {
      const spec = lookup(ref);
      const at = `${named.field}.templates[${index}].templateName`;
      return spec === undefined ? [] : [...missingArgs(named, ref.templateName, spec), ...endless(named, at, ref.templateName, spec)];
    }),
    ...clashes(named, lookup),
  ]);
}

function missingArgs({ field, analysis }: NamedAnalysis, template: string, spec: AnalysisTemplateSpec): readonly FieldProblem[] {
  const given = new Set((analysis.args ?? []).map((arg) => arg.name));
  return (spec.args ?? [])
    .filter((arg) => arg.value === undefined && arg.valueFrom === undefined && !given.has(arg.name))
    .map((arg) =>
      problemAt(
        `${field}.args`,
        undefined,
        `does not give ${arg.name}, which template ${template} needs`,
        `add {name: ${arg.name}, value: ...}`,
      ),
    );
}

function endless({ inline }: NamedAnalysis, at: string, template: string, spec: AnalysisTemplateSpec): readonly FieldProblem[] {
  if (!inline) return [];
  return (spec.metrics ?? [])
    .filter((metric) => metric.interval !== undefined && isNone(metric.count) && isNone(metric.consecutiveSuccessLimit))
    .map((metric) =>
      problemAt(at, template, `measures ${metric.name} without an end: the step would never finish`, `set count in metric ${metric.name}`),
    );
}

/** Absent or 0; what an argument will give is not known here. */
function isNone(value: number | string | undefined): boolean {
  return value === undefined || Number(value) === 0;
}

/** All templates of one analysis run as one: a metric's name can stand only once. */
function clashes({ field, analysis }: NamedAnalysis, lookup: TemplateLookup): readonly FieldProblem[] {
  const owner = new Map<string, string>();
  const problems: FieldProblem[] = [];
  for (const ref of analysis.templates) {
    for (const metric of lookup(ref)?.metrics ?? []) {
      const first = owner.get(metric.name);
      if (first === undefined) owner.set(metric.name, ref.templateName);
      else
        problems.push(
          problemAt(`${field}.templates`, ref.templateName, `has a metric ${metric.name}, as ${first} has`, 'rename one of the metrics'),
        );
    }
  }
  return problems;
}
