import type { AnalysisTemplateSpec } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { API_VERSION } from '../../api/labels.ts';
import { parseAnalysisTemplate, parseClusterAnalysisTemplate, parseRollout } from '../../api/parse.ts';
import type { Rollout } from '../../api/rollout.ts';
import { namedServices } from '../rollout/named-services.ts';
import { brokenServiceRules } from '../rollout/service-rules.ts';
import type { LintedDocument } from './document-lint.ts';
import { idleFields } from './idle-fields.ts';
import { analysesOf, lintAnalysisReferences, type TemplateLookup } from './lint-references.ts';
import { problemAt } from './problem-at.ts';

type Found = Pick<LintedDocument, 'problems' | 'warnings'>;

/** Adds what does nothing, and what the documents of one file say of each other: twice the same object, Services and templates that a Rollout names. */
export function lintFile(documents: readonly LintedDocument[]): readonly LintedDocument[] {
  const claims = new Map<string, string>();
  return documents.map((document) => {
    const twice = repeated(documents, document);
    const rollout = rolloutIn(document);
    const { problems, warnings } =
      rollout === undefined ? { problems: [], warnings: [] } : lintReferences(documents, document, rollout, claims);
    return { ...document, problems: [...document.problems, ...twice, ...problems], warnings: [...document.warnings, ...warnings] };
  });
}

function rolloutIn(document: LintedDocument): Rollout | undefined {
  if (document.object?.apiVersion !== API_VERSION || document.kind !== 'Rollout') return undefined;
  const parsed = parseRollout(document.object);
  return parsed.ok ? parsed.value : undefined;
}

function repeated(documents: readonly LintedDocument[], document: LintedDocument): readonly FieldProblem[] {
  const { object } = document;
  if (object === undefined) return [];
  const first = documents.find(
    (other) =>
      other.object?.apiVersion === object.apiVersion &&
      other.kind === document.kind &&
      other.name === document.name &&
      other.namespace === document.namespace,
  );
  if (first === undefined || first.index >= document.index) return [];
  return [
    problemAt('metadata.name', document.name, `is the name of the ${document.kind} at line ${first.line} too`, 'rename or remove one'),
  ];
}

/** In a file, a document without namespace may go to any: it is taken for the one that is looked for. */
function find(documents: readonly LintedDocument[], kind: string, name: string, namespace: string | undefined): LintedDocument | undefined {
  const near = (other: LintedDocument) => other.namespace === undefined || namespace === undefined || other.namespace === namespace;
  return documents.find((other) => other.kind === kind && other.name === name && other.object !== undefined && near(other));
}

function lintReferences(
  documents: readonly LintedDocument[],
  document: LintedDocument,
  rollout: Rollout,
  claims: Map<string, string>,
): Found {
  const services = namedServices(rollout).map(([field, name]) => lintService(documents, document, rollout, { field, name, claims }));
  const lookup: TemplateLookup = (ref) => templateIn(documents, document.namespace, ref);
  const unknown = analysesOf(rollout).flatMap(({ field, analysis }) =>
    analysis.templates.flatMap((ref, index) => {
      const kind = ref.clusterScope === true ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate';
      if (find(documents, kind, ref.templateName, document.namespace) !== undefined) return [];
      return [
        problemAt(
          `${field}.templates[${index}].templateName`,
          ref.templateName,
          `is no ${kind} of this file`,
          'make sure that the cluster has it',
        ),
      ];
    }),
  );
  return {
    problems: [...services.flatMap((found) => found.problems), ...lintAnalysisReferences(rollout, lookup)],
    warnings: [...idleFields(rollout), ...services.flatMap((found) => found.warnings), ...unknown],
  };
}

interface NamedService {
  readonly field: string;
  readonly name: string;
  /** Which Rollout of this file named a Service first. */
  readonly claims: Map<string, string>;
}

function lintService(documents: readonly LintedDocument[], document: LintedDocument, rollout: Rollout, named: NamedService): Found {
  const { field, name, claims } = named;
  const key = `${document.namespace ?? ''}/${name}`;
  const owner = claims.get(key) ?? rollout.metadata.name;
  claims.set(key, owner);
  const shared =
    owner === rollout.metadata.name
      ? []
      : [problemAt(field, name, `is named by Rollout ${owner} too: both would write its selector`, 'give each Rollout its own Services')];
  const service = find(documents, 'Service', name, document.namespace);
  if (service === undefined) {
    if (rollout.spec.service !== undefined) return { problems: shared, warnings: [] };
    return { problems: shared, warnings: [problemAt(field, name, 'is no Service of this file', 'make sure that the namespace has it')] };
  }
  return { problems: [...shared, ...lintServiceSelector(field, name, service, rollout)], warnings: [] };
}

/** A Service that selects other pods would never serve this Rollout. */
function lintServiceSelector(field: string, name: string, service: LintedDocument, rollout: Rollout): readonly FieldProblem[] {
  const spec = service.object?.['spec'];
  const type: unknown = typeof spec === 'object' && spec !== null && 'type' in spec ? spec.type : undefined;
  const written: unknown = typeof spec === 'object' && spec !== null && 'selector' in spec ? spec.selector : undefined;
  const selector = typeof written === 'object' && written !== null ? Object.fromEntries(Object.entries(written)) : {};
  return brokenServiceRules(rollout, { external: type === 'ExternalName', selector }).map(({ problem, remedy }) =>
    problemAt(field, name, `${problem} (line ${service.line})`, remedy),
  );
}

function templateIn(
  documents: readonly LintedDocument[],
  namespace: string | undefined,
  ref: Parameters<TemplateLookup>[0],
): AnalysisTemplateSpec | undefined {
  const cluster = ref.clusterScope === true;
  const found = find(documents, cluster ? 'ClusterAnalysisTemplate' : 'AnalysisTemplate', ref.templateName, namespace)?.object;
  if (found === undefined) return undefined;
  const parsed = cluster ? parseClusterAnalysisTemplate(found) : parseAnalysisTemplate(found);
  return parsed.ok ? parsed.value.spec : undefined;
}
