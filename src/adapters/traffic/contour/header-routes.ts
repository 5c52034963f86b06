import { isRecord } from '../../../core/identity/is-record.ts';
import type { HeaderRoute, StringMatch } from '../../../ports/traffic-router.ts';
import { jsonAt } from '../edit-json.ts';
import type { Json } from '../json.ts';
import type { Refusal } from '../refusal.ts';
import type { SplitList } from '../side-weights.ts';

/** One weighted route of an HTTPProxy; a `tcpproxy` has no headers and is none. */
export interface BaseRoute {
  readonly raw: Json;
  /** The canary's place in its services. */
  readonly canary: number;
}

/** Routes, or why Contour cannot say them, with what to do. */
export type Rendered = { readonly ok: true; readonly routes: readonly Json[] } | Refusal;

/** The weighted routes of an object. */
export function baseRoutes(object: Json, splits: readonly SplitList[]): readonly BaseRoute[] {
  return splits.flatMap(({ path, canary }) => {
    const raw = path[1] === 'routes' ? jsonAt(object, path.slice(0, -1)) : undefined;
    return isRecord(raw) ? [{ raw, canary }] : [];
  });
}

/**
 * The routes of one header route: those requests of each weighted route that have all headers, treated as that route treats them, all to the canary. Contour
 * prefers a route with more header conditions, wherever it stands.
 */
export function renderHeaderRoute(bases: readonly BaseRoute[], header: HeaderRoute): Rendered {
  if (header.match.length === 0)
    return { ok: false, problem: 'it names no header, and would take every request', remedy: 'name a header in match' };
  const routes: Json[] = [];
  for (const { raw, canary } of bases) {
    const before = conditionsOf(raw);
    const added = header.match.map(({ headerName, headerValue }) => headerCondition(headerName, headerValue));
    const taken = header.match.find(({ headerName }, index) => before.some((one) => names(one, headerName)) || twice(header, index));
    if (taken !== undefined)
      return { ok: false, problem: `the header ${taken.headerName} is matched already`, remedy: 'use another header' };
    routes.push({ ...raw, conditions: [...before, ...added], services: canaryOnly(raw, canary) });
  }
  return { ok: true, routes };
}

/** The conditions of a route. */
export function conditionsOf(route: Json): readonly unknown[] {
  return Array.isArray(route['conditions']) ? route['conditions'] : [];
}

/** Contour has exact values and regular expressions of the whole value. */
function headerCondition(name: string, { exact, prefix, regex }: StringMatch): Json {
  if (exact !== undefined) return { header: { name, exact } };
  return { header: { name, regex: regex ?? `${(prefix ?? '').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}.*` } };
}

function names(condition: unknown, header: string): boolean {
  const name = jsonAt(condition, ['header', 'name']);
  return typeof name === 'string' && name.toLowerCase() === header.toLowerCase();
}

function twice(header: HeaderRoute, index: number): boolean {
  const name = header.match[index]?.headerName.toLowerCase();
  return header.match.slice(0, index).some((one) => one.headerName.toLowerCase() === name);
}

/** The canary's service, without a weight since it is alone, and the mirrors of the route. */
function canaryOnly(route: Json, canary: number): readonly unknown[] {
  const services: readonly unknown[] = Array.isArray(route['services']) ? route['services'] : [];
  const { weight: _weight, ...alone } = isRecord(services[canary]) ? services[canary] : {};
  return [alone, ...services.filter((service) => isRecord(service) && service['mirror'] === true)];
}
