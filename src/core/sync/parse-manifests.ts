import { type Document, LineCounter, parseAllDocuments, type ScalarTag, type Tags } from 'yaml';
import type { SourceProblem } from './manifest.ts';

const FILE_LIMIT = 1024 * 1024;
const DOCUMENT_LIMIT = 500;
const DEPTH_LIMIT = 100;
const ALIAS_LIMIT = 100;

/** Kubernetes reads YAML 1.1 here: `defaultMode: 0755` is octal and `on` is true; YAML 1.2 would apply other values than kubectl does. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};
const WORDS: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|on)$/i.test(text),
};

/** One YAML document that is a map, not yet known to be a Kubernetes object. */
export interface RawDocument {
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface ParsedFile {
  readonly documents: readonly RawDocument[];
  readonly problems: readonly SourceProblem[];
}

function tooDeep(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth > DEPTH_LIMIT || Object.values(value).some((member) => tooDeep(member, depth + 1));
}

function hasForbiddenKey(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  return Object.keys(value).includes('__proto__') || Object.values(value).some(hasForbiddenKey);
}

/** What the parser says without the piece of the document that it quotes: a value that looks like YAML may be a credential. */
function withoutQuote(message: string): string {
  const [first = ''] = message.split('\n');
  return first.replace(/ at line \d+, column \d+:?$/, '').replace(/^(Unresolved alias|Not a YAML token)\b.*$/, '$1');
}

function readDocument(document: Document, file: string, line: number): ParsedFile {
  const refuse = (message: string, at = line): ParsedFile => ({
    documents: [],
    problems: [{ reason: 'InvalidManifest', file, line: at, message }],
  });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error): SourceProblem => {
      const at = error.linePos?.[0].line ?? line;
      return {
        reason: 'InvalidManifest',
        file,
        line: at,
        message: withoutQuote(error.message),
      };
    });
    return { documents: [], problems };
  }
  const value: unknown = document.toJS({ maxAliasCount: ALIAS_LIMIT });
  if (value === null || value === undefined) return { documents: [], problems: [] };
  if (typeof value !== 'object' || Array.isArray(value)) return refuse('the document is no map; a Kubernetes object was expected');
  if (tooDeep(value, 0)) return refuse(`the document is nested deeper than ${DEPTH_LIMIT} levels`);
  if (hasForbiddenKey(value)) return refuse('the key __proto__ is not allowed');
  return { documents: [{ line, value: { ...value } }], problems: [] };
}

/** Every document of a YAML or JSON file, with size, depth and alias limits and unique keys; all problems, not the first. Never throws. */
export function parseManifests(file: string, text: string): ParsedFile {
  const whole = (reason: SourceProblem['reason'], message: string): ParsedFile => ({
    documents: [],
    problems: [{ reason, file, message }],
  });
  if (text.length > FILE_LIMIT) return whole('TooLarge', `the file is larger than ${FILE_LIMIT} bytes; split it`);
  try {
    const lines = new LineCounter();
    const options = {
      uniqueKeys: true,
      merge: true,
      lineCounter: lines,
      customTags: (tags: Tags): Tags => [OCTAL, WORDS, ...tags],
    };
    const parsed = parseAllDocuments(text, options);
    const documents = Array.isArray(parsed) ? parsed : [];
    if (documents.length > DOCUMENT_LIMIT) return whole('TooLarge', `the file has more than ${DOCUMENT_LIMIT} documents; split it`);
    const read = documents.map((document) =>
      readDocument(document, file, lines.linePos(document.contents?.range?.[0] ?? document.range[0]).line),
    );
    return { documents: read.flatMap((one) => one.documents), problems: read.flatMap((one) => one.problems) };
  } catch (error) {
    const why = error instanceof Error && !(error instanceof RangeError) ? withoutQuote(error.message) : 'it is nested too deeply';
    return whole('InvalidManifest', `the file cannot be read as YAML: ${why}`);
  }
}
