import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { createMetricSource } from '../../../src/adapters/metrics/metric-source.ts';
import { assertStory } from '../../demo/assert-story.ts';
import { playDemo } from '../../demo/play-demo.ts';
import { DEAD_ENDPOINT, endpointAt, metricSourceContract } from '../../metrics/metric-source-contract.ts';
import { promqlEquivalence } from '../../metrics/promql-equivalence.ts';
import { PROMQL_PAGE, PROMQL_QUERIES } from '../../metrics/promql-page.ts';
import { startPrometheus } from '../../metrics/real-prometheus.ts';
import { binaryPath } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';

const program = binaryPath(partNamed('prometheus'));
const clock = createSystemClock();

metricSourceContract('Prometheus adapter on a real Prometheus', async () => {
  const prometheus = await startPrometheus(
    program,
    (_, response) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(PROMQL_PAGE),
    '500ms',
    1,
  );
  return {
    source: createMetricSource({ clock }),
    endpoint: endpointAt(prometheus.address),
    deadEndpoint: DEAD_ENDPOINT,
    now: () => clock.now(),
    queries: PROMQL_QUERIES,
    close: () => prometheus.close(),
  };
});

promqlEquivalence(program);

it('the demo tells the same story over a real Prometheus', async () => {
  const { code, out, err } = await playDemo(['--prometheus', program]);
  assert.equal(code, 0, out + err);
  assert.match(out, /^A cluster, a repository, and Prometheus \(/mu);
  assertStory(out);
});
