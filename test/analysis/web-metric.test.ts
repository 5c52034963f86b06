import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisArg, Metric } from '../../src/api/analysis.ts';
import { formatProblem } from '../../src/api/field-problem.ts';
import { type AnalysisReading, readAnalysis } from '../../src/core/analysis/check-analysis.ts';
import type { MetricQuestion } from '../../src/core/analysis/question.ts';

type Web = NonNullable<Metric['provider']['web']>;

function read(web: Partial<Web>, args: readonly AnalysisArg[] = [], reading: AnalysisReading = { resolved: true }) {
  return readAnalysis({ args, metrics: [{ name: 'm', provider: { web: { provider: 'checks', ...web } } }] }, reading);
}

function question(web: Partial<Web>, args: readonly AnalysisArg[] = []): Extract<MetricQuestion, { type: 'web' }> {
  const { metrics, problems, unsupported } = read(web, args);
  const asked = metrics[0]?.question;
  assert.ok(asked?.type === 'web', [...problems, ...unsupported].map(formatProblem).join('; '));
  return asked;
}

function problem(web: Partial<Web>, args: readonly AnalysisArg[] = []): string {
  const { problems, unsupported } = read(web, args);
  return [...problems, ...unsupported].map(formatProblem).join('; ');
}

const arg = (value: string): readonly AnalysisArg[] => [{ name: 'service', value }];

describe('what a web metric asks', () => {
  it('names its provider, path, method, timeout and where the result stands', () => {
    assert.deepEqual(
      question({ path: '/measure?service={{args.service}}', jsonPath: '{$.{{args.service}}.ok}', timeoutSeconds: 20 }, arg('shop')),
      {
        type: 'web',
        endpoint: { provider: 'checks' },
        method: 'GET',
        path: '/measure?service=shop',
        body: undefined,
        jsonPath: '{$.shop.ok}',
        timeout: 20_000,
      },
    );
  });

  it('M2: keeps a value in its place in the path, whatever it holds', () => {
    const path = (value: string): string => question({ path: '/a/{{args.service}}/b?x={{args.service}}' }, arg(value)).path;
    assert.equal(path('a/b?c=d&e#f'), '/a/a%2Fb%3Fc%3Dd%26e%23f/b?x=a%2Fb%3Fc%3Dd%26e%23f');
    assert.equal(path('{{args.other}}'), '/a/%7B%7Bargs.other%7D%7D/b?x=%7B%7Bargs.other%7D%7D');
    assert.equal(path('\ud800'), '/a/%EF%BF%BD/b?x=%EF%BF%BD');
    for (const value of ['..', '.']) assert.match(problem({ path: '/a/{{args.service}}/b' }, arg(value)), /dot segment/);
  });

  it('M2: keeps a value in its place in a JSON body, and takes only harmless ones into a plain body', () => {
    const body = question({ method: 'POST', jsonBody: { a: { b: ['{{args.service}}'] }, n: 1 } }, arg('x", "admin": "y')).body;
    assert.deepEqual(body, { text: '{"a":{"b":["x\\", \\"admin\\": \\"y"]},"n":1}', contentType: 'application/json' });
    assert.deepEqual(question({ method: 'PUT', body: 'service={{args.service}}' }, arg('shop-1')).body, {
      text: 'service=shop-1',
      contentType: 'text/plain; charset=utf-8',
    });
    assert.equal(question({ method: 'PUT', body: '{"a": "{{args.service}}"}' }, arg('shop')).body?.contentType, 'application/json');
    assert.match(
      problem({ method: 'POST', body: '{"a": "{{args.service}}"}' }, arg('x", "b": "y')),
      /web\.body \(service\): takes an argument with special characters; use jsonBody/,
    );
  });

  it('a condition may compare with an argument as text', () => {
    const { metrics, problems } = readAnalysis(
      {
        args: [{ name: 'want', value: 'It "worked"!' }],
        metrics: [{ name: 'm', successCondition: 'result == "{{args.want}}"', provider: { web: { provider: 'checks' } } }],
      },
      { resolved: true },
    );
    assert.deepEqual(problems, []);
    assert.equal(metrics[0]?.success?.evaluate({ json: 'It "worked"!' }).kind, 'true');
    assert.equal(metrics[0]?.success?.evaluate({ json: 'no' }).kind, 'false');
  });

  it('names its own address only where the platform team allows it', () => {
    const web: Web = { url: 'https://{{args.service}}/x' };
    const refused = readAnalysis({ args: arg('example.com'), metrics: [{ name: 'm', provider: { web } }] }, { resolved: true });
    assert.match(
      refused.unsupported.map(formatProblem).join('; '),
      /provider\.web\.url: Unsupported: templates name no addresses here; .*--allow-inline-endpoints/,
    );
    const { metrics } = readAnalysis(
      { args: arg('example.com'), metrics: [{ name: 'm', provider: { web } }] },
      { resolved: true, inlineEndpoints: true },
    );
    assert.deepEqual(metrics[0]?.question.type === 'web' && metrics[0].question.endpoint, { address: 'https://example.com/x' });
  });

  it('M3, M22: takes no header, credential or switched off verification from a template, allowed or not', () => {
    const web: Web = {
      url: 'https://example.com',
      insecure: true,
      headers: [{ key: 'Authorization', value: 'Bearer x' }],
      authentication: { oauth2: { tokenUrl: 'https://x' } },
    };
    const { unsupported } = readAnalysis({ metrics: [{ name: 'm', provider: { web } }] }, { resolved: true, inlineEndpoints: true });
    assert.deepEqual(
      unsupported.map(({ field }) => field),
      ['insecure', 'headers', 'authentication'].map((field) => `spec.metrics[0].provider.web.${field}`),
    );
    assert.match(unsupported.map(formatProblem).join('; '), /MetricProvider/);
  });
});

describe('a range query', () => {
  const range = (
    rangeQuery: NonNullable<NonNullable<Metric['provider']['prometheus']>['rangeQuery']>,
    args: readonly AnalysisArg[] = [],
  ) => {
    const { metrics, problems } = readAnalysis(
      { args, metrics: [{ name: 'm', provider: { prometheus: { query: 'up', rangeQuery } } }] },
      { resolved: true },
    );
    const asked = metrics[0]?.question;
    return asked?.type === 'prometheus' ? asked.range : problems.map(formatProblem).join('; ');
  };

  it('reads moments as Argo Rollouts writes them', () => {
    assert.deepEqual(range({ start: "now() - duration('1h')", end: 'now()', step: '1m' }), {
      startsBefore: 3_600_000,
      endsBefore: 0,
      step: 60_000,
    });
    assert.deepEqual(range({ start: 'now() - duration("{{args.back}}") - duration("5m")', step: 30 }, [{ name: 'back', value: '10m' }]), {
      startsBefore: 900_000,
      endsBefore: 0,
      step: 30_000,
    });
  });

  it('refuses what it cannot read, what yields too much, and what ends before it starts', () => {
    assert.match(
      JSON.stringify(range({ start: 'yesterday()', step: '1m' })),
      /rangeQuery\.start \(yesterday\(\)\): names no moment; write now\(\) or now\(\) - duration\(\\"1h\\"\)/,
    );
    assert.match(
      JSON.stringify(range({ start: "now() - duration('1h')", step: '10s' })),
      /step \(10s\): yields 361 samples a series, over 100/,
    );
    assert.match(JSON.stringify(range({ start: 'now()', end: "now() - duration('1h')", step: '1m' })), /start: is after end/);
  });
});
