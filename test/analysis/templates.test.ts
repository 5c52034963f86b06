import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import type { AnalysisTemplate } from '../../src/api/analysis.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { parseAnalysisTemplate } from '../../src/api/parse.ts';
import { type Instant, instant, millis } from '../../src/api/time.ts';
import { assessReply } from '../../src/core/analysis/assess.ts';
import { readAnalysis } from '../../src/core/analysis/check-analysis.ts';
import type { MetricReply } from '../../src/ports/metrics.ts';
import { evaluate } from '../../src/sim/metrics/promql/evaluate.ts';
import { parsePromql } from '../../src/sim/metrics/promql/parse-promql.ts';
import { createSeriesStore, type SeriesStore } from '../../src/sim/metrics/promql/series-store.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../analysis-templates');
const FILES = globSync('*.yaml', { cwd: FOLDER }).toSorted();

function read(file: string): AnalysisTemplate {
  const raw: KubeObject = parse(readFileSync(path.join(FOLDER, file), 'utf8'));
  const parsed = parseAnalysisTemplate(raw);
  if (!parsed.ok) return assert.fail(JSON.stringify(parsed.problems));
  assert.deepEqual(JSON.parse(JSON.stringify(parsed.value)), raw, `${file} holds a field that the schema does not know`);
  return parsed.value;
}

describe('the templates that come with Sluice', () => {
  it('are there', () => assert.deepEqual(FILES, ['latency.yaml', 'success-rate.yaml']));

  for (const file of FILES) {
    it(`${file} type-checks, uses no unknown field and is named like its file`, () => {
      const template = read(file);
      const { problems, unsupported } = readAnalysis(template.spec, { resolved: false });
      assert.deepEqual([...problems, ...unsupported], []);
      assert.equal(`${template.metadata.name}.yaml`, file);
    });
  }
});

const END: Instant = instant(60_000);

/** Measures the template's one metric on what the counters were at the start and a minute later. */
function measure(file: string, given: Readonly<Record<string, string>>, fill: (store: SeriesStore) => void): string {
  const template = read(file);
  const args = new Map([...(template.spec.args ?? []).map((arg) => [arg.name, arg.value] as const), ...Object.entries(given)]);
  const values = [...args].map(([name, value]) => ({ name, value }));
  const [metric] = readAnalysis({ ...template.spec, args: values }, { resolved: true }).metrics;
  assert.ok(metric?.question.type === 'prometheus');
  const store = createSeriesStore(millis(3600_000));
  fill(store);
  const value = evaluate(parsePromql(metric.question.query), store, END);
  assert.ok(value.type === 'vector');
  const samples = value.samples.map((sample) => sample.value);
  const reply: MetricReply = samples.length === 0 ? { kind: 'empty', warnings: 0 } : { kind: 'vector', values: samples, warnings: 0 };
  return assessReply(metric, { metric: metric.name, startedAt: END, finishedAt: END, reply }).phase;
}

const ARGS = { service: 'checkout', 'canary-hash': 'abc' };

function count(store: SeriesStore, labels: Readonly<Record<string, string>>, from: number, to: number): void {
  for (const at of [1, 15, 30, 45, 60]) {
    store.append({ service: 'checkout', pod_template_hash: 'abc', ...labels }, instant(at * 1000), from + ((to - from) * at) / 60);
  }
}

describe('success-rate', () => {
  const requests = (store: SeriesStore, code: string, to: number, extra = {}): void =>
    count(store, { __name__: 'http_requests_total', code, ...extra }, 0, to);
  const table: readonly (readonly [string, (store: SeriesStore) => void, string])[] = [
    ['good traffic', (store) => requests(store, '200', 1000), 'Successful'],
    [
      'one error in a hundred',
      (store) => {
        requests(store, '200', 990);
        requests(store, '500', 10);
      },
      'Successful',
    ],
    [
      'one error in ten',
      (store) => {
        requests(store, '200', 900);
        requests(store, '503', 100);
      },
      'Failed',
    ],
    ['nothing but errors', (store) => requests(store, '500', 100), 'Failed'],
    ['no series', () => undefined, 'Inconclusive'],
    ['no traffic', (store) => requests(store, '200', 0), 'Inconclusive'],
    [
      'errors of another revision',
      (store) => {
        requests(store, '200', 100);
        requests(store, '500', 900, { pod_template_hash: 'old' });
      },
      'Successful',
    ],
  ];
  for (const [what, fill, phase] of table) it(`${what}: ${phase}`, () => assert.equal(measure('success-rate.yaml', ARGS, fill), phase));
});

describe('latency', () => {
  const buckets = (store: SeriesStore, fast: number, all: number): void => {
    for (const [le, to] of [
      ['0.1', fast],
      ['0.5', fast],
      ['1', all],
      ['+Inf', all],
    ] as const)
      count(store, { __name__: 'http_request_duration_seconds_bucket', le }, 0, to);
  };
  it('judges the 95th percentile', () => {
    assert.equal(
      measure('latency.yaml', ARGS, (store) => buckets(store, 990, 1000)),
      'Successful',
    );
    assert.equal(
      measure('latency.yaml', ARGS, (store) => buckets(store, 900, 1000)),
      'Failed',
    );
    assert.equal(
      measure('latency.yaml', ARGS, () => undefined),
      'Inconclusive',
    );
  });
});
