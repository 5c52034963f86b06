import type { Instant } from '../../../api/time.ts';
import type { MetricReply, PrometheusQuery } from '../../../ports/metrics.ts';
import { failure } from '../failure.ts';
import { type QueryAnswer, queryAnswerSchema } from './schema.ts';

/** More values than this are refused: no threshold is judged on them. */
const MAX_VALUES = 100;
/** Prometheus' own lookback: an older sample says nothing of now. */
const STALE_MS = 5 * 60_000;
/** Clocks differ; more than this is no clock difference. */
const FUTURE_MS = 60_000;
/** The notes that only remark on a metric's name; every other note says that data was left out. */
const NAMING_NOTE = /^PromQL info: metric might not be a (counter|histogram|native histogram), name does not end in /;

/** A number as Prometheus writes it, infinities and NaN included; undefined for anything else. */
function parseValue(text: string): number | undefined {
  switch (text) {
    case 'NaN':
      return Number.NaN;
    case '+Inf':
    case 'Inf':
      return Infinity;
    case '-Inf':
      return -Infinity;
    default:
      return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text) ? Number(text) : undefined;
  }
}

type Sample = readonly [number, string];

/** What an answer is about. */
type Moment = Pick<PrometheusQuery, 'at' | 'range'>;

const NOT_A_NUMBER = failure('bad_reply', 'the provider sent a value that is not a number', true);

/** The value of a sample taken at about `at`, or the reply that says why it cannot be used. */
function readSample([seconds, text]: Sample, at: Instant): number | MetricReply {
  const value = parseValue(text);
  if (value === undefined) return NOT_A_NUMBER;
  const age = at - seconds * 1000;
  if (age > STALE_MS) return failure('stale', `the sample is ${Math.round(age / 1000)} s old: it says nothing of now`, true);
  if (age < -FUTURE_MS) return failure('future', `the sample is ${Math.round(-age / 1000)} s in the future: check the clocks`, true);
  return value;
}

/** Every value, or the reply that says why the first that cannot be used cannot. */
function readValues(samples: readonly (number | MetricReply)[], warnings: number): MetricReply {
  if (samples.length === 0) return { kind: 'empty', warnings };
  if (samples.length > MAX_VALUES) {
    return failure('too_many_series', `the query yields ${samples.length} values, over ${MAX_VALUES}; aggregate them in the query`, false);
  }
  const values: number[] = [];
  for (const sample of samples) {
    if (typeof sample !== 'number') return sample;
    values.push(sample);
  }
  return { kind: 'vector', values, warnings };
}

const NO_FLOATS = failure('unsupported_type', 'the query yields native histograms; write histogram_quantile or histogram_fraction', false);

type Answered = Extract<QueryAnswer, { status: 'success' }>['data'];

function readData(data: Answered, { at, range }: Moment, warnings: number): MetricReply {
  switch (data.resultType) {
    case 'scalar': {
      const value = readSample(data.result, at);
      return typeof value === 'number' ? { kind: 'scalar', value, warnings } : value;
    }
    case 'vector':
      return readValues(
        data.result.map(({ value }) => (value === undefined ? NO_FLOATS : readSample(value, at))),
        warnings,
      );
    case 'matrix':
      if (range === undefined)
        return failure(
          'unsupported_type',
          'the query yields a range of samples; wrap it, as in rate(x[5m]) or avg_over_time(x[5m])',
          false,
        );
      // Samples of a range are as old as they were asked for.
      return readValues(
        data.result.flatMap(({ values }) =>
          values === undefined ? [NO_FLOATS] : values.map(([, text]) => parseValue(text) ?? NOT_A_NUMBER),
        ),
        warnings,
      );
    case 'string':
      return failure('unsupported_type', 'the query yields a text; only numbers can be judged', false);
  }
}

function refused(errorType: string): MetricReply {
  switch (errorType) {
    case 'bad_data':
      return failure('query_refused', 'the provider refuses the query (bad_data): try it in its own console', false);
    case 'timeout':
    case 'canceled':
      return failure('timeout', `the provider gave up on the query (${errorType}); make it cheaper`, true);
    case 'execution':
      return failure('query_failed', 'the provider could not compute the query (execution): try it in its own console', true);
    default:
      return failure('query_failed', 'the provider could not answer the query', true);
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** The refusal that Prometheus explains in a body of status 4xx or 5xx; undefined when the body is not Prometheus'. */
export function readRefusal(body: string): MetricReply | undefined {
  const parsed = queryAnswerSchema.safeParse(parseJson(body));
  return parsed.success && parsed.data.status === 'error' ? refused(parsed.data.errorType) : undefined;
}

/** The reply that the body of a 2xx answer means. Total: whatever the bytes are, one of the reply's shapes comes back. */
export function readAnswer(body: string, moment: Moment): MetricReply {
  const parsed = queryAnswerSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    const what = /^\s*</.test(body) ? 'an HTML page' : "something that is not Prometheus' JSON";
    return failure('bad_reply', `the provider sent ${what}: check that its address leads to the Prometheus API`, true);
  }
  const answer = parsed.data;
  if (answer.status === 'error') return refused(answer.errorType);
  const notes = [...(answer.warnings ?? []), ...(answer.infos ?? []).filter((info) => !NAMING_NOTE.test(info))];
  return readData(answer.data, moment, notes.length);
}
