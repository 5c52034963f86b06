import { withoutNulls } from '../../api/absent-nulls.ts';
import { didYouMean } from '../../api/did-you-mean.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { OWN_KINDS } from '../../api/kinds.ts';
import { API_VERSION } from '../../api/labels.ts';
import { isRecord } from '../identity/is-record.ts';
import type { DocumentLint, LintedDocument } from './document-lint.ts';
import { lintFile } from './lint-file.ts';
import { lintObject } from './lint-object.ts';
import { problemAt } from './problem-at.ts';
import { type ReadDocument, readDocuments } from './read-documents.ts';

/** Lints a file of manifests: every object of our kinds, and what its documents say of each other. Other kinds are only looked up. */
export function lintDocuments(yamlText: string): readonly DocumentLint[] {
  const documents = readDocuments(yamlText).map(lintDocument);
  return lintFile(documents).map(({ object: _object, lineOf, ...lint }) => {
    const located = (found: readonly FieldProblem[]) => found.map((problem) => ({ ...problem, line: lineOf(problem.field) }));
    return { ...lint, problems: located(lint.problems), unsupported: located(lint.unsupported), warnings: located(lint.warnings) };
  });
}

function lintDocument(document: ReadDocument, index: number): LintedDocument {
  const metadata = isRecord(document.value?.['metadata']) ? document.value['metadata'] : {};
  const base: LintedDocument = {
    index,
    line: document.line,
    lineOf: document.lineOf,
    kind: text(document.value?.['kind']),
    namespace: text(metadata['namespace']),
    name: text(metadata['name']) ?? text(metadata['generateName']),
    problems: document.problems,
    unsupported: [],
    warnings: [],
    object: undefined,
  };
  return document.value === undefined ? base : lintValue(base, document.value, metadata);
}

function lintValue(
  base: LintedDocument,
  value: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, unknown>>,
): LintedDocument {
  const missing = lintIdentity(value, metadata);
  if (missing.length > 0 || base.kind === undefined || base.name === undefined) return { ...base, problems: missing };
  const apiVersion = text(value['apiVersion']) ?? '';
  // The API server ignores the status of a manifest.
  const { status: _status, ...written } = value;
  const object = withoutNulls({ ...written, apiVersion, kind: base.kind, metadata: { ...metadata, name: base.name } });
  const foreign = lintForeign(apiVersion, base.kind);
  if (foreign !== undefined) return { ...base, ...foreign, object };
  return { ...base, ...lintObject(object), object };
}

function lintIdentity(value: Readonly<Record<string, unknown>>, metadata: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const found = [
    ['apiVersion', value['apiVersion'], `write ${API_VERSION} for a kind of Sluice`],
    ['kind', value['kind'], 'name the kind of object'],
    ['metadata.name', metadata['name'] ?? metadata['generateName'], 'give the object a name'],
  ] as const;
  return found
    .filter(([, member]) => typeof member !== 'string' || member === '')
    .map(([field, member, remedy]) => problemAt(field, member, 'is missing or not a text', remedy));
}

/** What there is to say of an object that no schema of ours reads; undefined when one does. */
function lintForeign(apiVersion: string, kind: string): Partial<LintedDocument> | undefined {
  const [group = ''] = apiVersion.split('/');
  const own = OWN_KINDS.map((known) => known.kind);
  if (apiVersion === API_VERSION) {
    if (own.includes(kind)) return undefined;
    const near = didYouMean(kind, own);
    return {
      problems: [
        problemAt(
          'kind',
          kind,
          `is not a kind of ${API_VERSION}`,
          near === undefined ? `use one of ${own.join(', ')}` : `did you mean ${near}?`,
        ),
      ],
    };
  }
  if (group === 'sluice.dev')
    return { problems: [problemAt('apiVersion', apiVersion, 'is not a version that is served', `write ${API_VERSION}`)] };
  if (group !== 'argoproj.io' || !own.includes(kind)) return {};
  return {
    warnings: [problemAt('apiVersion', apiVersion, 'is left to Argo Rollouts', `write ${API_VERSION} to move the object to Sluice`)],
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
