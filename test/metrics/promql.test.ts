import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { instant, millis } from '../../src/api/time.ts';
import { evaluate } from '../../src/sim/metrics/promql/evaluate.ts';
import { parsePromql } from '../../src/sim/metrics/promql/parse-promql.ts';
import { PromqlError } from '../../src/sim/metrics/promql/promql-error.ts';
import { createSeriesStore, type Labels, labelKey, type SeriesStore } from '../../src/sim/metrics/promql/series-store.ts';

const MINUTE = 60_000;

/** A store with a value every `step` minutes from 0, in the notation of Prometheus' own tests: [start, increment, times] runs one after another. */
function load(step: number, series: readonly (readonly [Labels, readonly (number | undefined)[]])[]): SeriesStore {
  const store = createSeriesStore(millis(10 * 3600_000));
  for (const [labels, values] of series) values.forEach((value, index) => store.append(labels, instant(index * step * MINUTE), value));
  return store;
}

/** `start+incrementxtimes`, as Prometheus' test files write it. */
function run(start: number, increment: number, times: number): readonly number[] {
  return Array.from({ length: times + 1 }, (_, index) => start + increment * index);
}

function ask(store: SeriesStore, query: string, atMinutes: number): Readonly<Record<string, number>> {
  const value = evaluate(parsePromql(query), store, instant(atMinutes * MINUTE));
  if (value.type === 'scalar') return { scalar: value.value };
  assert.equal(value.type, 'vector');
  if (value.type !== 'vector') return {};
  return Object.fromEntries(value.samples.map((sample) => [Object.values(sample.labels).toSorted().join(','), sample.value]));
}

function close(actual: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  assert.deepEqual(Object.keys(actual).toSorted(), Object.keys(expected).toSorted());
  for (const [key, value] of Object.entries(expected)) {
    assert.ok(
      Math.abs((actual[key] ?? Number.NaN) - value) < 1e-9 || Object.is(actual[key], value),
      `${key}: ${actual[key]}, expected ${value}`,
    );
  }
}

function refusal(query: string): PromqlError {
  const store = load(1, []);
  try {
    evaluate(parsePromql(query), store, instant(0));
  } catch (error) {
    assert.ok(error instanceof PromqlError, String(error));
    return error;
  }
  return assert.fail(`${query} was not refused`);
}

describe('rate and increase', () => {
  const name = (path: string): Labels => ({ __name__: 'requests_total', path });

  it("give the figures of Prometheus' own tests: resets, window ends and the counter's zero", () => {
    const store = load(5, [
      [name('foo'), run(0, 10, 10)],
      [name('bar'), [...run(0, 18, 5), ...run(0, 18, 5)]],
      [name('dings'), run(10, 10, 10)],
      [name('bumms'), run(1, 10, 10)],
    ]);
    close(ask(store, 'increase(requests_total[50m])', 50), { foo: 100, bar: 160, dings: 100, bumms: 100 });
    close(ask(store, 'increase(requests_total[100m])', 50), { foo: 100, bar: 162, dings: 105, bumms: 101 });
    close(ask(load(5, [[name('foo'), [0, 1, 2, 3, 2, 3, 4]]]), 'increase(requests_total[30m])', 30), { foo: 7 });
    close(ask(load(5, [[name('mid'), [...run(0, 27, 4), ...run(0, 27, 5)]]]), 'rate(requests_total[50m])', 50), { mid: 0.08 });
    const end = load(5, [[name('end'), [...run(0, 10, 9), 0, 10]]]);
    close(ask(end, 'rate(requests_total[5m])', 50), {});
    close(ask(end, 'rate(requests_total[6m])', 50), { end: 0 });
  });

  it('extend to the left only as far as the counter was above zero', () => {
    const starts = [0, 60, 120, 180, 240, 300];
    const store = load(
      4,
      starts.map((start, index) => [name(`${index}m`), run(start, 240, 10)]),
    );
    close(ask(store, 'rate(requests_total[20m])', 10), { '0m': 0.5, '1m': 0.55, '2m': 0.6, '3m': 0.6, '4m': 0.6, '5m': 0.6 });
    close(ask(store, 'rate(requests_total[20m])', 50), { '0m': 0.6, '1m': 0.6, '2m': 0.6, '3m': 0.6, '4m': 0.6, '5m': 0.6 });
  });
});

