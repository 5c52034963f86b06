import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisRun, AnalysisRunStatus, Metric } from '../../src/api/analysis.ts';
import { instant } from '../../src/api/time.ts';
import { decideAnalysisRun } from '../../src/core/analysis/decide.ts';
import { verdictOf } from '../../src/core/rollout/verdict.ts';
import { drive, metricOf, runOf, type Short, START } from './runs.ts';

const good = 1;
const bad = 0.1;
const many = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

function results(run: AnalysisRun) {
  return new Map((run.status?.metricResults ?? []).map((result) => [result.name, result]));
}

describe('a dry run of a metric', () => {
  const pair = (dry: Partial<Metric>): readonly Metric[] => [
    metricOf({ name: 'judged', count: 2 }),
    metricOf({ name: 'test-1', count: 3, ...dry }),
  ];
  const dryRun = [{ metricName: 'test.*' }];

  it('reports its breach and judges nothing', () => {
    const { run } = drive(runOf(pair({}), { dryRun }), { judged: [good, good], 'test-1': [bad] });
    assert.deepEqual([run.status?.phase, verdictOf(run)], ['Successful', 'Pass']);
    assert.deepEqual([results(run).get('test-1')?.phase, results(run).get('test-1')?.dryRun], ['Failed', true]);
    assert.equal(results(run).get('judged')?.dryRun, undefined);
    assert.deepEqual(run.status?.runSummary, { count: 1, successful: 1, failed: 0, inconclusive: 0, error: 0 });
    assert.deepEqual(run.status?.dryRunSummary, { count: 1, successful: 0, failed: 1, inconclusive: 0, error: 0 });
  });

  it('is measured to its end before the run ends', () => {
    const { run, asked } = drive(runOf(pair({}), { dryRun }), { judged: [good, good], 'test-1': [good, good, good] });
    assert.deepEqual([run.status?.phase, asked], ['Successful', 5]);
  });

  it('is ended with the others once a metric that counts breaches', () => {
    const { run } = drive(runOf(pair({}), { dryRun }), { judged: [bad], 'test-1': [good, good, good] });
    assert.equal(run.status?.phase, 'Failed');
    assert.equal(results(run).get('test-1')?.count, 1);
  });

  it('of every metric judges nothing: the run is Successful and says so', () => {
    const { run } = drive(runOf(pair({}), { dryRun: [{ metricName: '.*' }] }), { judged: [bad], 'test-1': [bad] });
    assert.deepEqual([run.status?.phase, run.status?.message], ['Successful', 'every metric is a dry run: nothing was judged']);
  });

  it('asks for no abort when its provider is down', () => {
    const { run } = drive(runOf(pair({ onError: 'Abort' }), { dryRun }), { judged: [good, good], 'test-1': many<Short>(5, 'down') });
    assert.equal(run.status?.phase, 'Successful');
  });
});

describe('the measurements that are kept', () => {
  const kept = (measurementRetention: NonNullable<AnalysisRun['spec']['measurementRetention']>): number | undefined => {
    const { run } = drive(runOf([metricOf()], { measurementRetention }), { sli: many(60, good) });
    const result = results(run).get('sli');
    assert.equal(result?.count, 60);
    return result?.measurements?.length;
  };

  it('are ten, or as many as the last rule that matches says', () => {
    assert.equal(kept([]), 10);
    assert.equal(kept([{ metricName: 'sl.', limit: 2 }]), 2);
    assert.equal(kept([{ metricName: 'sli', limit: 50 }]), 50);
    assert.equal(kept([{ metricName: 'sli', limit: 0 }]), 10, "0 is Argo's word for the default");
    assert.equal(
      kept([
        { metricName: '.*', limit: 5 },
        { metricName: '^sli$', limit: 30 },
      ]),
      30,
    );
  });

  it('stay within what one object holds', () => {
    const metrics = Array.from({ length: 11 }, (_, index) => metricOf({ name: `m${index}` }));
    const { status } = decideAnalysisRun(
      { run: runOf(metrics, { measurementRetention: [{ metricName: '.*', limit: 100 }] }), problems: [] },
      [],
      START,
    );
    assert.match(status.message ?? '', /spec\.measurementRetention: would keep up to 1100 measurements of 11 metrics, over 1000/);
  });
});

