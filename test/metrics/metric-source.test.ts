import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { createMetricSource } from '../../src/adapters/metrics/metric-source.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createPrometheusEndpoint } from '../../src/sim/metrics/prometheus-endpoint.ts';
import { createScriptedMetricSource } from '../../src/sim/metrics/scripted-source.ts';
import { DEAD_ENDPOINT, endpointAt, metricSourceContract } from './metric-source-contract.ts';
import { PROMQL_PAGE, PROMQL_QUERIES } from './promql-page.ts';
import { startScriptedServer } from './scripted-server.ts';

const clock = createSystemClock();

function vector(...values: readonly string[]): unknown {
  const at = clock.now() / 1000;
  return {
    status: 'success',
    data: { resultType: 'vector', result: values.map((value, index) => ({ metric: { pod: `p${index}` }, value: [at, value] })) },
  };
}

metricSourceContract('Prometheus adapter on a scripted server', async () => {
  const server = await startScriptedServer();
  const answers: Readonly<Record<string, () => unknown>> = {
    number: () => vector('0.97'),
    empty: () => vector(),
    nan: () => vector('NaN'),
    infinite: () => vector('+Inf'),
    several: () => vector('1', '2'),
  };
  server.answer = (_, response) => {
    const query = server.requests.at(-1)?.form.get('query') ?? '';
    if (query === 'slow') return;
    const answer = answers[query];
    if (answer === undefined) response.writeHead(400).end(JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'no' }));
    else response.end(JSON.stringify(answer()));
  };
  return {
    source: createMetricSource({ clock }),
    endpoint: endpointAt(server.address),
    deadEndpoint: DEAD_ENDPOINT,
    now: () => clock.now(),
    queries: { number: 'number', empty: 'empty', nan: 'nan', infinite: 'infinite', several: 'several', refused: 'refused', slow: 'slow' },
    close: () => server.close(),
  };
});

metricSourceContract('Prometheus adapter on the built-in endpoint', async () => {
  const endpoint = await createPrometheusEndpoint({
    clock,
    targets: () => [{ url: 'page', labels: { job: 'demo' } }],
    scrapeInterval: millis(60_000),
    read: async () => PROMQL_PAGE,
  });
  await endpoint.scrapeOnce();
  return {
    source: createMetricSource({ clock }),
    endpoint: endpointAt(endpoint.address),
    deadEndpoint: DEAD_ENDPOINT,
    now: () => clock.now(),
    queries: PROMQL_QUERIES,
    close: () => endpoint.close(),
  };
});

metricSourceContract('scripted source', async () => {
  const virtual = createVirtualClock(instant(Date.UTC(2026, 0, 1)));
  const refused = { kind: 'failed', reason: 'query_refused', message: 'no', retryable: false } as const;
  const values = { number: 0.97, nan: Number.NaN, infinite: Infinity, several: [1, 2], refused, slow: 'hang' } as const;
  return {
    source: createScriptedMetricSource({
      clock: virtual,
      rules: () => Object.entries(values).map(([match, value]) => ({ match, value: () => value })),
    }),
    endpoint: endpointAt('http://unused'),
    deadEndpoint: undefined,
    now: () => virtual.now(),
    queries: { number: 'number', empty: 'empty', nan: 'nan', infinite: 'infinite', several: 'several', refused: 'refused', slow: 'slow' },
    close: async () => undefined,
  };
});
