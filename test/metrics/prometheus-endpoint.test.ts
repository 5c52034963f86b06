import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { parseExposition } from '../../src/sim/metrics/exposition.ts';
import { createPrometheusEndpoint, type PrometheusEndpoint } from '../../src/sim/metrics/prometheus-endpoint.ts';
import { createSeriesStore } from '../../src/sim/metrics/promql/series-store.ts';
import { createScraper, type ScrapeTarget } from '../../src/sim/metrics/scraper.ts';
import { startScriptedServer } from './scripted-server.ts';

describe('a metrics page', () => {
  it('is read with labels, escapes, special values and times', () => {
    const page = ['# HELP x y', '# TYPE x counter', 'x 1', 'y{a="b",c="q\\"\\\\\\n",} 2.5e3 1700000000000', 'z{} NaN', 'w +Inf', ''].join(
      '\n',
    );
    assert.deepEqual(parseExposition(page), [
      { labels: { __name__: 'x' }, value: 1 },
      { labels: { __name__: 'y', a: 'b', c: 'q"\\\n' }, value: 2500 },
      { labels: { __name__: 'z' }, value: Number.NaN },
      { labels: { __name__: 'w' }, value: Infinity },
    ]);
  });

  it('that cannot be read is refused whole', () => {
    for (const page of ['x', 'x{a=b} 1', 'x one', '<html>', 'x{a="b" 1']) assert.equal(parseExposition(page), undefined, page);
  });
});

describe('scraping', () => {
  it('follows the clock and the targets, and ends the series of what is gone', async () => {
    const clock = createVirtualClock(instant(Date.UTC(2026, 0, 1)));
    const store = createSeriesStore(millis(3600_000));
    let targets: readonly ScrapeTarget[] = [{ url: 'a', labels: { pod: 'a' } }];
    let page: string | undefined = 'x{pod="own"} 1\n';
    const read = async (): Promise<string> => page ?? assert.fail('the pod is down');
    const scraper = createScraper({ clock, store, targets: () => targets, interval: millis(1000), read });
    scraper.start();
    const samples = (name: string): readonly (number | undefined)[] =>
      store.select([{ label: '__name__', op: '=', value: name }]).flatMap((series) => series.samples.map((sample) => sample.value));
    await clock.runFor(millis(2000));
    assert.deepEqual(samples('x'), [1, 1]);
    assert.deepEqual(store.select([{ label: '__name__', op: '=', value: 'x' }])[0]?.labels, {
      __name__: 'x',
      pod: 'a',
      exported_pod: 'own',
    });
    page = undefined;
    await clock.runFor(millis(1000));
    assert.deepEqual(
      [samples('x'), samples('up')],
      [
        [1, 1, undefined],
        [1, 1, 0],
      ],
    );
    targets = [];
    await clock.runFor(millis(1000));
    assert.deepEqual(samples('up'), [1, 1, 0, undefined]);
    scraper.stop();
    assert.equal(clock.pending(), 0);
  });
});

describe('the built-in endpoint', () => {
  const clock = createSystemClock();

  async function withEndpoint(
    run: (endpoint: PrometheusEndpoint, api: (path: string, form?: string) => Promise<[number, string]>) => Promise<void>,
  ): Promise<void> {
    const pod = await startScriptedServer();
    pod.answer = (_, response) => response.end('x{code="200"} 3\n');
    const endpoint = await createPrometheusEndpoint({
      clock,
      targets: () => [{ url: `${pod.address}/metrics`, labels: { pod: 'p' } }],
      scrapeInterval: millis(60_000),
    });
    try {
      await endpoint.scrapeOnce();
      await run(endpoint, async (path, form) => {
        const init =
          form === undefined ? {} : { method: 'POST', body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
        const response = await fetch(`${endpoint.address}${path}`, init);
        return [response.status, await response.text()];
      });
    } finally {
      await endpoint.close();
      await pod.close();
    }
  }

  it('scrapes over HTTP and answers GET and POST as Prometheus does', () =>
    withEndpoint(async (_, api) => {
      const [status, body] = await api('/api/v1/query?query=x');
      assert.equal(status, 200);
      assert.match(
        body,
        /^\{"status":"success","data":\{"resultType":"vector","result":\[\{"metric":\{"code":"200","__name__":"x","pod":"p"\},"value":\[[0-9.]+,"3"\]\}\]\}\}$/,
      );
      assert.equal((await api('/api/v1/query', 'query=sum(x)'))[0], 200);
      assert.equal((await api('/-/ready'))[0], 200);
    }));

  it('answers a range of times', () =>
    withEndpoint(async (_, api) => {
      const now = clock.now() / 1000;
      const [status, body] = await api(`/api/v1/query_range?query=sum(x)&start=${now - 20}&end=${now}&step=10`);
      assert.equal(status, 200);
      assert.match(body, /"resultType":"matrix","result":\[\{"metric":\{\},"values":\[\[[0-9.]+,"3"\]\]\}\]/);
      for (const query of [
        'end=1&step=1',
        'start=2&end=1&step=1',
        'start=1&end=2&step=0',
        'start=1&end=2000000&step=1',
        'start=x&end=2&step=1',
      ]) {
        assert.equal((await api(`/api/v1/query_range?query=x&${query}`))[0], 400, query);
      }
    }));

  it('refuses in the words of the API what it does not do', () =>
    withEndpoint(async (_, api) => {
      assert.deepEqual(await api('/api/v1/query?query=topk(1,x)'), [
        400,
        '{"status":"error","errorType":"bad_data","error":"the aggregation \\"topk\\" is not supported by the built-in endpoint; use a real Prometheus for it"}',
      ]);
      assert.equal((await api('/api/v1/query?query=x&time=yesterday'))[0], 400);
      assert.equal((await api('/api/v1/series'))[0], 404);
      assert.equal((await api('/api/v1/query', `query=${'x'.repeat(70_000)}`))[0], 413);
    }));
});
