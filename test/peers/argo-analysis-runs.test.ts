import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisPhase, AnalysisRun, Measurement, Metric, MetricResult } from '../../src/api/analysis.ts';
import { type Instant, instant } from '../../src/api/time.ts';
import { readAnalysis } from '../../src/core/analysis/check-analysis.ts';
import { decideAnalysisRun } from '../../src/core/analysis/decide.ts';
import { verdictOf } from '../../src/core/rollout/verdict.ts';
import type { MetricReply } from '../../src/ports/metrics.ts';
import { resolvedOf, runOf, START } from '../analysis/runs.ts';

const SECOND = 1000;

/** A web metric that needs no credentials, as every test of Argo Rollouts' machine has one. */
function metric(name: string, more: Partial<Metric> = {}): Metric {
  return { name, provider: { prometheus: { query: name } }, ...more };
}

function ago(seconds: number): string {
  return new Date(START - seconds * SECOND).toISOString().replace('.000Z', 'Z');
}

function measured(phase: AnalysisPhase, seconds: number): Measurement {
  return { phase, startedAt: ago(seconds), ...(phase === 'Running' ? {} : { finishedAt: ago(seconds) }) };
}

function result(name: string, more: Partial<MetricResult>): MetricResult {
  return { name, phase: 'Running', ...more };
}

/** A run that has been under way since `startedAgo` seconds, with these results. */
function running(
  metrics: readonly Metric[],
  metricResults: readonly MetricResult[],
  more: Partial<AnalysisRun['spec']> = {},
  startedAgo = 3600,
): AnalysisRun {
  const run = runOf(metrics, more);
  return { ...run, status: { observedGeneration: 1, phase: 'Running', startedAt: ago(startedAgo), metricResults } };
}

function decide(run: AnalysisRun, now: Instant = START) {
  return decideAnalysisRun({ run, problems: [] }, [], now);
}

function phaseOf(run: AnalysisRun, name: string): AnalysisPhase | undefined {
  return decide(run).status.metricResults?.find((one) => one.name === name)?.phase;
}

describe('the calendar of a metric, as Argo Rollouts keeps it', () => {
  const due = (run: AnalysisRun): readonly string[] => decide(run).due.map((one) => one.metric);

  it('measures again once the interval is over', () => {
    const at = (seconds: number) =>
      running(
        [metric('rate', { interval: '60s' })],
        [result('rate', { count: 1, successful: 1, measurements: [measured('Successful', seconds)] })],
      );
    assert.deepEqual([due(at(50)), due(at(61))], [[], ['rate']]);
    assert.equal(decide(at(50)).requeueAt, START + 10 * SECOND);
  });

  it('waits for initialDelay from the start of the run, and for none before it began', () => {
    const metrics = [metric('rate', { initialDelay: '20s' })];
    assert.deepEqual([due(running(metrics, [], {}, 10)), due(running(metrics, [], {}, 20))], [[], ['rate']]);
    assert.deepEqual(due(runOf(metrics)), []);
    assert.equal(decide(running(metrics, [], {}, 10)).requeueAt, START + 10 * SECOND);
  });

  it('measures once without interval and count', () => {
    const metrics = [metric('rate')];
    assert.deepEqual(due(running(metrics, [])), ['rate']);
    const once = decide(running(metrics, [result('rate', { count: 1, successful: 1, measurements: [measured('Successful', 50)] })]));
    assert.deepEqual([once.due, once.status.phase], [[], 'Successful']);
  });

  it('asks for nothing more of any metric once one has failed', () => {
    const metrics = [metric('rate', { interval: '1m' }), metric('latency', { interval: '1m' })];
    assert.deepEqual(due(running(metrics, [])), ['rate', 'latency']);
    const failed = decide(running(metrics, [result('latency', { phase: 'Failed', count: 1, failed: 1 })]));
    assert.deepEqual([failed.due, failed.status.phase], [[], 'Failed']);
  });

  it('asks again ten seconds after an error, whatever the interval', () => {
    for (const interval of [undefined, '5m']) {
      const at = (seconds: number) =>
        running(
          [metric('rate', interval === undefined ? {} : { interval })],
          [result('rate', { error: 1, consecutiveError: 1, measurements: [measured('Error', seconds)] })],
        );
      assert.deepEqual([due(at(9)), due(at(10))], [[], ['rate']], interval);
    }
  });

  it('takes the earliest of all metrics', () => {
    const metrics = [metric('one', { interval: '60s' }), metric('two', { interval: '30s' })];
    const results = metrics.map(({ name }) => result(name, { count: 1, successful: 1, measurements: [measured('Successful', 10)] }));
    assert.equal(decide(running(metrics, results)).requeueAt, START + 20 * SECOND);
  });

  it('refuses a delay that is none, instead of waiting for ever', () => {
    const decision = decide(runOf([metric('rate', { initialDelay: 'soon' })]));
    assert.equal(decision.status.phase, 'Error');
    assert.match(decision.status.message ?? '', /initialDelay/u);
  });
});

