import type { AnalysisArg, AnalysisRun, AnalysisTemplateSpec, Metric, Slo } from '../../api/analysis.ts';
import type { RolloutAnalysis } from '../../api/rollout.ts';
import type { Context } from './context.ts';
import { fieldValue } from './field-ref.ts';

export type RunSpec = AnalysisRun['spec'];

/** The complete spec of a run, or everything that keeps it from being made. */
export type ResolvedRunSpec = { readonly ok: true; readonly spec: RunSpec } | { readonly ok: false; readonly problems: readonly string[] };

type TemplateRef = RolloutAnalysis['templates'][number];

/** Templates may name templates; each counts once. */
function collect(context: Context, refs: readonly TemplateRef[], found: Map<string, AnalysisTemplateSpec>, problems: string[]): void {
  for (const ref of refs) {
    const cluster = ref.clusterScope === true;
    const kind = cluster ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
    const key = `${kind}/${ref.templateName}`;
    if (found.has(key)) continue;
    const template = (cluster ? context.observed.clusterTemplates : context.observed.templates).get(ref.templateName);
    if (template === undefined) {
      problems.push(`${kind} ${ref.templateName} does not exist or is invalid; create or correct it`);
      continue;
    }
    found.set(key, template.spec);
    collect(context, template.spec.templates ?? [], found, problems);
  }
}

function argValue(context: Context, arg: NonNullable<RolloutAnalysis['args']>[number], problems: string[]): string | undefined {
  const source = arg.valueFrom;
  if (arg.value !== undefined || source === undefined) return arg.value;
  if (source.podTemplateHashValue !== undefined)
    return source.podTemplateHashValue === 'Stable' ? (context.stableHash ?? context.hash) : context.hash;
  if (source.fieldRef === undefined) return undefined;
  const value = fieldValue(context.rollout, source.fieldRef.fieldPath);
  if (value === undefined)
    problems.push(`argument ${arg.name}: ${source.fieldRef.fieldPath} is not a text, number or boolean of this Rollout; correct the path`);
  return value;
}

/** Arguments of the templates, overridden by those of the Rollout; each needs a value in the end. */
function mergeArgs(
  context: Context,
  analysis: RolloutAnalysis,
  specs: readonly AnalysisTemplateSpec[],
  problems: string[],
): readonly AnalysisArg[] {
  const given = new Map((analysis.args ?? []).map((arg) => [arg.name, argValue(context, arg, problems)]));
  const merged = new Map<string, AnalysisArg>();
  for (const arg of specs.flatMap((spec) => spec.args ?? [])) {
    const before = merged.get(arg.name);
    if (before?.value !== undefined && arg.value !== undefined && before.value !== arg.value && given.get(arg.name) === undefined) {
      problems.push(
        `argument ${arg.name} has two values in the templates (${before.value} and ${arg.value}); give it in the Rollout's analysis args`,
      );
    }
    if (before === undefined || (before.value === undefined && before.valueFrom === undefined)) merged.set(arg.name, arg);
  }
  for (const [name, value] of given) {
    if (value !== undefined) merged.set(name, { name, value });
    else if (!merged.has(name)) merged.set(name, { name });
  }
  for (const arg of merged.values()) {
    if (arg.value === undefined && arg.valueFrom === undefined)
      problems.push(`argument ${arg.name} has no value; give it in the Rollout's analysis args or in the template`);
  }
  return [...merged.values()];
}

function doubles(names: readonly string[], what: string, problems: string[]): void {
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
    problems.push(`${what} ${name} is in two templates; rename one`);
  }
}

/** Everything an AnalysisRun needs, copied: later edits of a template do not change a run that is under way. */
export function resolveRunSpec(context: Context, analysis: RolloutAnalysis): ResolvedRunSpec {
  const problems: string[] = [];
  const found = new Map<string, AnalysisTemplateSpec>();
  collect(context, analysis.templates, found, problems);
  const specs = [...found.values()];
  const args = mergeArgs(context, analysis, specs, problems);
  const metrics: readonly Metric[] = specs.flatMap((spec) => spec.metrics ?? []);
  const slos: readonly Slo[] = specs.flatMap((spec) => spec.slos ?? []);
  doubles(
    metrics.map((metric) => metric.name),
    'metric',
    problems,
  );
  doubles(
    slos.map((slo) => slo.name),
    'slo',
    problems,
  );
  if (problems.length === 0 && metrics.length + slos.length === 0) problems.push('the templates hold neither metrics nor slos; add one');
  if (problems.length > 0) return { ok: false, problems };
  const dryRun = [...specs.flatMap((spec) => spec.dryRun ?? []), ...(analysis.dryRun ?? [])];
  const retention = [...specs.flatMap((spec) => spec.measurementRetention ?? []), ...(analysis.measurementRetention ?? [])];
  return {
    ok: true,
    spec: {
      ...(args.length === 0 ? {} : { args }),
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(slos.length === 0 ? {} : { slos }),
      ...(dryRun.length === 0 ? {} : { dryRun }),
      ...(retention.length === 0 ? {} : { measurementRetention: retention }),
    },
  };
}
