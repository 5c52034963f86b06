import type { Metric } from '../../api/analysis.ts';
import { parseDuration } from '../../api/duration.ts';
import { type Millis, millis } from '../../api/time.ts';
import { substituteQuery, substituteText } from './arguments.ts';
import { MAX_VALUES } from './condition-environment.ts';
import { type FieldReader, readDuration, takeSubstituted, withStandIns } from './metric-fields.ts';
import type { QuestionRange } from './question.ts';
import { endpointOf, inlineAccess, type ReadQuestion, unsupportedAt } from './read-endpoint.ts';
import { readJobQuestion } from './read-job-question.ts';
import { readWeb } from './read-web.ts';

type Provider = Metric['provider'];
type PrometheusQuery = NonNullable<Provider['prometheus']>;

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

const ONE_PROVIDER = 'use provider.prometheus with a query, provider.web or provider.job';

/** The question of a metric. Exactly one provider is read; every other one is named as Unsupported. */
export function readQuestion(reader: FieldReader, at: string, provider: Provider, inlineEndpoints: boolean): ReadQuestion {
  const { prometheus, web, job, ...others } = provider;
  const foreign = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [unsupportedAt(`${at}.provider.${name}`, ONE_PROVIDER)],
  );
  const reads: ReadQuestion[] = [];
  if (prometheus !== undefined) reads.push(readPrometheus(reader, `${at}.provider.prometheus`, prometheus, inlineEndpoints));
  if (web !== undefined) reads.push(readWeb(reader, `${at}.provider.web`, web, inlineEndpoints));
  if (job !== undefined) reads.push(readJobQuestion(reader, `${at}.provider.job`, job));
  const none = reads.length + foreign.length === 0 ? [unsupportedAt(`${at}.provider.none`, ONE_PROVIDER)] : [];
  const unsupported = [...foreign, ...none, ...reads.flatMap((read) => read.unsupported)];
  const [only, ...more] = reads;
  return { question: foreign.length + more.length === 0 ? only?.question : undefined, unsupported };
}