describe('the phase of a metric, as Argo Rollouts assesses it', () => {
  interface Row {
    readonly what: string;
    readonly metric: Partial<Metric>;
    readonly result: Partial<MetricResult>;
    /** While the run goes on, and when it is ended. */
    readonly phase: AnalysisPhase;
    readonly ended: AnalysisPhase;
  }
  const both = { failureLimit: 4, consecutiveSuccessLimit: 4, interval: '60s' };
  const rows: readonly Row[] = [
    {
      what: 'failures over failureLimit',
      metric: { failureLimit: 2, interval: '60s' },
      result: { count: 3, failed: 3 },
      phase: 'Failed',
      ended: 'Failed',
    },
    {
      what: 'inconclusive over inconclusiveLimit',
      metric: { inconclusiveLimit: 2, interval: '60s' },
      result: { count: 3, inconclusive: 3 },
      phase: 'Inconclusive',
      ended: 'Inconclusive',
    },
    {
      what: 'errors over the default of 4',
      metric: { interval: '60s' },
      result: { error: 5, consecutiveError: 5 },
      phase: 'Error',
      ended: 'Error',
    },
    {
      what: 'one error over consecutiveErrorLimit 0',
      metric: { interval: '60s', consecutiveErrorLimit: 0 },
      result: { error: 1, consecutiveError: 1 },
      phase: 'Error',
      ended: 'Error',
    },
    {
      what: 'count reached',
      metric: { count: 10, interval: '1s' },
      result: { count: 10, successful: 10 },
      phase: 'Successful',
      ended: 'Successful',
    },
    {
      what: 'count reached with inconclusive ones over the limit',
      metric: { count: 10, interval: '1s' },
      result: { count: 10, successful: 5, inconclusive: 5 },
      phase: 'Inconclusive',
      ended: 'Inconclusive',
    },
    {
      what: 'count reached with failures within the limit',
      metric: { count: 10, interval: '1s', failureLimit: 5 },
      result: { count: 10, successful: 5, failed: 5 },
      phase: 'Successful',
      ended: 'Successful',
    },
    {
      what: 'successes in a row reached, failures off',
      metric: { failureLimit: -1, consecutiveSuccessLimit: 3, interval: '60s' },
      result: { count: 7, failed: 3, successful: 4, consecutiveSuccess: 3 },
      phase: 'Successful',
      ended: 'Successful',
    },
    {
      what: 'successes in a row not reached, failures off',
      metric: { failureLimit: -1, consecutiveSuccessLimit: 5, interval: '60s' },
      result: { count: 7, failed: 3, successful: 4, consecutiveSuccess: 3 },
      phase: 'Running',
      ended: 'Successful',
    },
    {
      what: 'the same with count reached',
      metric: { failureLimit: -1, consecutiveSuccessLimit: 5, count: 7, interval: '60s' },
      result: { count: 7, failed: 3, successful: 4, consecutiveSuccess: 3 },
      phase: 'Failed',
      ended: 'Failed',
    },
    {
      what: 'successes in a row reached before count',
      metric: { failureLimit: -1, consecutiveSuccessLimit: 3, count: 9, interval: '60s' },
      result: { count: 7, failed: 3, successful: 4, consecutiveSuccess: 3 },
      phase: 'Successful',
      ended: 'Successful',
    },
    {
      what: 'both limits, neither decided',
      metric: both,
      result: { count: 7, failed: 3, successful: 4, consecutiveSuccess: 3 },
      phase: 'Running',
      ended: 'Successful',
    },
    {
      what: 'both limits, failures over',
      metric: both,
      result: { count: 9, failed: 5, successful: 4, consecutiveSuccess: 0 },
      phase: 'Failed',
      ended: 'Failed',
    },
    {
      what: 'both limits, successes reached',
      metric: both,
      result: { count: 8, failed: 3, successful: 5, consecutiveSuccess: 4 },
      phase: 'Successful',
      ended: 'Successful',
    },
    {
      what: 'both limits broken at once: the failures win',
      metric: both,
      result: { count: 10, failed: 5, successful: 5, consecutiveSuccess: 4 },
      phase: 'Failed',
      ended: 'Failed',
    },
    {
      what: 'both limits undecided when count is reached',
      metric: { ...both, count: 10 },
      result: { count: 10, failed: 4, successful: 6, consecutiveSuccess: 3 },
      phase: 'Inconclusive',
      ended: 'Inconclusive',
    },
    {
      what: 'both limits, successes reached with count',
      metric: { ...both, count: 10 },
      result: { count: 10, failed: 4, successful: 6, consecutiveSuccess: 4 },
      phase: 'Successful',
      ended: 'Successful',
    },
    {
      what: 'both limits, count not reached, undecided',
      metric: { ...both, count: 10 },
      result: { count: 8, failed: 3, successful: 5, consecutiveSuccess: 3 },
      phase: 'Running',
      ended: 'Successful',
    },
    // Beyond Argo Rollouts, which calls these two Successful once they are ended: nothing that was measured says so (design: Unknown never advances).
    {
      what: 'only failures, within the limit',
      metric: { failureLimit: 3, interval: '60s' },
      result: { count: 3, failed: 3 },
      phase: 'Running',
      ended: 'Inconclusive',
    },
    {
      what: 'only errors, within the limit',
      metric: { interval: '60s' },
      result: { error: 4, consecutiveError: 4 },
      phase: 'Running',
      ended: 'Inconclusive',
    },
  ];
  for (const row of rows) {
    it(`${row.what}: ${row.phase}, and ${row.ended} when the run is ended`, () => {
      const metrics = [metric('rate', row.metric)];
      const results = [result('rate', { ...row.result, measurements: [measured('Successful', 5)] })];
      assert.equal(phaseOf(running(metrics, results), 'rate'), row.phase);
      assert.equal(phaseOf(running(metrics, results, { terminate: true }), 'rate'), row.ended);
    });
  }

  it('without a measurement is Pending, and Inconclusive when the run is ended before it: Argo Rollouts says Successful, which nothing shows', () => {
    const metrics = [metric('rate', { initialDelay: '2h', interval: '1m' })];
    assert.equal(phaseOf(running(metrics, []), 'rate'), 'Pending');
    const ended = decide(running(metrics, [], { terminate: true }));
    assert.deepEqual([ended.status.phase, ended.status.metricResults?.[0]?.phase, ended.due], ['Inconclusive', 'Inconclusive', []]);
  });

  it('counts as Running while a measurement is under way, whatever the earlier ones were', () => {
    const metrics = [metric('rate', { count: 3, interval: '1m' })];
    const results = [result('rate', { count: 1, successful: 1, measurements: [measured('Successful', 60), measured('Running', 5)] })];
    assert.equal(phaseOf(running(metrics, results), 'rate'), 'Running');
  });
});

