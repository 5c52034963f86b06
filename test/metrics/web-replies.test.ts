import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { createMetricSource } from '../../src/adapters/metrics/metric-source.ts';
import type { Metric } from '../../src/api/analysis.ts';
import { type Instant, instant, millis } from '../../src/api/time.ts';
import { assessReply } from '../../src/core/analysis/assess.ts';
import type { MetricReply, WebQuery } from '../../src/ports/metrics.ts';
import { resolvedOf } from '../analysis/runs.ts';
import { HTTP_SHAPES, json, LEAK } from './http-shapes.ts';
import { endpointAt } from './metric-source-contract.ts';
import { replyName } from './reply-name.ts';
import { type Answer, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const source = createMetricSource({ clock: createSystemClock() });
const AT: Instant = instant(1_750_000_000_000);

interface Case {
  readonly shape: string;
  readonly answer: Answer;
  readonly jsonPath?: string;
  /** `result.ok && result.rate >= 0.9` when absent. */
  readonly condition?: string;
  readonly noData?: Metric['noData'];
  readonly reply: string;
  readonly phase: 'Successful' | 'Failed' | 'Error' | 'Inconclusive';
}

function text(body: string, type = 'text/plain'): Answer {
  return (_, response) => response.writeHead(200, { 'content-type': type }).end(body);
}

const good = { data: { ok: true, rate: 0.95, leak: LEAK }, list: [{ n: 1 }, { n: 2 }], nothing: null };
const AT_DATA = { jsonPath: '{$.data}' };

const CASES: readonly Case[] = [
  ...HTTP_SHAPES.map((shape): Case => ({ ...shape, phase: 'Error' })),
  { shape: 'a good answer', ...AT_DATA, answer: json(good), reply: 'json', phase: 'Successful' },
  { shape: 'an answer over the limit', ...AT_DATA, answer: json({ data: { ok: true, rate: 0.5 } }), reply: 'json', phase: 'Failed' },
  { shape: 'all of the answer', answer: json(good.data), reply: 'json', phase: 'Successful' },
  { shape: 'a member that is missing', ...AT_DATA, answer: json({ data: { ok: true } }), reply: 'json', phase: 'Error' },
  { shape: 'a member of another type', ...AT_DATA, answer: json({ data: { ok: true, rate: LEAK } }), reply: 'json', phase: 'Error' },
  { shape: 'nothing at the path', ...AT_DATA, answer: json({ hello: LEAK }), reply: 'empty', phase: 'Inconclusive' },
  { shape: 'nothing at the path and noData Fail', ...AT_DATA, noData: 'Fail', answer: json({}), reply: 'empty', phase: 'Failed' },
  { shape: 'nothing at the path and noData Pass', ...AT_DATA, noData: 'Pass', answer: json({}), reply: 'empty', phase: 'Successful' },
  { shape: 'null at the path', jsonPath: '{$.nothing}', answer: json(good), reply: 'json', phase: 'Inconclusive' },
  {
    shape: 'null that the condition speaks of',
    jsonPath: '{$.nothing}',
    condition: 'isNil(result)',
    answer: json(good),
    reply: 'json',
    phase: 'Successful',
  },
  { shape: 'several values at the path', jsonPath: '{$.list[*].n}', answer: json(good), reply: 'several_values', phase: 'Error' },
  {
    shape: 'a list as one value',
    jsonPath: '{$.list}',
    condition: 'result.all(x, x.n > 0) && result[0].n < 3',
    answer: json(good),
    reply: 'json',
    phase: 'Successful',
  },
  { shape: 'a plain number', jsonPath: '{$.data.rate}', condition: 'result > 0.9', answer: json(good), reply: 'json', phase: 'Successful' },
  { shape: 'plain text', condition: 'result == "I am OK"', answer: text('I am OK'), reply: 'json', phase: 'Successful' },
  { shape: 'an empty body', condition: 'result == ""', answer: text(''), reply: 'json', phase: 'Successful' },
  {
    shape: 'HTML where text is compared',
    condition: 'result == "OK"',
    answer: text(`<html>${LEAK}</html>`, 'text/html'),
    reply: 'json',
    phase: 'Failed',
  },
  {
    shape: 'HTML where JSON is looked into',
    ...AT_DATA,
    answer: text(`<html>${LEAK}</html>`, 'text/html'),
    reply: 'bad_reply retryable',
    phase: 'Error',
  },
  { shape: 'half of a JSON', ...AT_DATA, answer: text(`{"data": {"ok": true, "${LEAK}`), reply: 'bad_reply retryable', phase: 'Error' },
  { shape: 'a text that is too long', condition: 'result == "x"', answer: text('x'.repeat(5000)), reply: 'too_large', phase: 'Error' },
  { shape: 'a list that is too long', answer: json(Array.from({ length: 101 }, () => 1)), reply: 'too_large', phase: 'Error' },
  { shape: 'a nest without end', answer: text('['.repeat(200_000) + ']'.repeat(200_000)), reply: 'too_large', phase: 'Error' },
  { shape: 'a number out of range', ...AT_DATA, answer: text('{"data": {"ok": true, "rate": 1e999}}'), reply: 'too_large', phase: 'Error' },
  {
    shape: 'members with names of JavaScript',
    answer: text('{"__proto__": {"ok": true}, "constructor": 1}'),
    reply: 'json',
    phase: 'Error',
  },
  {
    shape: 'a tree that is too large for ..',
    jsonPath: '{$..x}',
    answer: json(Array.from({ length: 400 }, () => Array.from({ length: 400 }, () => 1))),
    reply: 'too_large',
    phase: 'Error',
  },
  { shape: 'a path that cannot be read', jsonPath: '{$.a[?(1)]}', answer: json(good), reply: 'query_refused', phase: 'Error' },
];

describe('every shape of a reply from a web endpoint', () => {
  let server: ScriptedServer;
  before(async () => {
    server = await startScriptedServer();
  });
  after(() => server.close());
  afterEach(() => {
    server.requests.length = 0;
  });

  const ask = (changes: Partial<WebQuery>, timeout = 5000): Promise<MetricReply> =>
    source.query({
      type: 'web',
      endpoint: endpointAt(server.address),
      method: 'GET',
      path: '/check',
      at: AT,
      timeout: millis(timeout),
      ...changes,
    });

  for (const { shape, answer, jsonPath, condition, noData, reply, phase } of CASES) {
    it(`${shape}: ${reply}, measured as ${phase}`, async () => {
      server.answer = answer;
      const got = await ask({ jsonPath }, reply.startsWith('timeout') ? 120 : 5000);
      assert.equal(replyName(got), reply);
      const metric = resolvedOf({
        name: 'm',
        noData,
        successCondition: condition ?? 'result.ok && result.rate >= 0.9',
        provider: { web: { provider: 'checks' } },
      });
      const measurement = assessReply(metric, { metric: 'm', startedAt: AT, finishedAt: AT, reply: got });
      assert.equal(measurement.phase, phase, measurement.message);
      assert.ok(!JSON.stringify(measurement).includes(LEAK), 'nothing that the server sent may be repeated');
      assert.equal(server.requests.length, 1, 'one request: no redirect is followed, nothing is tried again behind the back');
    });
  }

  it('asks with method, path and body below the address of the provider', async () => {
    server.answer = json({ ok: true });
    const body = { text: '{"service":"shop"}', contentType: 'application/json' };
    await ask({ endpoint: endpointAt(`${server.address}/api/`), path: '/measure?service=a%20b', method: 'POST', body });
    await ask({ endpoint: endpointAt(`${server.address}/api`), path: '', method: 'PUT', body });
    await ask({ endpoint: endpointAt(`${server.address}/api`), path: '?x=1' });
    assert.deepEqual(
      server.requests.map(({ method, url, headers }) => [method, url, headers['content-type']]),
      [
        ['POST', '/api/measure?service=a%20b', 'application/json'],
        ['PUT', '/api', 'application/json'],
        ['GET', '/api?x=1', undefined],
      ],
    );
  });

  it('M1: never leaves the address of the provider, however the way up is written', async () => {
    server.answer = json({ ok: true });
    for (const path of ['/../admin', '/%2e%2e/admin', '/x/../../admin', '/..\\admin', '/.%2E/admin', '//elsewhere/..//../../x']) {
      const got = await ask({ endpoint: endpointAt(`${server.address}/api`), path });
      if (got.kind === 'failed') assert.equal(got.reason, 'query_refused', path);
      else
        assert.ok(
          server.requests.every(({ url }) => url.startsWith('/api')),
          path,
        );
    }
    const other = await ask({ endpoint: endpointAt(server.address), path: '@elsewhere.example/' });
    assert.equal(replyName(other), 'query_refused');
  });

  it('takes no proxy from the environment', async () => {
    server.answer = json({ ok: true });
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      assert.equal((await ask({})).kind, 'json');
    } finally {
      delete process.env['http_proxy'];
    }
  });
});
