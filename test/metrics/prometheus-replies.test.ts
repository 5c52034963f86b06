import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { createMetricSource } from '../../src/adapters/metrics/metric-source.ts';
import { type Instant, instant, millis } from '../../src/api/time.ts';
import { assessReply } from '../../src/core/analysis/assess.ts';
import type { MetricReply } from '../../src/ports/metrics.ts';
import { resolvedOf } from '../analysis/runs.ts';
import { HTTP_SHAPES, json, LEAK } from './http-shapes.ts';
import { endpointAt } from './metric-source-contract.ts';
import { replyName } from './reply-name.ts';
import { type Answer, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const clock = createSystemClock();
const source = createMetricSource({ clock });
const AT: Instant = instant(1_750_000_000_000);
const SECONDS = AT / 1000;
const METRIC = resolvedOf({ name: 'm', successCondition: 'result[0] >= 0.95', provider: { prometheus: { query: 'q' } } });
/** What one reply shape becomes: the reply, and the measurement of `result[0] >= 0.95`. */
interface Case {
  readonly shape: string;
  readonly answer: Answer;
  readonly reply: string;
  readonly phase: 'Successful' | 'Failed' | 'Error' | 'Inconclusive';
}

function vector(samples: readonly (readonly [number, string])[], extra: object = {}): Answer {
  return json({
    status: 'success',
    data: { resultType: 'vector', result: samples.map((value) => ({ metric: { leak: LEAK }, value })) },
    ...extra,
  });
}

const ok: readonly [number, string] = [SECONDS, '0.97'];
const CASES: readonly Case[] = [
  ...HTTP_SHAPES.map((shape): Case => ({ ...shape, phase: 'Error' })),
  { shape: 'a good value', answer: vector([ok]), reply: 'vector', phase: 'Successful' },
  { shape: 'a bad value', answer: vector([[SECONDS, '0.5']]), reply: 'vector', phase: 'Failed' },
  {
    shape: 'a scalar',
    answer: json({ status: 'success', data: { resultType: 'scalar', result: ok } }),
    reply: 'scalar',
    phase: 'Successful',
  },
  {
    shape: '503 with an error of Prometheus',
    answer: json({ status: 'error', errorType: 'timeout', error: LEAK }, 503),
    reply: 'timeout retryable',
    phase: 'Error',
  },
  {
    shape: '422 execution',
    answer: json({ status: 'error', errorType: 'execution', error: LEAK }, 422),
    reply: 'query_failed retryable',
    phase: 'Error',
  },
  { shape: 'an empty body', answer: (_, response) => response.end(), reply: 'bad_reply retryable', phase: 'Error' },
  { shape: 'bad JSON', answer: (_, response) => response.end(`{"status": ${LEAK}`), reply: 'bad_reply retryable', phase: 'Error' },
  { shape: 'JSON of something else', answer: json({ hello: LEAK }), reply: 'bad_reply retryable', phase: 'Error' },
  { shape: 'HTML', answer: (_, response) => response.end(`<html>${LEAK}</html>`), reply: 'bad_reply retryable', phase: 'Error' },
  {
    shape: 'status error with 200',
    answer: json({ status: 'error', errorType: 'bad_data', error: LEAK }),
    reply: 'query_refused',
    phase: 'Error',
  },
  {
    shape: 'an error type it does not know',
    answer: json({ status: 'error', errorType: LEAK, error: LEAK }),
    reply: 'query_failed retryable',
    phase: 'Error',
  },
  { shape: 'NaN', answer: vector([[SECONDS, 'NaN']]), reply: 'vector', phase: 'Inconclusive' },
  { shape: '+Inf', answer: vector([[SECONDS, '+Inf']]), reply: 'vector', phase: 'Inconclusive' },
  { shape: '-Inf', answer: vector([[SECONDS, '-Inf']]), reply: 'vector', phase: 'Inconclusive' },
  { shape: 'a value that is no number', answer: vector([[SECONDS, LEAK]]), reply: 'bad_reply retryable', phase: 'Error' },
  { shape: 'an empty vector', answer: vector([]), reply: 'empty', phase: 'Inconclusive' },
  { shape: 'two series', answer: vector([ok, ok]), reply: 'vector', phase: 'Error' },
  { shape: 'more series than the cap', answer: vector(Array.from({ length: 101 }, () => ok)), reply: 'too_many_series', phase: 'Error' },
  {
    shape: 'a matrix',
    answer: json({ status: 'success', data: { resultType: 'matrix', result: [] } }),
    reply: 'unsupported_type',
    phase: 'Error',
  },
  {
    shape: 'a string',
    answer: json({ status: 'success', data: { resultType: 'string', result: [SECONDS, LEAK] } }),
    reply: 'unsupported_type',
    phase: 'Error',
  },
  {
    shape: 'a native histogram',
    answer: json({ status: 'success', data: { resultType: 'vector', result: [{ metric: {}, histogram: [SECONDS, {}] }] } }),
    reply: 'unsupported_type',
    phase: 'Error',
  },
  {
    shape: 'an unknown result type',
    answer: json({ status: 'success', data: { resultType: 'cube', result: [] } }),
    reply: 'bad_reply retryable',
    phase: 'Error',
  },
  { shape: 'warnings (a partial response)', answer: vector([ok], { warnings: [LEAK] }), reply: 'vector', phase: 'Error' },
  {
    shape: 'infos that data was left out',
    answer: vector([ok], { infos: ['PromQL info: ignored histograms in a range containing both floats and histograms'] }),
    reply: 'vector',
    phase: 'Error',
  },
  {
    shape: 'infos about a name',
    answer: vector([ok], {
      infos: ['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "x" (1:1)'],
    }),
    reply: 'vector',
    phase: 'Successful',
  },
  { shape: 'a stale sample', answer: vector([[SECONDS - 600, '0.97']]), reply: 'stale retryable', phase: 'Error' },
  { shape: 'a sample of the future', answer: vector([[SECONDS + 600, '0.97']]), reply: 'future retryable', phase: 'Error' },
  {
    shape: 'huge label values',
    answer: json({ status: 'success', data: { resultType: 'vector', result: [{ metric: { a: 'x'.repeat(900_000) }, value: ok }] } }),
    reply: 'vector',
    phase: 'Successful',
  },
];

describe('every shape of a reply from Prometheus', () => {
  let server: ScriptedServer;
  before(async () => {
    server = await startScriptedServer();
  });
  after(() => server.close());
  afterEach(() => {
    server.requests.length = 0;
  });

  const ask = (timeout = 2000): Promise<MetricReply> =>
    source.query({ type: 'prometheus', endpoint: endpointAt(server.address), query: 'up', at: AT, timeout: millis(timeout) });

  for (const { shape, answer, reply, phase } of CASES) {
    it(`${shape}: ${reply}, measured as ${phase}`, async () => {
      server.answer = answer;
      const got = await ask(reply.startsWith('timeout') && !shape.startsWith('503 with') ? 120 : 5000);
      assert.equal(replyName(got), reply);
      const measurement = assessReply(METRIC, { metric: 'm', startedAt: AT, finishedAt: AT, reply: got });
      assert.equal(measurement.phase, phase);
      assert.ok(!JSON.stringify([got, measurement]).includes(LEAK), 'nothing that the server sent may be repeated');
      assert.equal(server.requests.length, 1, 'one request: no redirect is followed, nothing is tried again behind the back');
    });
  }

  it('asks by POST at the path under the address, at the given time, and takes no proxy from the environment', async () => {
    server.answer = vector([ok]);
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      const reply = await source.query({
        type: 'prometheus',
        endpoint: endpointAt(`${server.address}/prefix/`),
        query: 'sum(x{a="b c"})',
        at: AT,
        timeout: millis(2000),
      });
      assert.equal(reply.kind, 'vector');
    } finally {
      delete process.env['http_proxy'];
    }
    const [request] = server.requests;
    assert.deepEqual([request?.method, request?.url], ['POST', '/prefix/api/v1/query']);
    assert.deepEqual([request?.form.get('query'), request?.form.get('time')], ['sum(x{a="b c"})', '1750000000.000']);
  });

  it('refuses an address with a user or another scheme without asking anybody', async () => {
    for (const address of ['ftp://127.0.0.1/', 'http://user:pass@127.0.0.1/', 'not an address', 'file:///etc/passwd']) {
      const reply = await source.query({ type: 'prometheus', endpoint: endpointAt(address), query: 'up', at: AT, timeout: millis(2000) });
      assert.equal(replyName(reply), 'unsupported_provider');
      assert.ok(reply.kind === 'failed' && !reply.message.includes('pass'));
    }
    assert.equal(server.requests.length, 0);
  });
});