describe('the phase of a run, as Argo Rollouts puts it together', () => {
  const two = [metric('latency', { interval: '1m' }), metric('rate', { interval: '1m' })];
  const put = (latency: AnalysisPhase, rate: AnalysisPhase, more: Partial<AnalysisRun['spec']> = {}) => {
    const numbers = (phase: AnalysisPhase): Partial<MetricResult> => ({
      phase,
      count: 1,
      successful: phase === 'Successful' ? 1 : 0,
      measurements: [measured(phase, 5)],
    });
    return decide(running(two, [result('latency', numbers(latency)), result('rate', numbers(rate))], more)).status;
  };
  const table: readonly (readonly [AnalysisPhase, AnalysisPhase, AnalysisPhase])[] = [
    ['Successful', 'Running', 'Running'],
    ['Successful', 'Successful', 'Successful'],
    ['Successful', 'Failed', 'Failed'],
    ['Successful', 'Inconclusive', 'Inconclusive'],
    ['Successful', 'Error', 'Error'],
    ['Inconclusive', 'Error', 'Error'],
    ['Error', 'Failed', 'Failed'],
    ['Inconclusive', 'Failed', 'Failed'],
  ];
  for (const [latency, rate, phase] of table) {
    it(`of ${latency} and ${rate} is ${phase}`, () => {
      const status = put(latency, rate);
      assert.equal(status.phase, phase);
      assert.equal(status.completedAt !== undefined, phase !== 'Running', 'completedAt is there once it has ended');
    });
  }

  it('of a failed metric names the metric and the limit', () => {
    const status = decide(running(two, [result('rate', { count: 1, failed: 1, measurements: [measured('Failed', 5)] })])).status;
    assert.match(status.message ?? '', /metric rate Failed: failed \(1\) > failureLimit \(0\)/u);
  });

  it('leaves out metrics that only report, and counts them in dryRunSummary', () => {
    const status = decide(
      running(
        two,
        two.map(({ name }) => result(name, { count: 1, failed: 1, measurements: [measured('Failed', 5)] })),
        { dryRun: [{ metricName: '.*' }] },
      ),
    ).status;
    assert.equal(status.phase, 'Successful');
    assert.deepEqual(status.dryRunSummary, { count: 2, successful: 0, failed: 2, inconclusive: 0, error: 0 });
    assert.deepEqual(
      status.metricResults?.map((one) => [one.dryRun, one.message]),
      [
        [true, 'failed (1) > failureLimit (0)'],
        [true, 'failed (1) > failureLimit (0)'],
      ],
    );
  });

  it('is that of the metrics that count, however those that only report ended', () => {
    const status = decide(
      running(
        two,
        [
          result('latency', { count: 1, inconclusive: 1, measurements: [measured('Inconclusive', 5)] }),
          result('rate', { count: 1, failed: 1, measurements: [measured('Failed', 5)] }),
        ],
        { dryRun: [{ metricName: 'rate' }] },
      ),
    ).status;
    assert.equal(status.phase, 'Inconclusive');
    assert.match(status.message ?? '', /latency Inconclusive: inconclusive \(1\) > inconclusiveLimit \(0\)/u);
  });

  it('is Error when a rule of dryRun or measurementRetention names no metric, or is there twice', () => {
    const wrong: readonly Partial<AnalysisRun['spec']>[] = [
      { dryRun: [{ metricName: 'nothing' }] },
      { dryRun: [{ metricName: 'rate' }, { metricName: 'rate' }] },
      { measurementRetention: [{ metricName: 'nothing', limit: 5 }] },
      {
        measurementRetention: [
          { metricName: 'rate', limit: 5 },
          { metricName: 'rate', limit: 6 },
        ],
      },
    ];
    for (const spec of wrong) assert.equal(decide(runOf(two, spec)).status.phase, 'Error', JSON.stringify(spec));
  });

  it('is Error when an argument has no value', () => {
    const status = decide(
      runOf([metric('rate', { provider: { prometheus: { query: 'x{a="{{args.a}}"}' } } })], { args: [{ name: 'a' }] }),
    ).status;
    assert.equal(status.phase, 'Error');
    assert.match(status.message ?? '', /argument a has no value/u);
  });
});

