import type { ServerResponse } from 'node:http';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { createMetricSource } from '../../src/adapters/metrics/metric-source.ts';
import { NAMESPACE } from '../../src/api/kinds.ts';
import { instant, millis } from '../../src/api/time.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import type { MetricFailure, MetricQuery } from '../../src/ports/metrics.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { createScriptedMetricSource } from '../../src/sim/metrics/scripted-source.ts';
import { DEAD_ENDPOINT, endpointAt } from '../metrics/metric-source-contract.ts';
import { startScriptedServer } from '../metrics/scripted-server.ts';
import { PLANTED, type ProviderHarness, type ProviderState, providerContract } from './provider-contract.ts';

const clock = createSystemClock();

/** A provider over HTTP: `answer` is what it says when all is well. */
async function overHttp(
  refusal: MetricFailure,
  answer: (response: ServerResponse) => void,
  query: (address: string | undefined) => MetricQuery,
): Promise<ProviderHarness> {
  const server = await startScriptedServer();
  const source = createMetricSource({ clock });
  return {
    ask: (state, signal) => {
      server.answer = (_, response) => {
        if (state === 'answers') answer(response);
        else
          response
            .writeHead(400, { 'content-type': 'application/json' })
            .end(JSON.stringify({ status: 'error', errorType: 'bad_data', error: PLANTED }));
      };
      return source.query({ ...query(state === 'absent' ? undefined : server.address), signal });
    },
    refusal,
    close: () => server.close(),
  };
}

const endpointOf = (address: string | undefined) => (address === undefined ? DEAD_ENDPOINT : endpointAt(address));
const asking = () => ({ at: clock.now(), timeout: millis(5000) });

providerContract('Prometheus', () =>
  overHttp(
    'query_refused',
    (response) =>
      response.end(
        JSON.stringify({
          status: 'success',
          data: { resultType: 'vector', result: [{ metric: {}, value: [clock.now() / 1000, '0.97'] }] },
        }),
      ),
    (address) => ({ type: 'prometheus', endpoint: endpointOf(address), query: 'up', ...asking() }),
  ),
);

providerContract('web', () =>
  overHttp(
    // A status code is all that a web endpoint has to say so.
    'http_error',
    (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok": true}'),
    (address) => ({ type: 'web', endpoint: endpointOf(address), method: 'GET', path: '/health', ...asking() }),
  ),
);

/** The simulated API server, which refuses the Job or is gone when it is told so. */
async function jobCluster(stateNow: () => ProviderState): Promise<Pick<Cluster, 'get' | 'create' | 'list'>> {
  const sim = createSimCluster({ clock: createVirtualClock(instant(Date.UTC(2026, 0, 1))), crds: [] });
  const cluster = sim.as({ name: 'sluice', groups: [] });
  await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const whileAlive = <T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> => {
    signal?.throwIfAborted();
    if (stateNow() === 'absent') throw new SluiceError('unavailable', PLANTED);
    return act();
  };
  return {
    get: async (kind, ref, options) => whileAlive(options?.signal, () => cluster.get(kind, ref)),
    list: async (kind, options) => whileAlive(options?.signal, () => cluster.list(kind, options)),
    create: async (kind, object, options) =>
      whileAlive(options?.signal, () => {
        if (stateNow() === 'refuses') throw new SluiceError('spec_invalid', 'spec.template.spec.containers: Required value');
        return cluster.create(kind, object);
      }),
  };
}

providerContract('Job', async () => {
  let state: ProviderState = 'answers';
  let count = 0;
  const source = createMetricSource({ clock, cluster: await jobCluster(() => state) });
  const run = { namespace: 'shop', name: 'run', uid: 'run-uid' };
  const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'smoke', image: 'smoke:1' }] } } };
  return {
    ask: (next, signal) => {
      state = next;
      count += 1;
      return source.query({
        type: 'job',
        name: `smoke-${count}`,
        run,
        begun: false,
        labels: {},
        annotations: {},
        spec,
        signal,
        ...asking(),
      });
    },
    refusal: 'query_refused',
    close: async () => undefined,
  };
});

providerContract('of a scenario', async () => {
  let state: ProviderState = 'answers';
  const replies = {
    answers: 0.97,
    refuses: { kind: 'failed', reason: 'query_refused', message: 'no', retryable: false },
    absent: { kind: 'failed', reason: 'unreachable', message: 'nobody there', retryable: true },
  } as const;
  const source = createScriptedMetricSource({ clock, rules: () => [{ match: 'up', value: () => replies[state] }] });
  return {
    ask: (next, signal) => {
      state = next;
      return source.query({ type: 'prometheus', endpoint: DEAD_ENDPOINT, query: 'up', signal, ...asking() });
    },
    refusal: 'query_refused',
    close: async () => undefined,
  };
});
