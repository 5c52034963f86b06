import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisPhase, Metric } from '../../src/api/analysis.ts';
import { instant } from '../../src/api/time.ts';
import { decideAnalysisRun } from '../../src/core/analysis/decide.ts';
import { addMeasurement, emptyResult, withPhase } from '../../src/core/analysis/metric-state.ts';
import { errorAsksForAbort, verdictOf } from '../../src/core/rollout/verdict.ts';
import { drive, metricOf, resolvedOf, runOf, type Short, START } from './runs.ts';

interface Row {
  readonly what: string;
  readonly metric: Partial<Metric>;
  readonly answers: readonly Short[];
  readonly phase: AnalysisPhase;
  /** How many of the answers are asked for before the run ends. */
  readonly asked: number;
}

const good = 1;
const bad = 0.1;
const between = 0.9;
const many = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

const ROWS: readonly Row[] = [
  {
    what: 'one measurement is enough without an interval',
    metric: { interval: undefined },
    answers: [good],
    phase: 'Successful',
    asked: 1,
  },
  { what: 'one failure without an interval', metric: { interval: undefined }, answers: [bad], phase: 'Failed', asked: 1 },
  { what: 'count measurements succeed', metric: { count: 3 }, answers: [good, good, good], phase: 'Successful', asked: 3 },
  { what: 'an interval without count goes on', metric: {}, answers: many(20, good), phase: 'Running', asked: 20 },
  { what: 'count 0 is no count', metric: { count: 0 }, answers: many(20, good), phase: 'Running', asked: 20 },
  { what: 'failureLimit 0: the first failure', metric: { count: 5 }, answers: [good, bad, good], phase: 'Failed', asked: 2 },
  {
    what: 'failureLimit 2: the third failure',
    metric: { count: 9, failureLimit: 2 },
    answers: [bad, good, bad, good, bad, good],
    phase: 'Failed',
    asked: 5,
  },
  {
    what: 'failures within the limit',
    metric: { count: 4, failureLimit: 2 },
    answers: [bad, good, bad, good],
    phase: 'Successful',
    asked: 4,
  },
  {
    what: 'failures within the limit and no success prove nothing',
    metric: { count: 2, failureLimit: 2 },
    answers: [bad, bad],
    phase: 'Inconclusive',
    asked: 2,
  },
  { what: 'inconclusiveLimit 0: the first inconclusive', metric: { count: 5 }, answers: [good, between], phase: 'Inconclusive', asked: 2 },
  {
    what: 'inconclusiveLimit 2: the third',
    metric: { count: 9, inconclusiveLimit: 2 },
    answers: [between, between, good, between],
    phase: 'Inconclusive',
    asked: 4,
  },
  {
    what: 'inconclusive within the limit',
    metric: { count: 3, inconclusiveLimit: 2 },
    answers: [between, good, between],
    phase: 'Successful',
    asked: 3,
  },
  {
    what: 'only inconclusive within the limit',
    metric: { count: 2, inconclusiveLimit: 2 },
    answers: [between, between],
    phase: 'Inconclusive',
    asked: 2,
  },
  { what: 'the fifth error in a row', metric: { count: 3 }, answers: many<Short>(9, 'down'), phase: 'Error', asked: 5 },
  {
    what: 'four errors in a row and then a value, again and again',
    metric: { count: 3 },
    answers: [...many<Short>(4, 'down'), good, ...many<Short>(4, 'down'), good, good],
    phase: 'Successful',
    asked: 11,
  },
  { what: 'consecutiveErrorLimit 0: the first error', metric: { consecutiveErrorLimit: 0 }, answers: ['down'], phase: 'Error', asked: 1 },
  {
    what: 'errors do not count as measurements',
    metric: { count: 2 },
    answers: ['down', good, 'down', good],
    phase: 'Successful',
    asked: 4,
  },
  {
    what: 'consecutiveSuccessLimit reached',
    metric: { consecutiveSuccessLimit: 2, failureLimit: -1 },
    answers: [good, bad, good, good],
    phase: 'Successful',
    asked: 4,
  },
  {
    what: 'failureLimit -1 never fails by number',
    metric: { consecutiveSuccessLimit: 3, failureLimit: -1 },
    answers: many(20, bad),
    phase: 'Running',
    asked: 20,
  },
  {
    what: 'only the success limit is in force and count is reached',
    metric: { count: 3, consecutiveSuccessLimit: 3, failureLimit: -1 },
    answers: [good, bad, good],
    phase: 'Failed',
    asked: 3,
  },
  {
    what: 'both limits are in force and count is reached',
    metric: { count: 4, consecutiveSuccessLimit: 3, failureLimit: 1 },
    answers: [good, bad, good, good],
    phase: 'Inconclusive',
    asked: 4,
  },
  {
    what: 'an inconclusive value breaks a row of successes',
    metric: { consecutiveSuccessLimit: 2, inconclusiveLimit: 5 },
    answers: [good, between, good, good],
    phase: 'Successful',
    asked: 4,
  },
  {
    what: 'a breach is not hidden by errors around it',
    metric: { count: 9, failureLimit: 1 },
    answers: ['down', bad, 'down', 'down', 'down', 'down', bad],
    phase: 'Failed',
    asked: 7,
  },
  {
    what: 'a breach is not hidden by inconclusive values around it',
    metric: { count: 9, failureLimit: 1, inconclusiveLimit: 3 },
    answers: [between, bad, between, between, bad],
    phase: 'Failed',
    asked: 5,
  },
  { what: 'no data pauses', metric: {}, answers: ['empty'], phase: 'Inconclusive', asked: 1 },
  { what: 'NaN pauses', metric: {}, answers: ['nan'], phase: 'Inconclusive', asked: 1 },
  {
    what: 'no data within the inconclusive limit waits for data',
    metric: { count: 3, inconclusiveLimit: 2 },
    answers: ['empty', 'nan', good],
    phase: 'Successful',
    asked: 3,
  },
  { what: 'noData Pass', metric: { count: 2, noData: 'Pass' }, answers: ['empty', 'nan'], phase: 'Successful', asked: 2 },
  { what: 'noData Fail', metric: { noData: 'Fail' }, answers: ['nan'], phase: 'Failed', asked: 1 },
  {
    what: 'noData Pass does not make infinity a pass',
    metric: { noData: 'Pass', successCondition: 'result[0] > 0.5', failureCondition: undefined },
    answers: ['inf'],
    phase: 'Inconclusive',
    asked: 1,
  },
  {
    what: 'a condition may say itself what no data means',
    metric: { count: 1, successCondition: 'len(result) == 0 || result[0] > 0.9', failureCondition: undefined },
    answers: ['empty'],
    phase: 'Successful',
    asked: 1,
  },
  {
    what: 'noData is stronger than the condition',
    metric: { count: 1, noData: 'Fail', successCondition: 'len(result) == 0 || result[0] > 0.9', failureCondition: undefined },
    answers: ['empty'],
    phase: 'Failed',
    asked: 1,
  },
  { what: 'several series for a condition on one', metric: { consecutiveErrorLimit: 0 }, answers: ['two'], phase: 'Error', asked: 1 },
  {
    what: 'several series for a condition on all',
    metric: { count: 1, successCondition: 'result.all(x, x > 0.9)', failureCondition: undefined },
    answers: ['two'],
    phase: 'Successful',
    asked: 1,
  },
  { what: 'a partial answer is no answer', metric: { consecutiveErrorLimit: 0 }, answers: ['warn'], phase: 'Error', asked: 1 },
  {
    what: 'no condition: a value is a success',
    metric: { count: 1, successCondition: undefined, failureCondition: '' },
    answers: [bad],
    phase: 'Successful',
    asked: 1,
  },
  {
    what: 'no condition: no data is not',
    metric: { count: 1, successCondition: undefined, failureCondition: undefined },
    answers: ['empty'],
    phase: 'Inconclusive',
    asked: 1,
  },
  {
    what: 'only a failure condition that does not hold is a success',
    metric: { count: 1, successCondition: undefined },
    answers: [between],
    phase: 'Successful',
    asked: 1,
  },
  {
    what: 'failure wins over a successCondition that cannot be computed',
    metric: { count: 1, successCondition: 'result[1] > 1.0' },
    answers: [bad],
    phase: 'Failed',
    asked: 1,
  },
  {
    what: 'failure wins over success',
    metric: { count: 1, successCondition: 'result[0] < 1.0' },
    answers: [bad],
    phase: 'Failed',
    asked: 1,
  },
];