describe('a run that has ended', () => {
  const ended = (phase: AnalysisPhase, completedAgo: number | undefined, ttlStrategy: AnalysisRun['spec']['ttlStrategy']): AnalysisRun => ({
    ...runOf([metric('rate')], ttlStrategy === undefined ? {} : { ttlStrategy }),
    status: {
      observedGeneration: 1,
      phase,
      startedAt: ago(3600),
      ...(completedAgo === undefined ? {} : { completedAt: ago(completedAgo) }),
    },
  });
  const table: readonly (readonly [string, AnalysisRun, boolean])[] = [
    ['without ttlStrategy stays', ended('Successful', 9999, undefined), false],
    ['stays until secondsAfterCompletion is over', ended('Successful', 59, { secondsAfterCompletion: 60 }), false],
    ['goes when secondsAfterCompletion is over', ended('Inconclusive', 60, { secondsAfterCompletion: 60 }), true],
    [
      'that was successful goes by secondsAfterSuccess before secondsAfterCompletion',
      ended('Successful', 60, { secondsAfterCompletion: 120, secondsAfterSuccess: 60 }),
      true,
    ],
    [
      'that was successful keeps longer with a longer secondsAfterSuccess',
      ended('Successful', 130, { secondsAfterCompletion: 120, secondsAfterSuccess: 240 }),
      false,
    ],
    ['that failed goes by secondsAfterFailure', ended('Failed', 60, { secondsAfterCompletion: 120, secondsAfterFailure: 60 }), true],
    ['that failed is not touched by secondsAfterSuccess', ended('Failed', 9999, { secondsAfterSuccess: 1 }), false],
    ['that was successful is not touched by secondsAfterFailure', ended('Successful', 9999, { secondsAfterFailure: 1 }), false],
    ['without completedAt stays', ended('Successful', undefined, { secondsAfterCompletion: 1 }), false],
    ['that is still under way stays', { ...ended('Running', undefined, { secondsAfterCompletion: 0 }) }, false],
  ];
  for (const [what, run, removed] of table) it(what, () => assert.equal(decide(run).remove, removed));

  it('looks again when its time to live is over', () => {
    assert.equal(decide(ended('Successful', 20, { secondsAfterCompletion: 60 })).requeueAt, instant(START + 40 * SECOND));
  });

  it('is a Pass only when it was Successful: Failed is a breach, everything else tells nothing', () => {
    const verdicts = (['Successful', 'Failed', 'Error', 'Inconclusive'] as const).map((phase) => verdictOf(ended(phase, 1, undefined)));
    assert.deepEqual(verdicts, ['Pass', 'Breach', 'Unknown', 'Unknown']);
  });
});

