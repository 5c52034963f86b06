import { type Document, isAlias, isScalar, LineCounter, type Node, parseAllDocuments, visit } from 'yaml';
import type { FieldProblem } from '../../api/field-problem.ts';
import { type LineOf, lineOfField } from './field-line.ts';
import { problemAt } from './problem-at.ts';

/** One document of a YAML text: where it starts, and its value or why it has none. */
export interface ReadDocument {
  readonly line: number;
  readonly lineOf: LineOf;
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly problems: readonly FieldProblem[];
}

/** The API server and GitSync take no larger file either (M12). */
const LARGEST = 1024 * 1024;

/** Reads YAML as Kubernetes manifests are meant: unique keys, no aliases, JSON types; documents without content are left out. Never throws. */
export function readDocuments(text: string): readonly ReadDocument[] {
  if (text.length > LARGEST) return [refused(1, 'is larger than 1 MiB', 'split the file')];
  if (text.includes('\0')) return [refused(1, 'is no text', 'name a file with YAML documents')];
  const lines = new LineCounter();
  try {
    const documents = parseAllDocuments(text, { uniqueKeys: true, lineCounter: lines, schema: 'core', merge: false, prettyErrors: false });
    return Array.isArray(documents) ? documents.flatMap((document) => readDocument(document, lines)) : [];
  } catch (error) {
    return [refused(1, `cannot be read: ${error instanceof Error ? firstLine(error.message) : 'unknown reason'}`, 'simplify the file')];
  }
}

function readDocument(document: Document.Parsed, lines: LineCounter): readonly ReadDocument[] {
  const line = lines.linePos(document.contents?.range?.[0] ?? document.range[0]).line;
  const [error] = document.errors.toSorted((left, right) => left.pos[0] - right.pos[0]);
  if (error !== undefined) {
    // What follows a first error is mostly about it.
    const at = lines.linePos(error.pos[0]);
    const field = `line ${at.line}, column ${at.col}`;
    return [refused(at.line, `is not YAML: ${firstLine(error.message)}`, 'correct the text', field)];
  }
  const alias = firstIn(document, isAlias);
  if (alias !== undefined) {
    const at = lines.linePos(alias).line;
    return [refused(at, 'uses a YAML alias', 'write the value out: aliases are refused because they can explode')];
  }
  const key = firstIn(document, (node, place) => place === 'key' && !isScalar(node));
  if (key !== undefined) {
    const at = lines.linePos(key).line;
    return [
      refused(at, 'has a key that is no text, as has a template that nobody filled in ({{ }})', 'fill the template in first, or quote it'),
    ];
  }
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    return [refused(line, 'is not an object', 'write a manifest with apiVersion, kind and metadata')];
  return [{ line, lineOf: lineOfField(document, lines), value: Object.fromEntries(Object.entries(value)), problems: [] }];
}

/** Where the first node of a sort begins. */
function firstIn(document: Document.Parsed, is: (node: Node, place: unknown) => boolean): number | undefined {
  let start: number | undefined;
  visit(document, {
    Node(place, node) {
      if (!is(node, place)) return undefined;
      start = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return start;
}

function refused(line: number, problem: string, remedy: string, field = '(document)'): ReadDocument {
  return { line, lineOf: () => line, value: undefined, problems: [problemAt(field, undefined, problem, remedy)] };
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 200);
}
