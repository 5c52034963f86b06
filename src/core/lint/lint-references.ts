import type { AnalysisArg, AnalysisTemplateSpec } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { Rollout, RolloutAnalysis } from '../../api/rollout.ts';
import { collectTemplates, type NamedTemplate, templateLabel } from '../analysis/template-set.ts';
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
  return analysesOf(rollout).flatMap((named) => {
    const { templates, circles } = collectTemplates(named.analysis.templates, lookup);
    const at = `${named.field}.templates`;
    return [
      ...templates.flatMap((template) => {
        const { ref, spec } = template;
        const index = named.analysis.templates.findIndex((one) => templateLabel(one) === templateLabel(ref));
        const field = index < 0 ? at : `${at}[${index}].templateName`;
        return [...missingArgs(named, template, templates), ...endless(named, field, ref.templateName, spec)];
      }),
      ...circles.map((circle) => {
        const [problem = circle, remedy = 'remove one of them'] = circle.split('; ');
        return problemAt(at, undefined, problem, remedy);
      }),
      ...clashes(at, templates),
    ];
  });
}

function hasSource(arg: AnalysisArg): boolean {
  return arg.value !== undefined || arg.valueFrom !== undefined;
}

/** Arguments that one template leaves open, and neither the Rollout nor another template of the same analysis gives. */
function missingArgs(
  { field, analysis }: NamedAnalysis,
  { ref, spec }: NamedTemplate,
  templates: readonly NamedTemplate[],
): readonly FieldProblem[] {
  const valued = templates.flatMap((template) => (template.spec.args ?? []).filter(hasSource));
  const given = new Set([...(analysis.args ?? []), ...valued].map((arg) => arg.name));
  return (spec.args ?? [])
    .filter((arg) => !hasSource(arg) && !given.has(arg.name))
    .map((arg) =>
      problemAt(
        `${field}.args`,
        undefined,
        `does not give ${arg.name}, which template ${ref.templateName} needs`,
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
function clashes(at: string, templates: readonly NamedTemplate[]): readonly FieldProblem[] {
  const owner = new Map<string, string>();
  const problems: FieldProblem[] = [];
  for (const { ref, spec } of templates) {
    for (const metric of spec.metrics ?? []) {
      const first = owner.get(metric.name);
      if (first === undefined) owner.set(metric.name, ref.templateName);
      else problems.push(problemAt(at, ref.templateName, `has a metric ${metric.name}, as ${first} has`, 'rename one of the metrics'));
    }
  }
  return problems;
}
