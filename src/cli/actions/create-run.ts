import type { AnalysisRun } from '../../api/analysis.ts';
import { formatProblem } from '../../api/field-problem.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { readAnalysis } from '../../core/analysis/check-analysis.ts';
import { collectTemplates, type FindTemplate, mergeTemplates, type TemplateRef, templateNames } from '../../core/analysis/template-set.ts';
import { ended, refused, wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { toRunDetail } from '../model/run-detail.ts';
import { withProgress } from '../progress.ts';
import { clean } from '../render/escape.ts';
import { type OutputFormat, parseOutputFormat, toJson, toYaml } from '../render/output.ts';
import { renderRun } from '../render/run.ts';
import { type GlobalFlags, type Session, withSession } from '../session.ts';
import { requireKind, requireName } from '../target.ts';
import { type DryRun, parseDryRun } from './dry-run.ts';
import { madeText, makeRun, nameEnd, runObject } from './make-run.ts';
import { templatesOfCluster, templatesOfFile } from './read-templates.ts';
import { untilEnded } from './run-end.ts';

export interface CreateRunFlags extends GlobalFlags {
  readonly fromTemplate?: readonly string[] | undefined;
  readonly fromFile?: string | undefined;
  readonly global?: boolean | undefined;
  readonly name?: string | undefined;
  readonly generateName?: string | undefined;
  readonly argument?: readonly string[] | undefined;
  readonly instance?: string | undefined;
  readonly dryRun?: string | undefined;
  readonly output?: string | undefined;
  readonly watch?: boolean | undefined;
}

/** Makes an AnalysisRun of its own from templates, as the controller would make it for a rollout. With `-w`, waits for its end and fails unless it passed. */
export async function runCreateRun(context: CliContext, kindWord: string, flags: CreateRunFlags): Promise<void> {
  if (requireKind(kindWord) !== 'analysisrun')
    throw wrongUsage(`"${kindWord}" cannot be created here`, 'use analysisrun; kubectl apply -f FILE makes anything else');
  const named = flags.fromTemplate ?? [];
  if (named.length > 0 === (flags.fromFile !== undefined))
    throw wrongUsage('name one source of the analysis', 'use --from-template NAME or --from-file FILE');
  const given = parseArguments(flags.argument ?? []);
  const format = parseOutputFormat(flags.output);
  const dryRun = parseDryRun(flags.dryRun);
  if (flags.watch === true && dryRun !== 'none') throw wrongUsage('a dry run makes nothing to watch', 'leave -w or --dry-run out');
  await withSession(context, flags, async (session) => {
    const refs = named.map(
      (name): TemplateRef => ({ templateName: requireName(name), ...(flags.global === true ? { clusterScope: true } : {}) }),
    );
    const source =
      flags.fromFile === undefined
        ? { refs, find: await withProgress(context, 'Reading the templates', templatesOfCluster(context, session, refs)) }
        : await templatesOfFile(context, flags.fromFile);
    const run = buildRun(context, session, source, given, flags);
    const made = await makeRun(context, session, run, dryRun);
    print(context, made, format, dryRun);
    if (flags.watch === true) await watchToEnd(context, session, made);
  });
}

function parseArguments(words: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const word of words) {
    const [name = '', value] = word.split(/=(.*)/su);
    if (value === undefined || name === '') throw wrongUsage(`"${word}" is no argument`, 'write -a NAME=VALUE');
    given.set(requireName(name), value);
  }
  return given;
}

interface Source {
  readonly refs: readonly TemplateRef[];
  readonly find: FindTemplate;
}

function buildRun(
  context: CliContext,
  session: Session,
  source: Source,
  given: ReadonlyMap<string, string>,
  flags: CreateRunFlags,
): KubeObject {
  const collected = collectTemplates(source.refs, source.find);
  const known = new Set(collected.templates.flatMap(({ spec }) => (spec.args ?? []).map((arg) => arg.name)));
  const strange = [...given.keys()]
    .filter((name) => !known.has(name))
    .map((name) => `no template takes an argument ${name}; they take: ${[...known].join(', ') || 'none'}`);
  const merged = mergeTemplates(collected.templates, {
    given,
    fieldValue: () => undefined,
    howToGive: (name) => `give it with -a ${name}=VALUE`,
    dryRun: [],
    measurementRetention: [],
  });
  const problems = [
    ...collected.missing,
    ...collected.circles,
    ...strange,
    ...(merged.ok ? (collected.missing.length > 0 ? [] : specProblems(merged.spec)) : merged.problems),
  ];
  if (!merged.ok || problems.length > 0) throw refused(problems.map((problem) => clean(problem)).join('; '), 'nothing was created');
  return runObject({
    name: nameOf(context, source.refs, flags),
    namespace: session.namespace,
    templates: templateNames(source.refs),
    instance: flags.instance === undefined ? undefined : requireName(flags.instance),
    spec: merged.spec,
  });
}

/** What would end the run before it measured anything; whether addresses in templates are allowed is the controller's to say. */
function specProblems(spec: AnalysisRun['spec']): readonly string[] {
  const { problems, unsupported } = readAnalysis(spec, { resolved: true, inlineEndpoints: true });
  return [...problems, ...unsupported].map(formatProblem);
}

function nameOf(context: CliContext, refs: readonly TemplateRef[], flags: CreateRunFlags): string {
  if (flags.name !== undefined) return requireName(flags.name);
  const base = flags.generateName ?? `${refs[0]?.templateName ?? 'analysis'}-`;
  return requireName(`${base}${nameEnd(context)}`);
}

function print(context: CliContext, run: KubeObject, format: OutputFormat, dryRun: DryRun): void {
  if (format === 'json') context.out(toJson(run));
  else if (format === 'yaml') context.out(toYaml(run));
  else if (format === 'name') context.out(`analysisrun.sluice.dev/${requireName(run.metadata.name)}\n`);
  else context.out(madeText(run, dryRun));
}

async function watchToEnd(context: CliContext, session: Session, run: KubeObject): Promise<void> {
  const ref = { namespace: session.namespace, name: run.metadata.name };
  const end = await withProgress(context, 'Waiting for the verdict', untilEnded(context, session, ref, context.signal));
  if (end === undefined) return;
  const detail = toRunDetail(end);
  context.out(`${renderRun(detail, context.clock.now(), session.paint, false).join('\n')}\n`);
  if (detail.phase !== 'Successful') throw ended(EXIT.refused);
}