describe("an AnalysisRun's machine", () => {
  for (const { what, metric, answers, phase, asked } of ROWS) {
    it(`${what}: ${phase}`, () => {
      const driven = drive(runOf([metricOf(metric)]), { sli: answers });
      assert.equal(driven.run.status?.phase, phase);
      assert.equal(driven.asked, asked);
      const verdict = {
        Successful: 'Pass',
        Failed: 'Breach',
        Error: 'Unknown',
        Inconclusive: 'Unknown',
        Running: 'Pending',
        Pending: 'Pending',
      }[phase];
      assert.equal(verdictOf(driven.run), verdict);
    });
  }

  it('a breach comes first even where a limit was lowered on a metric that had errors and inconclusive values as well', () => {
    const phases = ['Failed', 'Inconclusive', 'Error', 'Error'] as const;
    const strict = resolvedOf(metricOf({ consecutiveErrorLimit: 1 }));
    const result = phases.reduce((sum, phase) => addMeasurement(strict, sum, { phase }), emptyResult('sli'));
    assert.equal(withPhase(strict, result, false).phase, 'Failed');
    assert.equal(withPhase({ ...strict, failureLimit: 1 }, result, false).phase, 'Error');
    assert.equal(withPhase({ ...strict, failureLimit: 1, consecutiveErrorLimit: 2 }, result, false).phase, 'Inconclusive');
  });

  it('a metric that ends badly ends the others, and the worst phase is the run', () => {
    const metrics = [metricOf({ name: 'a', count: 5 }), metricOf({ name: 'b', count: 5 }), metricOf({ name: 'c', count: 5 })];
    const driven = drive(runOf(metrics), { a: [good, bad], b: [good, good], c: [good, 'nan'] });
    assert.equal(driven.run.status?.phase, 'Failed');
    assert.deepEqual(
      driven.run.status?.metricResults?.map((result) => result.phase),
      ['Failed', 'Successful', 'Inconclusive'],
    );
    assert.match(driven.run.status?.message ?? '', /metric a Failed: failed \(1\) > failureLimit \(0\), last value 0\.1$/);
    assert.deepEqual(driven.last.due, []);
  });

  it('terminate stops measuring: what succeeded stands, what was never measured proves nothing', () => {
    const driven = drive(runOf([metricOf()]), { sli: [good, good] });
    const ended = decideAnalysisRun(
      { run: { ...driven.run, spec: { ...driven.run.spec, terminate: true } }, problems: [] },
      [],
      driven.now,
    );
    assert.deepEqual([ended.status.phase, ended.due, ended.requeueAt], ['Successful', [], undefined]);
    assert.equal(drive(runOf([metricOf()], { terminate: true }), {}).run.status?.phase, 'Inconclusive');
  });

  it('onError decides what a provider that cannot be asked means', () => {
    const down: Readonly<Record<string, readonly Short[]>> = { a: many<Short>(5, 'down'), b: [good] };
    const pair = (onError: Metric['onError']): readonly Metric[] => [
      metricOf({ name: 'a', count: 1, onError }),
      metricOf({ name: 'b', count: 1 }),
    ];
    const paused = drive(runOf(pair(undefined)), down).run;
    assert.deepEqual([paused.status?.phase, errorAsksForAbort(paused)], ['Error', false]);
    const aborted = drive(runOf(pair('Abort')), down).run;
    assert.deepEqual([aborted.status?.phase, errorAsksForAbort(aborted), verdictOf(aborted)], ['Error', true, 'Unknown']);
    assert.equal(drive(runOf(pair('Ignore')), down).run.status?.phase, 'Successful');
    const alone = drive(runOf([metricOf({ onError: 'Ignore' })]), { sli: many<Short>(5, 'down') }).run;
    assert.equal(alone.status?.phase, 'Inconclusive', 'ignoring all there is proves nothing');
  });

  it('keeps to the calendar: initialDelay, interval, ten seconds after an error, all from status', () => {
    const run = runOf([metricOf({ initialDelay: '30s', interval: '5m' })]);
    const first = decideAnalysisRun({ run, problems: [] }, [], START);
    assert.deepEqual([first.due, first.requeueAt, first.status.phase], [[], START + 30_000, 'Pending']);
    const waiting = { ...run, status: first.status };
    const at = instant(START + 30_000);
    const due = decideAnalysisRun({ run: waiting, problems: [] }, [], at);
    assert.deepEqual(
      due.due.map(({ metric, question, ordinal }) => [metric, question.type === 'prometheus' && question.query, ordinal]),
      [['sli', 'sli', 1]],
    );
    const take = (value: Short): ReturnType<typeof decideAnalysisRun> => {
      const reply =
        value === 'down'
          ? ({ kind: 'failed', reason: 'timeout', message: 'late', retryable: true } as const)
          : ({ kind: 'scalar', value: 1, warnings: 0 } as const);
      return decideAnalysisRun({ run: waiting, problems: [] }, [{ metric: 'sli', startedAt: at, finishedAt: at, reply }], at);
    };
    assert.equal(take(1).requeueAt, at + 300_000);
    assert.equal(take('down').requeueAt, at + 10_000);
    assert.equal(
      decideAnalysisRun({ run: { ...waiting, status: take(1).status }, problems: [] }, [], instant(START - 3600_000)).requeueAt,
      START - 3600_000 + 300_000,
      'a clock set back waits one interval, not an hour',
    );
  });

  it('asks at most once a second, whatever the interval says', () => {
    const driven = drive(runOf([metricOf({ interval: '100ms' })]), { sli: many(10, good) });
    assert.ok(driven.now - START >= 10_000);
  });

  it('keeps ten measurements and all counts', () => {
    const [result] = drive(runOf([metricOf()]), { sli: many(25, good) }).run.status?.metricResults ?? [];
    assert.equal(result?.measurements?.length, 10);
    assert.deepEqual([result?.count, result?.successful, result?.consecutiveSuccess], [25, 25, 25]);
  });

  it('shows its standing to kstatus', () => {
    const types = (answers: readonly Short[]): readonly string[] =>
      (drive(runOf([metricOf({ count: 2 })]), { sli: answers }).run.status?.conditions ?? []).map(
        ({ type, status, reason }) => `${type}=${status} ${reason}`,
      );
    assert.deepEqual(types([good]), ['Reconciling=True Running', 'Ready=Unknown Running']);
    assert.deepEqual(types([good, good]), ['Ready=True Pass']);
    assert.deepEqual(types([bad]), ['Stalled=True Breach', 'Ready=False Breach']);
    assert.deepEqual(types(['nan']), ['Stalled=True Unknown', 'Ready=False Unknown']);
  });

  it('an ended run is not decided again', () => {
    const { run } = drive(runOf([metricOf({ count: 1 })]), { sli: [good] });
    const later = decideAnalysisRun(
      { run: { ...run, metadata: { ...run.metadata, generation: 2 }, spec: { ...run.spec, terminate: true } }, problems: [] },
      [],
      instant(START + 1e9),
    );
    assert.equal(later.status.phase, 'Successful');
    assert.equal(later.status.observedGeneration, 2);
    assert.equal(later.status.completedAt, run.status?.completedAt);
    assert.equal(later.requeueAt, undefined);
  });
});