describe('the value of a measurement', () => {
  const table: readonly (readonly [MetricReply, string])[] = [
    [{ kind: 'scalar', value: 10, warnings: 0 }, '10'],
    [{ kind: 'vector', values: [10], warnings: 0 }, '[10]'],
    [{ kind: 'vector', values: [10, 11.5], warnings: 0 }, '[10,11.5]'],
    [{ kind: 'scalar', value: Number.NaN, warnings: 0 }, 'NaN'],
    [{ kind: 'scalar', value: Infinity, warnings: 0 }, '+Inf'],
    [{ kind: 'empty', warnings: 0 }, '[]'],
  ];
  for (const [reply, value] of table) {
    it(`is written as ${value}`, () => {
      const taken = [{ metric: 'rate', startedAt: START, finishedAt: START, reply }];
      const { status } = decideAnalysisRun({ run: runOf([metric('rate')]), problems: [] }, taken, START);
      assert.equal(status.metricResults?.[0]?.measurements?.[0]?.value, value);
    });
  }

  it('is judged only when the provider gave all of it: Argo Rollouts notes the warnings and judges what there is', () => {
    const taken = [{ metric: 'rate', startedAt: START, finishedAt: START, reply: { kind: 'scalar', value: 10, warnings: 2 } as const }];
    const { status } = decideAnalysisRun(
      { run: runOf([metric('rate', { successCondition: 'result == 10' })]), problems: [] },
      taken,
      START,
    );
    assert.equal(status.metricResults?.[0]?.measurements?.[0]?.phase, 'Error');
  });
});

describe('the Jobs of measurements', () => {
  it('are kept by the retention of their own metric, where Argo Rollouts counts those of all metrics', () => {
    const job = (name: string): Metric => ({ name, interval: '1s', provider: { job: { spec: {} } } });
    const spec = { measurementRetention: [{ metricName: 'few', limit: 2 }] };
    let run: AnalysisRun = runOf([job('few'), job('many')], spec);
    let surplus: readonly string[] = [];
    for (let step = 0; step < 5; step += 1) {
      const now = instant(START + step * 10 * SECOND);
      const taken = decideAnalysisRun({ run, problems: [] }, [], now).due.map(({ metric: name, ordinal }) => ({
        metric: name,
        startedAt: now,
        finishedAt: now,
        reply: { kind: 'finished', job: `${name}-${ordinal}`, outcome: 'Successful', message: 'done' } as const,
      }));
      const decision = decideAnalysisRun({ run, problems: [] }, taken, now);
      surplus = [...surplus, ...decision.surplusJobs];
      run = { ...run, status: decision.status };
    }
    assert.deepEqual(surplus, ['few-1', 'few-2', 'few-3']);
    assert.deepEqual(
      run.status?.metricResults?.map((one) => one.measurements?.length),
      [2, 5],
    );
  });
});

describe('a metric of a provider that has no adapter here', () => {
  it('is Unsupported by its name alone: what its conditions mean, only that provider could say', () => {
    const foreign: Metric = { name: 'rate', successCondition: 'result.successRate >= 0.95', provider: { newRelic: { query: 'FROM x' } } };
    const { problems, unsupported } = readAnalysis({ metrics: [foreign] }, { resolved: true });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      unsupported.map(({ field }) => field),
      ['spec.metrics[0].provider.newRelic'],
    );
  });
});

describe('the defaults of a metric are those of Argo Rollouts', () => {
  it('no interval is one measurement, an interval without count goes on, and the limits are 0, 0, 4 and off', () => {
    const one = resolvedOf(metric('rate'));
    assert.deepEqual(
      [one.count, one.failureLimit, one.inconclusiveLimit, one.consecutiveErrorLimit, one.consecutiveSuccessLimit, one.retained],
      [1, 0, 0, 4, 0, 10],
    );
    assert.equal(resolvedOf(metric('rate', { interval: '1m' })).count, Infinity);
    assert.equal(resolvedOf(metric('rate', { interval: '1m', count: 0 })).count, Infinity);
    assert.equal(resolvedOf(metric('rate', { interval: '1m', failureLimit: -1, consecutiveSuccessLimit: 1 })).failureLimit, Infinity);
  });
});
