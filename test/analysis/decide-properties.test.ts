import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { Metric } from '../../src/api/analysis.ts';
import { parseAnalysisRun } from '../../src/api/parse.ts';
import { verdictOf } from '../../src/core/rollout/verdict.ts';
import { drive, metricOf, runOf, type Short } from './runs.ts';

const shorts = fc.array(fc.constantFrom<Short>(1, 1, 1, 0.1, 0.9, 'empty', 'nan', 'inf', 'two', 'warn', 'down', 'down'), { maxLength: 30 });

const metrics: fc.Arbitrary<Metric> = fc
  .record({
    interval: fc.constantFrom('10s', '1m'),
    count: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
    failureLimit: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    inconclusiveLimit: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    consecutiveErrorLimit: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
    consecutiveSuccessLimit: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
    noData: fc.constantFrom(undefined, 'Pause' as const, 'Pass' as const),
    onError: fc.constantFrom(undefined, 'Pause' as const, 'Abort' as const, 'Ignore' as const),
  })
  .map((changes) => metricOf(changes));

const OPTIONS = { seed: 20_260_101, numRuns: 1500 };

describe('any sequence of measurements', () => {
  it('never breaks a decision off, and leaves a status that reads back as an AnalysisRun', () => {
    fc.assert(
      fc.property(metrics, metrics, shorts, shorts, (a, b, first, second) => {
        const { run } = drive(
          runOf([
            { ...a, name: 'a' },
            { ...b, name: 'b' },
          ]),
          { a: first, b: second },
        );
        assert.ok(parseAnalysisRun(JSON.parse(JSON.stringify(run))).ok);
      }),
      OPTIONS,
    );
  });

  it('never passes with more failures than the limit, nor without one success of every metric that counts', () => {
    fc.assert(
      fc.property(metrics, shorts, (metric, answers) => {
        const { run } = drive(runOf([metric]), { sli: answers });
        if (verdictOf(run) !== 'Pass') return;
        const [result] = run.status?.metricResults ?? [];
        assert.ok((result?.failed ?? 0) <= Number(metric.failureLimit ?? 0));
        assert.ok((result?.successful ?? 0) > 0);
      }),
      OPTIONS,
    );
  });

  it('never hides a breach: failures over the limit are Failed, whatever else was measured', () => {
    fc.assert(
      fc.property(metrics, shorts, (metric, answers) => {
        const { run } = drive(runOf([metric]), { sli: answers });
        const failed = run.status?.metricResults?.[0]?.failed ?? 0;
        assert.equal(verdictOf(run) === 'Breach', failed > Number(metric.failureLimit ?? 0));
      }),
      OPTIONS,
    );
  });

  it('depends on nothing but the written status: a run read back halfway ends the same', () => {
    fc.assert(
      fc.property(metrics, shorts, (metric, answers) => {
        const whole = drive(runOf([metric]), { sli: answers });
        const half = drive(runOf([metric]), { sli: answers.slice(0, whole.asked >> 1) });
        const parsed = parseAnalysisRun(JSON.parse(JSON.stringify(half.run)));
        assert.ok(parsed.ok);
        const rest = drive(parsed.value, { sli: answers.slice(half.asked) }, half.now);
        assert.equal(half.asked + rest.asked, whole.asked);
        assert.deepEqual(JSON.parse(JSON.stringify(rest.run.status)), JSON.parse(JSON.stringify(whole.run.status)));
      }),
      { ...OPTIONS, numRuns: 300 },
    );
  });
});
