import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { instant, millis } from '../../src/api/time.ts';
import { createSeriesStore } from '../../src/sim/metrics/promql/series-store.ts';
import { answerQuery } from '../../src/sim/metrics/promql-api.ts';
import { type ApiData, readApiData } from './api-data.ts';
import { type RealPrometheus, startPrometheus } from './real-prometheus.ts';

/** Queries that both must answer alike, on samples that the real one scraped. */
const QUERIES = [
  'rate(requests_total[5s])',
  'increase(requests_total[3s])',
  'rate(requests_total[700ms])',
  'rate(resetting_total[5s])',
  'increase(resetting_total[4s])',
  'sum by (code) (rate(requests_total[4s]))',
  'sum(rate(requests_total{code!~"5.."}[4s])) / sum(rate(requests_total[4s]))',
  '(sum(rate(requests_total{code="404"}[4s])) or vector(0)) / sum(rate(requests_total[4s]))',
  'avg without (pod) (gauge)',
  'max(gauge) - min(gauge)',
  'count by (pod) (requests_total)',
  'gauge > 1',
  'gauge * 2 == 4',
  'gauge{pod=~"a|b"} / gauge',
  '-gauge + 1.5e1 % 4',
  'requests_total and gauge',
  'sum by (pod) (requests_total) unless gauge{pod="a"}',
  'avg_over_time(gauge[3s])',
  'histogram_quantile(0.9, sum by (le) (rate(seconds_bucket[4s])))',
  'histogram_quantile(0.2, seconds_bucket)',
  'zero / zero',
  'gauge / zero',
  '2 + 3 * 4',
  'nothing',
];

/** The answer with its series in order and its values cut to twelve digits: the two add up in different orders. */
function normal(data: ApiData | undefined): unknown {
  const cut = (text: string): string => (Number.isFinite(Number(text)) ? Number(text).toPrecision(12) : text);
  if (data === undefined || data.resultType === 'matrix') return assert.fail('no value');
  if (data.resultType === 'scalar') return cut(data.result[1]);
  const name = (labels: Readonly<Record<string, string>>): string =>
    JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return data.result.map((row) => `${name(row.metric)} ${cut(row.value[1])}`).toSorted((a, b) => (a < b ? -1 : 1));
}

/** Asks the built-in PromQL and the Prometheus of this program the same on the same samples. */
export function promqlEquivalence(program: string): void {
  describe('the built-in PromQL beside a real Prometheus', () => {
    const store = createSeriesStore(millis(3600_000));
    let real: RealPrometheus;
    let time = 0;

    before(async () => {
      let scrapes = 0;
      real = await startPrometheus(
        program,
        (_, response) => {
          scrapes += 1;
          const lines = [
            `requests_total{code="200",pod="a"} ${scrapes * 7}`,
            `requests_total{code="500",pod="a"} ${Math.floor(scrapes / 3)}`,
            `requests_total{code="200",pod="b"} ${scrapes * scrapes}`,
            `resetting_total ${(scrapes % 6) * 5}`,
            'gauge{pod="a"} 1',
            `gauge{pod="b"} ${scrapes % 4}`,
            'gauge 2',
            'zero 0',
            ...[0.1, 0.5, 1].map((le, index) => `seconds_bucket{le="${le}"} ${scrapes * (index + 2)}`),
            `seconds_bucket{le="+Inf"} ${scrapes * 5}`,
          ];
          response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(`${lines.join('\n')}\n`);
        },
        '200ms',
        25,
      );
      const current = await real.query('time()');
      assert.ok(current?.resultType === 'scalar');
      time = Number(current.result[1]);
      const all = await real.query('{job="demo"}[5m]', time);
      assert.ok(all?.resultType === 'matrix' && all.result.length > 0);
      for (const { metric, values } of all.result) {
        for (const [at, value] of values) store.append(metric, instant(Math.round(at * 1000)), Number(value));
      }
    });
    after(() => real.close());

    for (const query of QUERIES) {
      it(query, async () => {
        const expected = await real.query(query, time);
        const { body } = answerQuery(store, new URLSearchParams({ query, time: String(time) }), instant(0));
        assert.deepEqual(normal(readApiData(JSON.parse(JSON.stringify(body)))), normal(expected));
      });
    }
  });
}