describe('an AnalysisRun that cannot be run', () => {
  const phaseAndMessage = (run: ReturnType<typeof runOf>, problems: Parameters<typeof decideAnalysisRun>[0]['problems'] = []): string => {
    const decision = decideAnalysisRun({ run, problems }, [], START);
    assert.deepEqual([decision.due, decision.requeueAt], [[], undefined]);
    return `${decision.status.phase} ${decision.status.message}`;
  };

  it('ends in Error with field and remedy', () => {
    const slo = { name: 'x', objective: 99.9, sli: { events: { total: 'a', bad: 'b' } } };
    assert.match(phaseAndMessage(runOf([metricOf()], { slos: [slo] })), /^Error spec\.slos: Unsupported/);
    assert.match(phaseAndMessage(runOf([])), /^Error spec\.metrics: is empty/);
    assert.match(
      phaseAndMessage(runOf([metricOf({ successCondition: 'result[0] and true' })])),
      /^Error spec\.metrics\[0\]\.successCondition .*write `&&`/,
    );
    const two = metricOf({ provider: { prometheus: { query: 'sli' }, datadog: {} } });
    assert.match(
      phaseAndMessage(runOf([two])),
      /^Error spec\.metrics\[0\]\.provider\.datadog: Unsupported/,
      'a second provider is not ignored',
    );
    assert.match(
      phaseAndMessage(runOf([metricOf({ provider: { datadog: {} } })])),
      /^Error spec\.metrics\[0\]\.provider\.datadog: Unsupported/,
    );
    assert.match(
      phaseAndMessage(runOf([metricOf({ provider: { prometheus: { query: 'x{a="{{args.who}}"}' } } })])),
      /argument who is used but not declared/,
    );
    const unresolved = runOf([metricOf({ provider: { prometheus: { query: 'x{a="{{args.who}}"}' } } })], { args: [{ name: 'who' }] });
    assert.match(phaseAndMessage(unresolved), /argument who has no value/);
    const missing = {
      field: 'spec.metrics[0].provider.prometheus.provider',
      problem: 'there is no MetricProvider default',
      remedy: 'create it',
    };
    assert.match(phaseAndMessage(runOf([metricOf()]), [missing]), /^Error .*no MetricProvider default; create it/);
  });

  it('still says Failed when it measured a breach before', () => {
    const breached = drive(runOf([metricOf({ failureLimit: 1 })]), { sli: [bad] }).run;
    const problem = { field: 'x', problem: 'the provider is gone', remedy: 'create it' };
    const reply = { kind: 'vector', values: [bad], warnings: 0 } as const;
    const taken = { metric: 'sli', startedAt: START, finishedAt: START, reply };
    assert.equal(decideAnalysisRun({ run: breached, problems: [problem] }, [taken], instant(START + 60_000)).status.phase, 'Failed');
    assert.equal(decideAnalysisRun({ run: breached, problems: [problem] }, [], instant(START + 60_000)).status.phase, 'Error');
  });
});
