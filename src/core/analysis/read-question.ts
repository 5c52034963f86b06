import type { Metric } from '../../api/analysis.ts';
import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { type Millis, millis } from '../../api/time.ts';
import { substituteQuery, substituteText } from './arguments.ts';
import { MAX_VALUES } from './condition-environment.ts';
import { type FieldReader, readDuration, takeSubstituted, withStandIns } from './metric-fields.ts';
import type { EndpointName, MetricQuestion, QuestionRange } from './question.ts';

type Provider = Metric['provider'];
type PrometheusQuery = NonNullable<Provider['prometheus']>;

/** What a metric asks; undefined when it cannot be asked or a problem was noted. */
export interface ReadQuestion {
  readonly question: MetricQuestion | undefined;
  readonly unsupported: readonly FieldProblem[];
}

function unsupportedAt(field: string, remedy: string): FieldProblem {
  return { field, problem: 'Unsupported: this version does not do it yet', remedy };
}

/** Where to ask, or undefined with the problem noted. */
function endpointOf(
  reader: FieldReader,
  field: string,
  named: { readonly provider?: string | undefined; readonly address?: string | undefined },
  inlineEndpoints: boolean,
  unsupported: FieldProblem[],
): EndpointName | undefined {
  if (named.address === undefined) return { provider: named.provider ?? 'default' };
  if (inlineEndpoints) {
    const address = takeSubstituted(reader, field, named.address, substituteText(named.address, withStandIns(reader)));
    return address === undefined ? undefined : { address };
  }
  const remedy =
    'name a MetricProvider in provider; the platform team sets address and credentials there, or starts the controller with --allow-inline-endpoints';
  unsupported.push({ field, problem: 'Unsupported: templates name no addresses here', remedy });
  return undefined;
}

const INLINE_REMEDIES = {
  insecure: 'remove it: certificates are always verified; name their authority in the tls entry of a MetricProvider',
  headers: 'remove it; the platform team sets headers in a MetricProvider',
  authentication: 'remove it; the platform team sets credentials in a MetricProvider',
} as const;

/** Argo's ways to reach an endpoint from a template: refused by name, because secrets and trust belong to a MetricProvider (M3, M22). */
function inlineAccess(at: string, query: Pick<PrometheusQuery, keyof typeof INLINE_REMEDIES>): readonly FieldProblem[] {
  const { insecure, headers, authentication } = query;
  return [
    ...(insecure === true ? [unsupportedAt(`${at}.insecure`, INLINE_REMEDIES.insecure)] : []),
    ...(headers !== undefined && headers.length > 0 ? [unsupportedAt(`${at}.headers`, INLINE_REMEDIES.headers)] : []),
    ...(authentication !== undefined && Object.keys(authentication).length > 0
      ? [unsupportedAt(`${at}.authentication`, INLINE_REMEDIES.authentication)]
      : []),
  ];
}

const MOMENT = /^now\(\)((?:\s*-\s*duration\(\s*(?:"[^"]*"|'[^']*')\s*\))*)$/;
const BACK = /duration\(\s*["']([^"']*)["']\s*\)/g;

/** How long before now a moment is: `now()`, `now() - duration("1h")`; the part of Argo's expression language that people use there. */
function readMoment(reader: FieldReader, field: string, value: string): Millis | undefined {
  const text = takeSubstituted(reader, field, value, substituteText(value, withStandIns(reader)));
  if (text === undefined) return undefined;
  const back = MOMENT.exec(text.trim())?.[1];
  const durations = [...(back ?? '').matchAll(BACK)].map((match) => parseDuration(match[1]));
  if (back !== undefined && durations.every((duration) => duration !== undefined || !reader.resolved))
    return millis(durations.reduce<number>((sum, duration) => sum + (duration ?? 0), 0));
  reader.problems.push({ field, value: value.slice(0, 120), problem: 'names no moment', remedy: `write now() or now() - duration("1h")` });
  return undefined;
}

function readRange(reader: FieldReader, at: string, range: NonNullable<PrometheusQuery['rangeQuery']>): QuestionRange | undefined {
  const startsBefore = readMoment(reader, `${at}.start`, range.start);
  const endsBefore = readMoment(reader, `${at}.end`, range.end ?? 'now()');
  const step = readDuration(reader, `${at}.step`, range.step);
  if (startsBefore === undefined || endsBefore === undefined || step === undefined || !reader.resolved) return undefined;
  const samples = step === 0 ? Infinity : (startsBefore - endsBefore) / step + 1;
  if (samples < 1) reader.problems.push({ field: `${at}.start`, problem: 'is after end', remedy: 'let start be further back than end' });
  else if (samples > MAX_VALUES) {
    const problem = `yields ${Math.floor(samples)} samples a series, over ${MAX_VALUES}`;
    reader.problems.push({ field: `${at}.step`, value: String(range.step), problem, remedy: 'make the step longer or the range shorter' });
  } else return { startsBefore, endsBefore, step };
  return undefined;
}

function readPrometheus(reader: FieldReader, at: string, asked: PrometheusQuery, inlineEndpoints: boolean): ReadQuestion {
  const unsupported = [...inlineAccess(at, asked)];
  const before = reader.problems.length;
  if (asked.provider !== undefined && asked.address !== undefined)
    reader.problems.push({ field: `${at}.address`, problem: 'stands beside provider', remedy: 'keep provider' });
  const endpoint = endpointOf(reader, `${at}.address`, asked, inlineEndpoints, unsupported);
  const query = takeSubstituted(reader, `${at}.query`, asked.query, substituteQuery(asked.query, withStandIns(reader)));
  const range = asked.rangeQuery === undefined ? undefined : readRange(reader, `${at}.rangeQuery`, asked.rangeQuery);
  if (endpoint === undefined || query === undefined || unsupported.length > 0 || reader.problems.length > before)
    return { question: undefined, unsupported };
  const timeout = asked.timeout === undefined ? undefined : millis(asked.timeout * 1000);
  return { question: { type: 'prometheus', endpoint, query, range, timeout }, unsupported };
}

/** The question of a metric. Exactly one provider is read; every other one is named as Unsupported. */
export function readQuestion(reader: FieldReader, at: string, provider: Provider, inlineEndpoints: boolean): ReadQuestion {
  const { prometheus, ...others } = provider;
  const remedy = 'use provider.prometheus with a query';
  const foreign = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [unsupportedAt(`${at}.provider.${name}`, remedy)],
  );
  if (prometheus === undefined)
    return { question: undefined, unsupported: foreign.length > 0 ? foreign : [unsupportedAt(`${at}.provider.none`, remedy)] };
  const read = readPrometheus(reader, `${at}.provider.prometheus`, prometheus, inlineEndpoints);
  return foreign.length === 0 ? read : { question: undefined, unsupported: [...foreign, ...read.unsupported] };
}
