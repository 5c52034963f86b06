import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisRun, Metric } from '../../src/api/analysis.ts';
import { type Instant, instant } from '../../src/api/time.ts';
import { decideAnalysisRun } from '../../src/core/analysis/decide.ts';
import type { MetricReply } from '../../src/ports/metrics.ts';
import { metricOf, runOf, START } from './runs.ts';

const smoke: Metric = { name: 'smoke', provider: { job: { spec: { template: { args: ['{{args.url}}'] } } } } };
const ARGS = { args: [{ name: 'url', value: 'http://shop' }] };
const running: MetricReply = { kind: 'running', job: 'smoke-1' };

function step(run: AnalysisRun, replies: Readonly<Record<string, MetricReply>>, at: Instant) {
  const first = decideAnalysisRun({ run, problems: [] }, [], at);
  const taken = first.due.map((due) => ({
    metric: due.metric,
    startedAt: due.startedAt ?? at,
    finishedAt: at,
    reply: replies[due.metric] ?? running,
  }));
  const last = decideAnalysisRun({ run, problems: [] }, taken, at);
  return { due: first.due, last, run: { ...run, status: last.status } };
}

describe('a Job under way', () => {
  it('is looked at again under the same ordinal, soon at first, and counts once it has ended', () => {
    const first = step(runOf([smoke], ARGS), {}, START);
    assert.deepEqual(
      first.due.map(({ ordinal, startedAt, question }) => [ordinal, startedAt, question.type === 'job' && question.spec]),
      [[1, undefined, { template: { args: ['http://shop'] } }]],
    );
    assert.deepEqual([first.last.status.phase, first.last.requeueAt], ['Running', START + 1000]);
    const second = step(first.run, {}, instant(START + 50_000));
    assert.deepEqual([second.due[0]?.ordinal, second.due[0]?.startedAt, second.last.requeueAt], [1, START, START + 60_000]);
    const done = step(
      second.run,
      { smoke: { kind: 'finished', job: 'smoke-1', outcome: 'Successful', message: 'done' } },
      instant(START + 60_000),
    );
    assert.deepEqual([done.last.status.phase, done.last.surplusJobs, done.last.status.metricResults?.[0]?.count], ['Successful', [], 1]);
    assert.equal(done.last.status.metricResults?.[0]?.measurements?.length, 1);
  });

  it('is ended at once when another metric breaches, and then proves nothing', () => {
    const first = step(runOf([smoke, metricOf()], ARGS), { sli: { kind: 'vector', values: [1], warnings: 0 } }, START);
    const second = step(first.run, { sli: { kind: 'vector', values: [0.1], warnings: 0 } }, instant(START + 60_000));
    assert.deepEqual([second.last.status.phase, second.last.surplusJobs], ['Failed', ['smoke-1']]);
    const result = second.last.status.metricResults?.[0];
    assert.deepEqual([result?.phase, result?.measurements?.at(-1)?.phase, result?.count ?? 0], ['Inconclusive', 'Inconclusive', 0]);
  });

  it('is ended even when it began in the very pass in which another metric breached', () => {
    const only = step(runOf([smoke, metricOf()], ARGS), { sli: { kind: 'vector', values: [0.1], warnings: 0 } }, START);
    assert.deepEqual([only.last.status.phase, only.last.surplusJobs], ['Failed', ['smoke-1']]);
  });

  it('is ended by terminate', () => {
    const first = step(runOf([smoke], ARGS), {}, START);
    const ended = decideAnalysisRun(
      { run: { ...first.run, spec: { ...first.run.spec, terminate: true } }, problems: [] },
      [],
      instant(START + 5000),
    );
    assert.deepEqual([ended.status.phase, ended.surplusJobs, ended.due], ['Inconclusive', ['smoke-1'], []]);
  });

  it('takes no condition: its exit code tells', () => {
    const { status } = decideAnalysisRun({ run: runOf([{ ...smoke, successCondition: 'result == 1' }], ARGS), problems: [] }, [], START);
    assert.match(status.message ?? '', /successCondition: has no result to look at: a Job completes or fails; remove it/);
  });
});
