import type { HeaderRoute, MirrorRoute, StringMatch } from '../../../ports/traffic-router.ts';
import { type Json, jsonObject, jsonObjects } from '../json.ts';
import { type Refusal, refused } from '../refusal.ts';

/** Matches of a route rule. */
export type Matches = { readonly ok: true; readonly matches: readonly Json[] } | Refusal;

type One = { readonly ok: true; readonly match: Json } | Refusal;

const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
const LONGEST_HEADER_VALUE = 4096;
const MOST_HEADERS = 16;
const ANY_PATH = { type: 'PathPrefix', value: '/' } as const;

/** The requests of `rule` that have all headers of the header route. */
export function matchesOfHeaderRoute(rule: Json, route: HeaderRoute): Matches {
  if (route.match.length === 0) return refused('it names no header, and would take every request', 'name a header in match');
  const headers = route.match.map((entry) => [entry.headerName, entry.headerValue] as const);
  return all(sourcesOf(rule).map((source) => withHeaders(source, headers)));
}

type MirrorMatch = MirrorRoute['match'][number];

/** The requests of `rule` that any entry of the mirror route matches; an entry that contradicts the rule matches nothing and is left out. */
export function matchesOfMirrorRoute(kind: 'HTTPRoute' | 'GRPCRoute', rule: Json, route: MirrorRoute): Matches {
  if (route.match.length === 0) return { ok: true, matches: jsonObjects(rule['matches']) };
  const and = kind === 'HTTPRoute' ? andHttp : andGrpc;
  const matches = sourcesOf(rule).flatMap((source) => route.match.map((entry) => and(source, entry)));
  return all(matches.filter((match) => match !== 'never'));
}

/** The matches of a rule; one that matches everything when it has none. */
function sourcesOf(rule: Json): readonly Json[] {
  const matches = jsonObjects(rule['matches']);
  return matches.length === 0 ? [{}] : matches;
}

function all(matches: readonly One[]): Matches {
  const refusal = matches.find((match) => !match.ok);
  return refusal ?? { ok: true, matches: matches.flatMap((match) => (match.ok ? [match.match] : [])) };
}

/** `source` with these headers as well; header names do not differ by case. */
function withHeaders(source: Json, headers: readonly (readonly [string, StringMatch])[]): One {
  if (headers.length === 0) return { ok: true, match: source };
  const before = jsonObjects(source['headers']);
  const taken = new Set(before.map((header) => textOf(header['name'], '').toLowerCase()));
  const added: Json[] = [];
  for (const [name, value] of headers) {
    const made = headerMatch(name, value);
    if (!made.ok) return made;
    if (taken.has(name.toLowerCase())) return refused(`the header ${name} is matched already`, 'use another header');
    taken.add(name.toLowerCase());
    added.push(made.match);
  }
  if (before.length + added.length > MOST_HEADERS) return refused(`one match has more than ${MOST_HEADERS} headers`, 'use fewer');
  return { ok: true, match: { ...source, headers: [...before, ...added] } };
}

function headerMatch(name: string, value: StringMatch): One {
  if (!HEADER_NAME.test(name)) return refused(`${JSON.stringify(name)} is no name of a header`, 'use letters, digits and -');
  const [type, text] =
    value.exact === undefined
      ? ['RegularExpression', value.prefix === undefined ? (value.regex ?? '') : prefixExpression(value.prefix)]
      : ['Exact', value.exact];
  if (text === '') return refused(`Gateway API cannot match an empty value of the header ${name}`, 'give the value a text');
  if (text.length > LONGEST_HEADER_VALUE) {
    return refused(`the value of the header ${name} is longer than ${LONGEST_HEADER_VALUE} characters`, 'shorten it');
  }
  return { ok: true, match: { name, type, value: text } };
}

/** Some implementations match a regular expression against the whole value and some search in it, so that both ends are written. */
function prefixExpression(prefix: string): string {
  return `^${prefix.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}.*$`;
}

function andGrpc(source: Json, entry: MirrorMatch): One {
  if (entry.method === undefined && entry.path === undefined) return withHeaders(source, Object.entries(entry.headers ?? {}));
  return refused('a GRPCRoute knows neither HTTP methods nor paths', 'match headers, or name the services in rules of the route');
}

function andHttp(source: Json, entry: MirrorMatch): One | 'never' {
  const method = andMethod(source['method'], entry.method);
  const path = andPath(jsonObject(source['path']) ?? ANY_PATH, entry.path);
  const headers = withHeaders(source, Object.entries(entry.headers ?? {}));
  for (const part of [method, path, headers]) if (part !== 'never' && !part.ok) return part;
  if (method === 'never' || path === 'never' || !method.ok || !path.ok || !headers.ok) return 'never';
  return { ok: true, match: { ...headers.match, ...path.match, ...method.match } };
}

/** The member `method` that both allow. */
function andMethod(source: unknown, wanted: StringMatch | undefined): One | 'never' {
  if (wanted === undefined) return { ok: true, match: {} };
  if (wanted.exact === undefined || !HTTP_METHODS.includes(wanted.exact)) {
    return refused('Gateway API matches a method by its exact name only', `use exact with one of ${HTTP_METHODS.join(', ')}`);
  }
  return source === undefined || source === wanted.exact ? { ok: true, match: { method: wanted.exact } } : 'never';
}

interface PathMatch {
  readonly type: string;
  readonly value: string;
}

/** The member `path` that both allow. */
function andPath(source: Json, wanted: StringMatch | undefined): One | 'never' {
  if (wanted === undefined) return { ok: true, match: {} };
  const asked = pathMatch(wanted);
  if ('ok' in asked) return asked;
  const narrower = narrowerPath({ type: textOf(source['type'], ANY_PATH.type), value: textOf(source['value'], ANY_PATH.value) }, asked);
  return narrower === undefined || 'ok' in narrower ? (narrower ?? 'never') : { ok: true, match: { path: narrower } };
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function narrowerPath(had: PathMatch, asked: PathMatch): PathMatch | Refusal | undefined {
  const { type: any, value: root } = ANY_PATH;
  if (had.type === any && had.value === root) return asked;
  if (had.type === asked.type && had.value === asked.value) return had;
  if (had.type === 'RegularExpression' || asked.type === 'RegularExpression') {
    const both = `${JSON.stringify(had.value)} and ${JSON.stringify(asked.value)}`;
    return refused(`one path cannot match both ${both}`, 'match exact paths or prefixes');
  }
  if (had.type === any && holds(had.value, asked.value)) return asked;
  return asked.type === any && holds(asked.value, had.value) ? had : undefined;
}

/** Prefixes of Gateway API end at a `/`: `/api` holds `/api/v1`, and not `/apis`. */
function holds(prefix: string, path: string): boolean {
  const base = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return path === base || path.startsWith(`${base}/`);
}

function pathMatch(wanted: StringMatch): PathMatch | Refusal {
  if (wanted.regex !== undefined) {
    if (wanted.regex === '') return refused('an empty regular expression matches no path', 'give it a text');
    return { type: 'RegularExpression', value: wanted.regex };
  }
  const value = wanted.exact ?? wanted.prefix ?? '';
  if (!value.startsWith('/')) return refused(`the path ${JSON.stringify(value)} does not begin with /`, 'write it from the root');
  return { type: wanted.exact === undefined ? ANY_PATH.type : 'Exact', value };
}
