import type { AnalysisTemplateSpec } from '../../api/analysis.ts';
import { formatProblem } from '../../api/field-problem.ts';
import { ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { parseAnalysisTemplate, parseClusterAnalysisTemplate } from '../../api/parse.ts';
import { type FindTemplate, type TemplateRef, templateLabel } from '../../core/analysis/template-set.ts';
import { readDocuments } from '../../core/lint/read-documents.ts';
import { refused, wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { recordAt, textAt } from '../model/fields.ts';
import { clean } from '../render/escape.ts';
import type { Session } from '../session.ts';

/** Templates by how messages show them. */
type Known = Map<string, AnalysisTemplateSpec>;

function parsed(object: KubeObject): AnalysisTemplateSpec {
  const result = object.kind === CLUSTER_ANALYSIS_TEMPLATE.kind ? parseClusterAnalysisTemplate(object) : parseAnalysisTemplate(object);
  if (result.ok) return result.value.spec;
  const problems = result.problems.map(formatProblem).join('; ');
  throw refused(
    `${object.kind} ${clean(object.metadata.name, 253)} is invalid: ${problems}`,
    'correct it; kubectl sluice lint -f FILE checks it',
  );
}

/** The templates of a file, and a reference to each. */
export async function templatesOfFile(
  context: CliContext,
  file: string,
): Promise<{ readonly refs: readonly TemplateRef[]; readonly find: FindTemplate }> {
  const text = await context.readInput(file).catch((error: unknown) => {
    throw wrongUsage(
      `cannot read "${file}": ${error instanceof Error ? error.message : String(error)}`,
      'name a file with YAML documents, or - for standard input',
    );
  });
  const known: Known = new Map();
  const refs: TemplateRef[] = [];
  for (const { value, problems } of readDocuments(text)) {
    if (problems.length > 0) throw refused(problems.map(formatProblem).join('; '), 'correct the file');
    const kind = textAt(value, 'kind') ?? '';
    if (kind !== ANALYSIS_TEMPLATE.kind && kind !== CLUSTER_ANALYSIS_TEMPLATE.kind) continue;
    const name = textAt(value, 'metadata', 'name') ?? '';
    const ref: TemplateRef = { templateName: name, ...(kind === CLUSTER_ANALYSIS_TEMPLATE.kind ? { clusterScope: true } : {}) };
    const object: KubeObject = {
      ...recordAt(value),
      apiVersion: textAt(value, 'apiVersion') ?? '',
      kind,
      metadata: { ...recordAt(value, 'metadata'), name },
    };
    known.set(templateLabel(ref), parsed(object));
    refs.push(ref);
  }
  if (refs.length === 0) throw wrongUsage(`"${clean(file)}" holds no AnalysisTemplate`, 'name a file that holds one');
  return { refs, find: (ref) => known.get(templateLabel(ref)) };
}

/** The templates of these names in the cluster, with those that they take over. */
export async function templatesOfCluster(context: CliContext, session: Session, refs: readonly TemplateRef[]): Promise<FindTemplate> {
  const known: Known = new Map();
  const waiting = [...refs];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    const label = templateLabel(ref);
    if (known.has(label)) continue;
    const isGlobal = ref.clusterScope === true;
    const kind = isGlobal ? CLUSTER_ANALYSIS_TEMPLATE : ANALYSIS_TEMPLATE;
    const object = await session.cluster.get(
      kind,
      { name: ref.templateName, ...(isGlobal ? {} : { namespace: session.namespace }) },
      { signal: context.signal },
    );
    if (object === undefined) continue;
    const spec = parsed({ ...object, kind: kind.kind });
    known.set(label, spec);
    waiting.push(...(spec.templates ?? []));
  }
  return (ref) => known.get(templateLabel(ref));
}
