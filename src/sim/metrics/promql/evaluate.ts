import { type Instant, instant, type Millis } from '../../../api/time.ts';
import { aggregate } from './aggregate.ts';
import { applyBinary, type Operand } from './binary.ts';
import type { Expression } from './expression.ts';
import { extrapolatedIncrease } from './extrapolated-rate.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { PromqlError } from './promql-error.ts';
import type { Labels, Series, SeriesStore } from './series-store.ts';
import { type VectorSample, withoutName } from './vector.ts';

/** How far back an instant selector looks for the last sample. */
const LOOKBACK_MS = 5 * 60_000;

interface RangeSeries {
  readonly labels: Labels;
  readonly samples: readonly { readonly at: Instant; readonly value: number }[];
}

/** The value of a query at one instant, as Prometheus types it. */
export type PromqlValue = Operand | { readonly type: 'matrix'; readonly series: readonly RangeSeries[] };

function latest(series: Series, at: Instant): readonly VectorSample[] {
  const last = series.samples.findLast((sample) => sample.at <= at);
  if (last === undefined || last.value === undefined || last.at <= at - LOOKBACK_MS) return [];
  return [{ labels: series.labels, value: last.value }];
}

/** The samples in `(at - range, at]`. */
function window(series: Series, at: Instant, range: Millis): readonly RangeSeries[] {
  const samples = series.samples.flatMap((sample) =>
    sample.value !== undefined && sample.at > at - range && sample.at <= at ? [{ at: sample.at, value: sample.value }] : [],
  );
  return samples.length === 0 ? [] : [{ labels: series.labels, samples }];
}

function overTime(name: string, values: readonly number[]): number {
  const op = (['sum', 'avg', 'max', 'min', 'count'] as const).find((one) => name === `${one}_over_time`);
  if (op === undefined) throw new PromqlError(`the function "${name}" is not known`);
  const [result] = aggregate(
    op,
    { without: false, labels: [] },
    values.map((value) => ({ labels: {}, value })),
  );
  return result?.value ?? Number.NaN;
}

function callOnRange(name: string, arg: Expression, store: SeriesStore, at: Instant): Operand {
  const value = evaluate(arg, store, at);
  if (value.type !== 'matrix' || arg.type !== 'selector' || arg.range === undefined) {
    throw new PromqlError(`expected type range vector in call to function "${name}", got ${value.type}; write it as in ${name}(x[1m])`);
  }
  const { range } = arg;
  const samples = value.series.flatMap((series): VectorSample[] => {
    const labels = withoutName(series.labels);
    if (name !== 'rate' && name !== 'increase')
      return [
        {
          labels,
          value: overTime(
            name,
            series.samples.map((sample) => sample.value),
          ),
        },
      ];
    const increase = extrapolatedIncrease(series.samples, at, range);
    if (increase === undefined) return [];
    return [{ labels, value: name === 'rate' ? increase / (range / 1000) : increase }];
  });
  return { type: 'vector', samples };
}

function operand(expression: Expression, store: SeriesStore, at: Instant): Operand {
  const value = evaluate(expression, store, at);
  if (value.type === 'matrix') throw new PromqlError('a range vector may stand only in a function such as rate(x[1m])');
  return value;
}

function vectorOf(what: string, expression: Expression, store: SeriesStore, at: Instant): readonly VectorSample[] {
  const value = operand(expression, store, at);
  if (value.type !== 'vector') throw new PromqlError(`expected type instant vector in ${what}, got scalar`);
  return value.samples;
}

function scalarOf(what: string, expression: Expression | undefined, store: SeriesStore, at: Instant): number {
  const value = expression === undefined ? undefined : operand(expression, store, at);
  if (value?.type !== 'scalar') throw new PromqlError(`expected type scalar in ${what}, got instant vector`);
  return value.value;
}

function call(name: string, args: readonly Expression[], store: SeriesStore, at: Instant): Operand {
  const [first, second] = args;
  if (name === 'vector')
    return { type: 'vector', samples: [{ labels: {}, value: scalarOf('call to function "vector"', first, store, at) }] };
  if (first === undefined) throw new PromqlError(`expected an argument in call to "${name}"`);
  if (name !== 'histogram_quantile' || second === undefined) return callOnRange(name, first, store, at);
  const buckets = vectorOf('call to function "histogram_quantile"', second, store, at);
  return { type: 'vector', samples: histogramQuantile(scalarOf('call to function "histogram_quantile"', first, store, at), buckets) };
}

/** The value of a parsed query at `at`; throws {@link PromqlError} where Prometheus would answer with an error. */
export function evaluate(expression: Expression, store: SeriesStore, at: Instant): PromqlValue {
  switch (expression.type) {
    case 'number':
      return { type: 'scalar', value: expression.value };
    case 'selector': {
      const found = store.select(expression.matchers);
      const { range } = expression;
      if (range !== undefined) return { type: 'matrix', series: found.flatMap((series) => window(series, at, range)) };
      return { type: 'vector', samples: found.flatMap((series) => latest(series, at)) };
    }
    case 'call':
      return call(expression.name, expression.args, store, instant(at));
    case 'aggregate': {
      const samples = vectorOf(`aggregation "${expression.op}"`, expression.of, store, at);
      return { type: 'vector', samples: aggregate(expression.op, expression.grouping, samples) };
    }
    case 'negate':
      return applyBinary('*', operand(expression.of, store, at), { type: 'scalar', value: -1 });
    case 'binary':
      return applyBinary(expression.op, operand(expression.left, store, at), operand(expression.right, store, at));
  }
}
