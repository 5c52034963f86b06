import type { AnalysisArg, AnalysisRun, AnalysisTemplateSpec } from '../../api/analysis.ts';

/** Names a template; `clusterScope` means a ClusterAnalysisTemplate. */
export interface TemplateRef {
  readonly templateName: string;
  readonly clusterScope?: boolean | undefined;
}

/** The template of this name; undefined when there is none, or none that can be read. */
export type FindTemplate = (ref: TemplateRef) => AnalysisTemplateSpec | undefined;

/** Kind and name, as messages show a template. */
export function templateLabel(ref: TemplateRef): string {
  return `${ref.clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate'} ${ref.templateName}`;
}

const CLUSTER_MARK = 'cluster/';

/** Templates as an annotation of a run holds them: `a,b,cluster/c`. */
export function templateNames(refs: readonly TemplateRef[]): string {
  return refs.map((ref) => (ref.clusterScope === true ? `${CLUSTER_MARK}${ref.templateName}` : ref.templateName)).join(',');
}

/** The names in such an annotation, whether they are of the namespace or of the cluster. */
export function parseTemplateNames(text: string): readonly string[] {
  return text.split(',').map((name) => (name.startsWith(CLUSTER_MARK) ? name.slice(CLUSTER_MARK.length) : name));
}

/** One template with its name. */
export interface NamedTemplate {
  readonly ref: TemplateRef;
  readonly spec: AnalysisTemplateSpec;
}

/** The named templates and all that they take over. */
export interface CollectedTemplates {
  /** Each once, in the order in which they are named. */
  readonly templates: readonly NamedTemplate[];
  /** Templates that are not there, as sentences. */
  readonly missing: readonly string[];
  /** Ways from a template back to itself, as sentences. */
  readonly circles: readonly string[];
}

interface Collection {
  readonly find: FindTemplate;
  readonly found: Map<string, NamedTemplate>;
  readonly missing: Set<string>;
  readonly circles: Set<string>;
}

function collect(refs: readonly TemplateRef[], path: readonly string[], into: Collection): void {
  for (const ref of refs) {
    const label = templateLabel(ref);
    const loop = path.indexOf(label);
    if (loop >= 0) {
      const way = [...path.slice(loop), label].join(' -> ');
      into.circles.add(`the templates lead back to themselves: ${way}; take one out of the templates of another`);
      continue;
    }
    if (into.found.has(label)) continue;
    const spec = into.find(ref);
    if (spec === undefined) {
      const named = path.length === 0 ? '' : `, which ${path.at(-1)} names,`;
      into.missing.add(`${label}${named} does not exist or is invalid; create or correct it`);
      continue;
    }
    into.found.set(label, { ref, spec });
    collect(spec.templates ?? [], [...path, label], into);
  }
}

/** Follows templates of templates. */
export function collectTemplates(refs: readonly TemplateRef[], find: FindTemplate): CollectedTemplates {
  const into: Collection = { find, found: new Map(), missing: new Set(), circles: new Set() };
  collect(refs, [], into);
  return { templates: [...into.found.values()], missing: [...into.missing], circles: [...into.circles] };
}

/** What somebody who uses templates adds to them. */
export interface TemplateUse {
  /** Values by argument; undefined for one that is named without a value. They win over those of the templates. */
  readonly given: ReadonlyMap<string, string | undefined>;
  /** The value at a field path, for arguments that the templates take from the Rollout. */
  fieldValue(path: string): string | undefined;
  /** How a person gives an argument here. */
  howToGive(name: string): string;
  readonly dryRun: NonNullable<AnalysisTemplateSpec['dryRun']>;
  readonly measurementRetention: NonNullable<AnalysisTemplateSpec['measurementRetention']>;
}

function isOpen(arg: AnalysisArg | undefined): boolean {
  return arg?.value === undefined && arg?.valueFrom === undefined;
}

/** Arguments of the templates, in their order; two different values for one are a problem unless the user of the templates decides. */
function declaredArgs(specs: readonly AnalysisTemplateSpec[], use: TemplateUse, problems: string[]): Map<string, AnalysisArg> {
  const merged = new Map<string, AnalysisArg>();
  for (const arg of specs.flatMap((spec) => spec.args ?? [])) {
    const before = merged.get(arg.name);
    if (before?.value !== undefined && arg.value !== undefined && before.value !== arg.value && use.given.get(arg.name) === undefined) {
      problems.push(`argument ${arg.name} has two values in the templates (${before.value} and ${arg.value}); ${use.howToGive(arg.name)}`);
    }
    if (isOpen(before)) merged.set(arg.name, arg);
  }
  return merged;
}

/** An argument whose value a template takes from the Rollout, with that value. */
function fromField(arg: AnalysisArg, use: TemplateUse, problems: string[]): AnalysisArg {
  const path = arg.valueFrom?.fieldRef?.fieldPath;
  if (path === undefined) return arg;
  const value = use.fieldValue(path);
  if (value !== undefined) return { name: arg.name, value };
  problems.push(
    `argument ${arg.name}: ${path} is not a text, number or boolean of this Rollout; correct the path, or ${use.howToGive(arg.name)}`,
  );
  return arg;
}

function mergeArgs(specs: readonly AnalysisTemplateSpec[], use: TemplateUse, problems: string[]): readonly AnalysisArg[] {
  const merged = declaredArgs(specs, use, problems);
  for (const [name, value] of use.given) {
    if (value !== undefined) merged.set(name, { name, value });
    else if (!merged.has(name)) merged.set(name, { name });
  }
  return [...merged.values()].map((arg) => {
    if (isOpen(arg)) problems.push(`argument ${arg.name} has no value; ${use.howToGive(arg.name)}, or a default in the template`);
    return fromField(arg, use, problems);
  });
}

function doubles(names: readonly string[], what: string, problems: string[]): void {
  for (const name of new Set(names.filter((one, index) => names.indexOf(one) !== index))) {
    problems.push(`${what} ${name} is in two templates; rename one`);
  }
}

export type MergedTemplates =
  | { readonly ok: true; readonly spec: AnalysisRun['spec'] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The spec of one run from several templates, or everything that keeps it from being made. */
export function mergeTemplates(templates: readonly NamedTemplate[], use: TemplateUse): MergedTemplates {
  const specs = templates.map(({ spec }) => spec);
  const problems: string[] = [];
  const args = mergeArgs(specs, use, problems);
  const metrics = specs.flatMap((spec) => spec.metrics ?? []);
  const slos = specs.flatMap((spec) => spec.slos ?? []);
  const nameOf = (named: { readonly name: string }): string => named.name;
  doubles(metrics.map(nameOf), 'metric', problems);
  doubles(slos.map(nameOf), 'slo', problems);
  // Without any template, what is missing is named already.
  if (problems.length === 0 && specs.length > 0 && metrics.length + slos.length === 0)
    problems.push('the templates hold neither metrics nor slos; add one');
  if (problems.length > 0) return { ok: false, problems };
  const dryRun = [...specs.flatMap((spec) => spec.dryRun ?? []), ...use.dryRun];
  const measurementRetention = [...specs.flatMap((spec) => spec.measurementRetention ?? []), ...use.measurementRetention];
  return {
    ok: true,
    spec: {
      ...(args.length === 0 ? {} : { args }),
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(slos.length === 0 ? {} : { slos }),
      ...(dryRun.length === 0 ? {} : { dryRun }),
      ...(measurementRetention.length === 0 ? {} : { measurementRetention }),
    },
  };
}