describe('selectors, operators and aggregations', () => {
  const store = load(1, [
    [{ __name__: 'requests', code: '200', pod: 'a' }, [90]],
    [{ __name__: 'requests', code: '500', pod: 'a' }, [10]],
    [{ __name__: 'requests', code: '200', pod: 'b' }, [50]],
    [{ __name__: 'limit', pod: 'a' }, [80]],
    [{ __name__: 'limit', pod: 'b' }, [80]],
    [{ __name__: 'gone', pod: 'a' }, [1, undefined]],
    [{ __name__: 'bucket', le: '0.1' }, [50]],
    [{ __name__: 'bucket', le: '0.5' }, [90]],
    [{ __name__: 'bucket', le: '+Inf' }, [100]],
  ]);

  const table: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
    ['requests{code="500"}', { '500,a,requests': 10 }],
    ['requests{code!="500",pod="a"}', { '200,a,requests': 90 }],
    ['requests{code=~"5.."}', { '500,a,requests': 10 }],
    ['requests{code=~"50"}', {}],
    ['requests{code!~"2.."}', { '500,a,requests': 10 }],
    ['{__name__="limit",pod="b"}', { 'b,limit': 80 }],
    ['sum(requests)', { '': 150 }],
    ['sum by (pod) (requests)', { a: 100, b: 50 }],
    ['sum(requests) by (code)', { '200': 140, '500': 10 }],
    ['max without (code) (requests)', { a: 90, b: 50 }],
    ['min(requests)', { '': 10 }],
    ['avg(requests)', { '': 50 }],
    ['count(requests)', { '': 3 }],
    ['sum by (pod) (requests) / limit', { a: 1.25, b: 0.625 }],
    ['sum(requests{code!~"5.."}) / sum(requests)', { '': 140 / 150 }],
    ['sum(requests{code="404"}) or vector(0)', { '': 0 }],
    ['sum by (pod) (requests) > limit', { a: 100 }],
    ['limit unless (sum by (pod) (requests) > 60)', { 'b,limit': 80 }],
    ['limit and sum by (pod) (requests{code="500"})', { 'a,limit': 80 }],
    ['requests > 40', { '200,a,requests': 90, '200,b,requests': 50 }],
    ['40 < requests', { '200,a,requests': 90, '200,b,requests': 50 }],
    ['1 + 2 * 3 - -4 / 2 % 3', { scalar: 9 }],
    ['(1 + 2) * 3', { scalar: 9 }],
    ['vector(1) / vector(0)', { '': Infinity }],
    ['histogram_quantile(0.5, bucket)', { '': 0.1 }],
    ['histogram_quantile(0.7, bucket)', { '': 0.3 }],
    ['histogram_quantile(0.99, bucket)', { '': 0.5 }],
    ['gone', { 'a,gone': 1 }],
    ['nothing', {}],
  ];
  for (const [query, expected] of table) {
    it(query, () => close(ask(store, query, 0), expected));
  }

  it('a series ends at once at its end mark, and after five minutes without one', () => {
    close(ask(store, 'gone', 1), {});
    close(ask(store, 'limit{pod="a"}', 4.9), { 'a,limit': 80 });
    close(ask(store, 'limit{pod="a"}', 5), {});
  });

  it('functions over time aggregate the samples of each series', () => {
    const values = load(1, [[{ __name__: 'x' }, [1, 2, 3, 10]]]);
    close(ask(values, 'avg_over_time(x[10m])', 3), { '': 4 });
    close(ask(values, 'max_over_time(x[10m])', 3), { '': 10 });
    close(ask(values, 'count_over_time(x[2m])', 3), { '': 2 });
  });
});

describe('what the built-in endpoint does not do', () => {
  it('is refused by name, and points to a real Prometheus', () => {
    const queries = [
      'irate(x[1m])',
      'topk(3, x)',
      'x offset 5m',
      'x @ 0',
      'x[1h:5m]',
      'x > bool 1',
      'x / on (pod) y',
      'x ^ 2',
      'label_replace(x, "a", "b", "c", "d")',
      '"text"',
      'x{a=~"(a+)+b"}',
    ];
    for (const query of queries) {
      const error = refusal(query);
      assert.equal(error.errorType, 'bad_data', query);
      assert.match(error.message, /is not supported by the built-in endpoint; use a real Prometheus for it$/, query);
    }
  });

  it('and what is wrong in any Prometheus is refused as a parse or type error', () => {
    for (const query of [
      '',
      '(',
      'x{',
      'x{a}',
      'x{a="b"',
      'sum(',
      'sum(x, y)',
      'rate(x)',
      'rate(1)',
      'x[5m]+1',
      '1 > 2',
      'sum(1)',
      '{}',
      '{a=~".*"}',
      'x[5]',
      'x y',
      '1 or 2',
      'vector(x)',
      '$',
      'x{a="\n"}',
    ]) {
      assert.equal(refusal(query).errorType, 'bad_data', query);
    }
  });

  it('ambiguous matches are errors of execution, never an arbitrary series', () => {
    const store = load(1, [
      [{ __name__: 'a', pod: 'x' }, [1]],
      [{ __name__: 'b', pod: 'x' }, [1]],
      [{ __name__: 'c', pod: 'x' }, [1]],
    ]);
    const query = parsePromql('a + {__name__=~"b|c"}');
    assert.throws(
      () => evaluate(query, store, instant(0)),
      (error) => error instanceof PromqlError && error.errorType === 'execution',
    );
  });

  it('never breaks off in another way, whatever the text', () => {
    const word = fc.constantFrom(
      'sum',
      'rate',
      'x',
      '(',
      ')',
      '[1m]',
      '{a="b"}',
      '{',
      '}',
      ' by (a)',
      '+',
      '-',
      '/',
      '>',
      ' or ',
      ' and ',
      '1',
      '5m',
      '"s"',
      ',',
      'vector',
      '^',
      '@',
      ' offset ',
      '#',
      '\\',
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.array(word, { maxLength: 25 }).map((words) => words.join('')),
    );
    const store = load(1, [[{ __name__: 'x', a: 'b' }, [1, 2, 3]]]);
    fc.assert(
      fc.property(texts, (text) => {
        try {
          evaluate(parsePromql(text), store, instant(2 * MINUTE));
        } catch (error) {
          assert.ok(error instanceof PromqlError, `${text}: ${String(error)}`);
        }
      }),
      { seed: 7, numRuns: 2000 },
    );
  });

  it('labels make one key whatever their order', () => {
    assert.equal(labelKey({ a: '1', b: '2' }), labelKey({ b: '2', a: '1' }));
  });
});
