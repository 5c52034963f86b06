import type { AnalysisRun } from '../../api/analysis.ts';
import { formatProblem } from '../../api/field-problem.ts';
import type { RolloutAnalysis } from '../../api/rollout.ts';
import { readAnalysis } from '../analysis/check-analysis.ts';
import { collectTemplates, mergeTemplates, type TemplateUse } from '../analysis/template-set.ts';
import { deepEqual } from '../identity/deep-equal.ts';
import type { Context } from './context.ts';
import { fieldValue, isOptionalField } from './field-ref.ts';

export type RunSpec = AnalysisRun['spec'];

/** The complete spec of a run, or everything that keeps it from being made. */
export type ResolvedRunSpec = { readonly ok: true; readonly spec: RunSpec } | { readonly ok: false; readonly problems: readonly string[] };

type Arg = NonNullable<RolloutAnalysis['args']>[number];

/** The value that the Rollout gives; undefined, too, for a label or annotation that it does not have: a default of the template then holds. */
function argValue(context: Context, arg: Arg, problems: string[]): string | undefined {
  const source = arg.valueFrom;
  if (arg.value !== undefined || source === undefined) return arg.value;
  if (source.podTemplateHashValue !== undefined)
    return source.podTemplateHashValue === 'Stable' ? (context.stableHash ?? context.hash) : context.hash;
  if (source.fieldRef === undefined) return undefined;
  const value = fieldValue(context.rollout, source.fieldRef.fieldPath);
  if (value === undefined && !isOptionalField(source.fieldRef.fieldPath))
    problems.push(`argument ${arg.name}: ${source.fieldRef.fieldPath} is not a text, number or boolean of this Rollout; correct the path`);
  return value;
}

/** What gives an argument a value; without one by this name it stands in the analysis args. */
function howToGive(args: readonly Arg[], name: string): string {
  const path = args.find((arg) => arg.name === name)?.valueFrom?.fieldRef?.fieldPath;
  return path === undefined ? "give it in the Rollout's analysis args" : `set ${path} of the Rollout`;
}

function useOf(context: Context, analysis: RolloutAnalysis, problems: string[]): TemplateUse {
  return {
    given: new Map((analysis.args ?? []).map((arg) => [arg.name, argValue(context, arg, problems)])),
    fieldValue: (path) => fieldValue(context.rollout, path),
    howToGive: (name) => howToGive(analysis.args ?? [], name),
    dryRun: analysis.dryRun ?? [],
    measurementRetention: analysis.measurementRetention ?? [],
  };
}

interface Checked {
  readonly spec: RunSpec;
  readonly problems: readonly string[];
}

/** By the analysis that they were made for: compiling conditions anew in every pass would be most of its work. */
const CHECKED = new WeakMap<RolloutAnalysis, Checked>();

/** What would end a run of this spec before it measured anything. Addresses in templates are the controller's to allow, so they pass here. */
function specProblems(analysis: RolloutAnalysis, spec: RunSpec): readonly string[] {
  const known = CHECKED.get(analysis);
  if (known !== undefined && deepEqual(known.spec, spec)) return known.problems;
  const { problems, unsupported } = readAnalysis(spec, { resolved: true, inlineEndpoints: true });
  const checked: Checked = { spec, problems: [...problems, ...unsupported].map(formatProblem) };
  CHECKED.set(analysis, checked);
  return checked.problems;
}

/** Everything an AnalysisRun needs, copied: later edits of a template do not change a run that is under way. */
export function resolveRunSpec(context: Context, analysis: RolloutAnalysis): ResolvedRunSpec {
  const collected = collectTemplates(
    analysis.templates,
    (ref) => (ref.clusterScope === true ? context.observed.clusterTemplates : context.observed.templates).get(ref.templateName)?.spec,
  );
  const problems = [...collected.missing, ...collected.circles];
  const merged = mergeTemplates(collected.templates, useOf(context, analysis, problems));
  if (!merged.ok) return { ok: false, problems: [...problems, ...merged.problems] };
  if (problems.length > 0) return { ok: false, problems };
  const wrong = specProblems(analysis, merged.spec);
  return wrong.length === 0 ? merged : { ok: false, problems: wrong };
}
