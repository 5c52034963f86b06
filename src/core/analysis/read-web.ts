import type { Metric } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { millis } from '../../api/time.ts';
import { type ArgumentValues, substituteJson, substituteText, substituteUrlPart } from './arguments.ts';
import { readJsonPath } from './json-path.ts';
import { parseJson } from './json-value.ts';
import { type FieldReader, takeSubstituted, withStandIns } from './metric-fields.ts';
import type { MetricQuestion } from './question.ts';
import { endpointOf, inlineAccess, type ReadQuestion } from './read-endpoint.ts';

type WebQuery = NonNullable<Metric['provider']['web']>;
type Body = Extract<MetricQuestion, { type: 'web' }>['body'];

/** Characters that mean nothing to JSON, to forms or to a command line: a value of them stays a value wherever it stands. */
const HARMLESS = /^[A-Za-z0-9_.:/@+ -]*$/;

function checkForm(reader: FieldReader, at: string, web: WebQuery): void {
  const problem = (field: string, text: string, remedy: string): void => {
    reader.problems.push({ field, problem: text, remedy });
  };
  if (web.provider === undefined && web.url === undefined)
    problem(at, 'names no address', 'name a MetricProvider with a web entry in provider');
  if (web.provider !== undefined && web.url !== undefined) problem(at, 'has provider and url', 'keep provider');
  if (web.path !== undefined && web.url !== undefined) problem(`${at}.path`, 'stands beside url', 'put it into the url');
  if (web.body !== undefined && web.jsonBody !== undefined) problem(`${at}.body`, 'stands beside jsonBody', 'keep one of them');
  if ((web.body !== undefined || web.jsonBody !== undefined) && (web.method ?? 'GET') === 'GET')
    problem(`${at}.method`, 'is GET, which takes no body', 'set POST or PUT');
}

function readText(reader: FieldReader, field: string, text: string, values: ArgumentValues): string | undefined {
  const odd = [...text.matchAll(/\{\{\s*args\.([A-Za-z0-9_.-]+)\s*\}\}/g)].find(
    (match) => !HARMLESS.test(values.get(match[1] ?? '') ?? ''),
  );
  if (odd === undefined) return takeSubstituted(reader, field, text, substituteText(text, values));
  const remedy = 'use jsonBody, where a value stays in its place whatever it holds';
  reader.problems.push({ field, value: odd[1], problem: 'takes an argument with special characters', remedy });
  return undefined;
}

function readBody(reader: FieldReader, at: string, web: WebQuery): Body {
  const values = withStandIns(reader);
  if (web.body !== undefined) {
    const text = readText(reader, `${at}.body`, web.body, values);
    if (text === undefined) return undefined;
    return { text, contentType: parseJson(text) === undefined ? 'text/plain; charset=utf-8' : 'application/json' };
  }
  if (web.jsonBody === undefined) return undefined;
  const filled = substituteJson(web.jsonBody, values);
  if (filled.ok) return { text: JSON.stringify(filled.value), contentType: 'application/json' };
  reader.problems.push({ field: `${at}.jsonBody`, problem: filled.problem, remedy: filled.remedy });
  return undefined;
}

function readPath(reader: FieldReader, at: string, jsonPath: string | undefined): string | undefined {
  if (jsonPath === undefined) return undefined;
  const text = takeSubstituted(reader, at, jsonPath, substituteText(jsonPath, withStandIns(reader)));
  const read = text === undefined ? undefined : readJsonPath(text);
  if (read?.ok === false) reader.problems.push({ field: at, value: jsonPath.slice(0, 120), problem: read.problem, remedy: read.remedy });
  return text;
}

/** What a web metric asks. Nothing of a template but the path reaches the platform's endpoint as an address, and values in it are percent-encoded. */
export function readWeb(reader: FieldReader, at: string, web: WebQuery, inlineEndpoints: boolean): ReadQuestion {
  const unsupported: FieldProblem[] = [...inlineAccess(at, web)];
  const before = reader.problems.length;
  checkForm(reader, at, web);
  const endpoint = endpointOf(reader, `${at}.url`, { provider: web.provider, address: web.url }, inlineEndpoints, unsupported);
  const path = takeSubstituted(reader, `${at}.path`, web.path ?? '', substituteUrlPart(web.path ?? '', withStandIns(reader)));
  const body = readBody(reader, at, web);
  const jsonPath = readPath(reader, `${at}.jsonPath`, web.jsonPath);
  if (endpoint === undefined || path === undefined || unsupported.length > 0 || reader.problems.length > before)
    return { question: undefined, unsupported };
  const timeout = web.timeoutSeconds === undefined ? undefined : millis(web.timeoutSeconds * 1000);
  return { question: { type: 'web', endpoint, method: web.method ?? 'GET', path, body, jsonPath, timeout }, unsupported };
}
