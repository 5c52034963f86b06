import { isRecord } from '../../../core/identity/is-record.ts';
import type { HeaderRoute, MirrorRoute, StringMatch } from '../../../ports/traffic-router.ts';
import type { Json } from '../json.ts';
import { type Refusal, refused } from '../refusal.ts';

/** Entries of `match`, any of which takes a request; or why Istio cannot say it, with what to do. */
export type Matches = { readonly ok: true; readonly matches: readonly Json[] } | Refusal;

/** One entry; undefined when it can match no request. */
type One = { readonly ok: true; readonly match: Json | undefined } | Refusal;

/** The requests of a route with any of the headers: with Istio, Argo Rollouts takes the entries of `setHeaderRoute.match` as alternatives. */
export function matchesOfHeaderRoute(base: Json, route: HeaderRoute): Matches {
  if (route.match.length === 0) return refused('it names no header, and would take every request', 'name a header in match');
  return all(
    sourcesOf(base).flatMap((source) => route.match.map(({ headerName, headerValue }) => withHeaders(source, [[headerName, headerValue]]))),
  );
}

/** The requests of a route that any entry of the mirror route matches. */
export function matchesOfMirrorRoute(base: Json, route: MirrorRoute): Matches {
  const entries = route.match.length === 0 ? [{}] : route.match;
  return all(sourcesOf(base).flatMap((source) => entries.map((entry) => withEntry(source, entry))));
}

/** The entries of a route's match; one that matches every request when it has none. */
function sourcesOf(base: Json): readonly Json[] {
  const matches = Array.isArray(base['match']) ? base['match'].filter(isRecord) : [];
  return matches.length === 0 ? [{}] : matches;
}

function all(entries: readonly One[]): Matches {
  const refusal = entries.find((entry) => !entry.ok);
  return refusal ?? { ok: true, matches: entries.flatMap((entry) => (entry.ok && entry.match !== undefined ? [entry.match] : [])) };
}

function withEntry(source: Json, { method, path, headers }: MirrorRoute['match'][number]): One {
  const withMethod = and(source, 'method', method);
  if (!withMethod.ok || withMethod.match === undefined) return withMethod;
  const withPath = and(withMethod.match, 'uri', path);
  if (!withPath.ok || withPath.match === undefined) return withPath;
  return withHeaders(withPath.match, Object.entries(headers ?? {}));
}

function withHeaders(source: Json, headers: readonly (readonly [string, StringMatch])[]): One {
  if (headers.length === 0) return { ok: true, match: source };
  const before = isRecord(source['headers']) ? source['headers'] : {};
  const taken = new Set(Object.keys(before).map((name) => name.toLowerCase()));
  for (const [name] of headers) {
    if (taken.has(name.toLowerCase())) return refused(`the header ${name} is matched already`, 'use another header');
    taken.add(name.toLowerCase());
  }
  return { ok: true, match: { ...source, headers: { ...before, ...Object.fromEntries(headers) } } };
}

/** `source` with the texts of one member narrowed to those that `asked` allows as well. */
function and(source: Json, member: 'method' | 'uri', asked: StringMatch | undefined): One {
  const had = source[member];
  if (asked === undefined) return { ok: true, match: source };
  if (!isRecord(had)) return { ok: true, match: { ...source, [member]: asked } };
  const narrow = narrower(had, asked, member === 'uri' && source['ignoreUriCase'] === true);
  if (narrow === 'unknown') {
    const both = `${JSON.stringify(had)} and ${JSON.stringify(asked)}`;
    return refused(`one ${member} cannot match both ${both}`, 'match exact texts or prefixes');
  }
  return { ok: true, match: narrow === undefined ? undefined : { ...source, [member]: narrow } };
}

/** The texts that both allow: undefined for none, unknown where a regular expression or the case of letters decides. */
function narrower(had: StringMatch, asked: StringMatch, ignoreCase: boolean): StringMatch | 'unknown' | undefined {
  if (had.exact === asked.exact && had.prefix === asked.prefix && had.regex === asked.regex) return had;
  if (ignoreCase || had.regex !== undefined || asked.regex !== undefined) return 'unknown';
  if (had.prefix !== undefined && (asked.exact ?? asked.prefix ?? '').startsWith(had.prefix)) return asked;
  return asked.prefix !== undefined && (had.exact ?? had.prefix ?? '').startsWith(asked.prefix) ? had : undefined;
}