describe('numbers and durations from arguments', () => {
  const args = [
    { name: 'count', value: '2' },
    { name: 'interval', value: '10s' },
    { name: 'limit', value: '1' },
  ];
  const metric = metricOf({
    count: '{{args.count}}',
    interval: '{{ args.interval }}',
    initialDelay: '{{args.interval}}',
    failureLimit: '{{args.limit}}',
  });

  it('work as written values do', () => {
    const driven = drive(runOf([metric], { args }), { sli: [bad, good] });
    assert.deepEqual([driven.run.status?.phase, driven.asked], ['Successful', 2]);
    assert.equal(driven.now - START, 20_000, 'initialDelay, then one interval');
  });

  it('are refused by field and value when they hold something else', () => {
    const wrong = args.map((arg) => ({ ...arg, value: 'soon' }));
    const { status } = decideAnalysisRun({ run: runOf([metric], { args: wrong }), problems: [] }, [], START);
    assert.equal(status.phase, 'Error');
    for (const field of ['count', 'interval', 'initialDelay', 'failureLimit'])
      assert.match(status.message ?? '', new RegExp(`spec\\.metrics\\[0\\]\\.${field} \\(soon\\): is not a`));
  });
});

describe('what status tells while a run goes on', () => {
  it('value, threshold, limits, failures left and the time of the next measurement', () => {
    const metric = metricOf({ count: 5, failureLimit: 2, successCondition: 'result[0] >= {{args.min}}', failureCondition: undefined });
    const { run } = drive(runOf([metric], { args: [{ name: 'min', value: '0.95' }] }), { sli: [good, bad] });
    const { measurements, ...rest } = results(run).get('sli') ?? {};
    assert.equal(measurements?.at(-1)?.value, '[0.1]');
    assert.deepEqual(rest, {
      name: 'sli',
      phase: 'Running',
      count: 2,
      successful: 1,
      failed: 1,
      inconclusive: 0,
      error: 0,
      consecutiveError: 0,
      consecutiveSuccess: 0,
      threshold: 'result[0] >= 0.95',
      limits: { count: 5, failure: 2, inconclusive: 0, consecutiveError: 4 },
      remainingFailures: 1,
      nextMeasurementAt: '2026-01-01T00:02:00Z',
    });
  });

  it('ends with the metric', () => {
    const { run } = drive(runOf([metricOf()]), { sli: [bad] });
    const result = results(run).get('sli');
    assert.deepEqual([result?.remainingFailures, result?.nextMeasurementAt], [undefined, undefined]);
  });
});

describe('the time to live of an ended run', () => {
  const ended = (phase: AnalysisRunStatus['phase'], ttlStrategy: AnalysisRun['spec']['ttlStrategy'], at: number) => {
    const status: AnalysisRunStatus = { observedGeneration: 1, phase, completedAt: '2026-01-01T00:00:00Z' };
    const { remove, requeueAt } = decideAnalysisRun(
      { run: { ...runOf([metricOf()], { ttlStrategy }), status }, problems: [] },
      [],
      instant(START + at * 1000),
    );
    return remove ? 'removed' : requeueAt === undefined ? 'stays' : (requeueAt - START) / 1000;
  };
  const strategy = { secondsAfterCompletion: 100, secondsAfterSuccess: 10, secondsAfterFailure: 50 };
  const table = [
    ['Successful', strategy, 5, 10],
    ['Successful', strategy, 10, 'removed'],
    ['Failed', strategy, 10, 50],
    ['Failed', strategy, 50, 'removed'],
    ['Error', strategy, 50, 100],
    ['Inconclusive', strategy, 101, 'removed'],
    ['Successful', { secondsAfterFailure: 50 }, 1000, 'stays'],
    ['Failed', { secondsAfterCompletion: 0 }, 0, 'removed'],
    ['Failed', undefined, 1e6, 'stays'],
  ] as const;
  for (const [phase, ttl, at, expected] of table)
    it(`${phase} with ${JSON.stringify(ttl)} after ${at} s: ${expected}`, () => assert.equal(ended(phase, ttl, at), expected));

  it('never begins before the run has ended', () => {
    const { last } = drive(runOf([metricOf()], { ttlStrategy: { secondsAfterCompletion: 0 } }), { sli: [good] });
    assert.equal(last.remove, false);
  });

  it('also counts for a run whose spec is wrong', () => {
    const { run } = drive(runOf([], { ttlStrategy: { secondsAfterCompletion: 60 } }), {});
    assert.equal(run.status?.phase, 'Error');
    assert.equal(decideAnalysisRun({ run, problems: [] }, [], START).requeueAt, START + 60_000);
  });
});

describe('a run that is edited under way', () => {
  it('keeps the breach of a metric that can no longer be read', () => {
    const { run } = drive(runOf([metricOf({ count: 9, failureLimit: 1 }), metricOf({ name: 'other' })]), {
      sli: [bad, bad],
      other: [good, good],
    });
    const breached = { ...run, status: { ...run.status, observedGeneration: 1, phase: 'Running' as const } };
    const broken = { ...breached, spec: { ...run.spec, metrics: [metricOf({ provider: { datadog: {} } })] } };
    assert.equal(decideAnalysisRun({ run: broken, problems: [] }, [], instant(START + 180_000)).status.phase, 'Failed');
  });
});
