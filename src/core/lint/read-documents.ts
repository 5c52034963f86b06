import { type Document, isAlias, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { FieldProblem } from '../../api/field-problem.ts';
import { problemAt } from './problem-at.ts';

/** One document of a YAML text: where it starts, and its value or why it has none. */
export interface ReadDocument {
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly problems: readonly FieldProblem[];
}

/** The API server and GitSync take no larger file either (M12). */
const LARGEST = 1024 * 1024;

/** Reads YAML as Kubernetes manifests are meant: unique keys, no aliases, JSON types; documents without content are left out. Never throws. */
export function readDocuments(text: string): readonly ReadDocument[] {
  if (text.length > LARGEST) return [refused(1, 'is larger than 1 MiB', 'split the file')];
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
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const at = lines.linePos(error.pos[0]);
      return problemAt(`line ${at.line}, column ${at.col}`, undefined, `is not YAML: ${firstLine(error.message)}`, 'correct the text');
    });
    return [{ line, value: undefined, problems }];
  }
  let aliases = 0;
  visit(document, { Node: (_, node) => void (aliases += isAlias(node) ? 1 : 0) });
  if (aliases > 0) return [refused(line, 'uses a YAML alias', 'write the value out: aliases are refused because they can explode')];
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    return [refused(line, 'is not an object', 'write a manifest with apiVersion, kind and metadata')];
  return [{ line, value: Object.fromEntries(Object.entries(value)), problems: [] }];
}

function refused(line: number, problem: string, remedy: string): ReadDocument {
  return { line, value: undefined, problems: [problemAt('(document)', undefined, problem, remedy)] };
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 200);
}
