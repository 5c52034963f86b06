import { parseDuration } from '../../api/duration.ts';
import { formatInstant, type Instant, instant, millis, parseInstant } from '../../api/time.ts';
import { evaluate, type PromqlValue } from './promql/evaluate.ts';
import { parsePromql } from './promql/parse-promql.ts';
import { PromqlError } from './promql/promql-error.ts';
import { type Labels, labelKey, type SeriesStore } from './promql/series-store.ts';

/** An answer of the HTTP API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_POINTS = 11_000;

function formatValue(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function point(at: Instant, value: number): readonly [number, string] {
  return [at / 1000, formatValue(value)];
}

function toData(value: PromqlValue, at: Instant): unknown {
  switch (value.type) {
    case 'scalar':
      return { resultType: 'scalar', result: point(at, value.value) };
    case 'vector':
      return { resultType: 'vector', result: value.samples.map((sample) => ({ metric: sample.labels, value: point(at, sample.value) })) };
    case 'matrix': {
      const result = value.series.map(({ labels, samples }) => ({
        metric: labels,
        values: samples.map((sample) => point(sample.at, sample.value)),
      }));
      return { resultType: 'matrix', result };
    }
  }
}

function failed(error: unknown): ApiAnswer {
  if (!(error instanceof PromqlError))
    return { status: 500, body: { status: 'error', errorType: 'internal', error: 'the endpoint broke off' } };
  return {
    status: error.errorType === 'bad_data' ? 400 : 422,
    body: { status: 'error', errorType: error.errorType, error: error.message },
  };
}

function timeParameter(name: string, text: string | null, fallback: Instant | undefined): Instant {
  if (text === null || text === '') {
    if (fallback === undefined) throw new PromqlError(`invalid parameter "${name}": it is missing`);
    return fallback;
  }
  const at = /^[0-9]+(\.[0-9]+)?$/.test(text) ? instant(Math.round(Number(text) * 1000)) : parseInstant(text);
  if (at === undefined)
    throw new PromqlError(`invalid parameter "${name}": cannot parse it to a valid timestamp, such as ${formatInstant(instant(0))}`);
  return at;
}

/** `/api/v1/query`. */
export function answerQuery(store: SeriesStore, parameters: URLSearchParams, now: Instant): ApiAnswer {
  try {
    const at = timeParameter('time', parameters.get('time'), now);
    const value = evaluate(parsePromql(parameters.get('query') ?? ''), store, at);
    return { status: 200, body: { status: 'success', data: toData(value, at) } };
  } catch (error) {
    return failed(error);
  }
}

/** `/api/v1/query_range`: the query at every step. */
export function answerQueryRange(store: SeriesStore, parameters: URLSearchParams): ApiAnswer {
  try {
    const start = timeParameter('start', parameters.get('start'), undefined);
    const end = timeParameter('end', parameters.get('end'), undefined);
    const stepText = parameters.get('step') ?? '';
    const step = /^[0-9]+\.[0-9]+$/.test(stepText) ? millis(Number(stepText) * 1000) : parseDuration(stepText);
    if (step === undefined || step <= 0) throw new PromqlError('invalid parameter "step": a duration over zero is needed');
    if (end < start) throw new PromqlError('invalid parameter "end": end timestamp must not be before start time');
    if ((end - start) / step > MAX_POINTS) throw new PromqlError(`exceeded maximum resolution of ${MAX_POINTS} points per timeseries`);
    const expression = parsePromql(parameters.get('query') ?? '');
    const rows = new Map<string, { metric: Labels; values: (readonly [number, string])[] }>();
    for (let at: number = start; at <= end; at += step) {
      const value = evaluate(expression, store, instant(at));
      if (value.type === 'matrix') throw new PromqlError('invalid expression type "range vector" for range query');
      const samples = value.type === 'scalar' ? [{ labels: {}, value: value.value }] : value.samples;
      for (const sample of samples) {
        const key = labelKey(sample.labels);
        const row = rows.get(key) ?? { metric: sample.labels, values: [] };
        row.values.push(point(instant(at), sample.value));
        rows.set(key, row);
      }
    }
    return { status: 200, body: { status: 'success', data: { resultType: 'matrix', result: [...rows.values()] } } };
  } catch (error) {
    return failed(error);
  }
}
