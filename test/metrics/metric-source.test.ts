import { it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { createMetricSource } from '../../src/adapters/metrics/metric-source.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createPrometheusEndpoint } from '../../src/sim/metrics/prometheus-endpoint.ts';
import { createScriptedMetricSource } from '../../src/sim/metrics/scripted-source.ts';
import { endpointAt, type MetricSourceHarness, metricSourceContract } from './metric-source-contract.ts';
import { findPrometheus, startPrometheus } from './real-prometheus.ts';
import { type Answer, startScriptedServer } from './scripted-server.ts';

const clock = createSystemClock();
/** The discard port: nothing listens there. */
const DEAD = endpointAt('http://127.0.0.1:9');

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
    deadEndpoint: DEAD,
    now: () => clock.now(),
    queries: { number: 'number', empty: 'empty', nan: 'nan', infinite: 'infinite', several: 'several', refused: 'refused', slow: 'slow' },
    close: () => server.close(),
  };
});

const PAGE = 'sli 0.97\nmany{pod="a"} 1\nmany{pod="b"} 2\nzero 0\none 1\n';

/** Queries on {@link PAGE}, the same for the built-in endpoint and a real Prometheus. */
const PROMQL_QUERIES: MetricSourceHarness['queries'] = {
  number: 'sum(sli)',
  empty: 'sum(sli{pod="none"})',
  nan: 'sum(zero) / sum(zero)',
  infinite: 'sum(one) / sum(zero)',
  several: 'sum by (pod) (many)',
  refused: 'sum(((',
  slow: undefined,
};

metricSourceContract('Prometheus adapter on the built-in endpoint', async () => {
  const endpoint = await createPrometheusEndpoint({
    clock,
    targets: () => [{ url: 'page', labels: { job: 'demo' } }],
    scrapeInterval: millis(60_000),
    read: async () => PAGE,
  });
  await endpoint.scrapeOnce();
  return {
    source: createMetricSource({ clock }),
    endpoint: endpointAt(endpoint.address),
    deadEndpoint: DEAD,
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

/** The contract against a real Prometheus that scrapes {@link PAGE}. */
async function openRealPrometheus(program: string): Promise<MetricSourceHarness> {
  const page: Answer = (_, response) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(PAGE);
  const prometheus = await startPrometheus(program, page, '500ms', 1);
  return {
    source: createMetricSource({ clock }),
    endpoint: endpointAt(prometheus.address),
    deadEndpoint: DEAD,
    now: () => clock.now(),
    queries: PROMQL_QUERIES,
    close: () => prometheus.close(),
  };
}

const program = findPrometheus();
if (program === undefined) {
  it(
    'MetricSource: Prometheus adapter on a real Prometheus',
    { skip: 'no prometheus: name one in SLUICE_PROMETHEUS or put it on PATH' },
    () => undefined,
  );
} else {
  metricSourceContract(`Prometheus adapter on ${program}`, () => openRealPrometheus(program));
}
