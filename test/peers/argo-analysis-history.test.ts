import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisRun } from '../../src/api/analysis.ts';
import { ANALYSIS_RUN, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { at, patchObject } from '../../src/sim/scenario/timeline.ts';
import { ask, askAbort, halted, healthyAt } from '../rollouts/lab.ts';
import { applyArgo, argoRollout, jobs, jobTemplate, look, metricsOf, phasesOf, playArgo, rolloutOf, runsOf } from './argo-lab.ts';

const JUDGED = '{canary: {steps: [{setWeight: 50}, {analysis: {templates: [{templateName: check}]}}]}}';
const BEGIN = Date.UTC(2026, 0, 1);

describe('the AnalysisRuns that Argo Rollouts keeps', () => {
  it('are the newest ones, as many successful and as many others as spec.analysis says', async () => {
    const spec = 'analysis: {successfulRunHistoryLimit: 1, unsuccessfulRunHistoryLimit: 1}';
    const bad = (now: number): boolean => now >= BEGIN + 200_000 && now < BEGIN + 400_000;
    const run = await playArgo({
      manifests: [jobTemplate('check'), argoRollout(JUDGED, { spec })],
      rules: [jobs('check', (now) => (bad(now) ? 'fails' : 'completes'))],
      timeline: [
        ...['v2', 'v3', 'v4'].map((tag, index) => at(`${60 + index * 45}s`, applyArgo(argoRollout(JUDGED, { spec, tag })))),
        ...['v5', 'v6'].map((tag, index) => at(`${210 + index * 60}s`, applyArgo(argoRollout(JUDGED, { spec, tag })))),
        at('420s', applyArgo(argoRollout(JUDGED, { spec, tag: 'v7' }))),
      ],
      until: healthyAt(7),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(
      phasesOf(run).toSorted(),
      ['Step Failed', 'Step Successful', 'Step Successful'],
      'the run that status shows is kept beside them',
    );
  });

  it('go with the ReplicaSet of their revision', async () => {
    const spec = 'revisionHistoryLimit: 0';
    const run = await playArgo({
      manifests: [jobTemplate('check'), argoRollout(JUDGED, { spec })],
      rules: [jobs('check', 'completes')],
      timeline: ['v2', 'v3', 'v4'].map((tag, index) => at(`${60 + index * 60}s`, applyArgo(argoRollout(JUDGED, { spec, tag })))),
      until: healthyAt(4),
    });
    assert.equal(run.problems, '');
    const hashes = new Set(run.sim.snapshot(REPLICA_SET).map((set) => set.metadata.labels?.[POD_TEMPLATE_HASH]));
    assert.ok(runsOf(run).every(({ object }) => hashes.has(object.metadata.labels?.[POD_TEMPLATE_HASH])));
  });
});

describe('the run of a step', () => {
  const long = '{canary: {steps: [{setWeight: 50}, {analysis: {templates: [{templateName: check}]}}, {pause: {}}]}}';

  it('is ended by an abort, and a retry makes another one', async () => {
    const run = await playArgo({
      manifests: [jobTemplate('check'), argoRollout(long)],
      rules: [jobs('check', (now) => (now < BEGIN + 100_000 ? 'runs on' : 'completes'))],
      timeline: [
        at('60s', applyArgo(argoRollout(long, { tag: 'v2' }))),
        at(
          '75s',
          look('under way', (stage) => assert.deepEqual(phasesOf(stage), ['Step Running'])),
        ),
        at('76s', askAbort('1')),
        at(
          '90s',
          look('ended', (stage) => assert.deepEqual([rolloutOf(stage).phase, phasesOf(stage)], ['Degraded', ['Step Inconclusive']])),
        ),
        at('101s', ask('retry', '2')),
      ],
      until: halted('Paused'),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Inconclusive', 'Step Successful']);
  });

  it('is ended when a person promotes past the step, and by a full promotion', async () => {
    for (const verb of ['promote', 'promote-full']) {
      const run = await playArgo({
        manifests: [jobTemplate('check'), argoRollout(JUDGED)],
        rules: [jobs('check', 'runs on')],
        timeline: [at('60s', applyArgo(argoRollout(JUDGED, { tag: 'v2' }))), at('80s', ask(verb, '1'))],
        until: healthyAt(2),
      });
      assert.equal(run.problems, '');
      assert.deepEqual(phasesOf(run), ['Step Inconclusive'], verb);
    }
  });

  it('of a revision that is replaced is ended, and the next revision gets its own', async () => {
    const run = await playArgo({
      manifests: [jobTemplate('check'), argoRollout(JUDGED)],
      rules: [jobs('check', (now) => (now < BEGIN + 90_000 ? 'runs on' : 'completes'))],
      timeline: [at('60s', applyArgo(argoRollout(JUDGED, { tag: 'v2' }))), at('80s', applyArgo(argoRollout(JUDGED, { tag: 'v3' })))],
      until: healthyAt(3),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run).toSorted(), ['Step Inconclusive', 'Step Successful']);
  });

  it('that somebody terminates tells nothing: the rollout pauses and goes on when it is resumed', async () => {
    const run = await playArgo({
      manifests: [jobTemplate('check'), argoRollout(JUDGED)],
      rules: [jobs('check', (now) => (now < BEGIN + 100_000 ? 'runs on' : 'completes'))],
      timeline: [
        at('60s', applyArgo(argoRollout(JUDGED, { tag: 'v2' }))),
        at('80s', {
          what: 'terminate the run',
          act: async (stage) => {
            const [only] = runsOf(stage);
            await patchObject(ANALYSIS_RUN, `shop/${only?.name}`, { spec: { terminate: true } }).act(stage);
          },
        }),
        at(
          '95s',
          look('no verdict', (stage) => assert.deepEqual([rolloutOf(stage).phase, phasesOf(stage)], ['Paused', ['Step Inconclusive']])),
        ),
        at('101s', ask('resume', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Inconclusive', 'Step Successful']);
  });

  it('is not made on the first deployment, nor on the way back inside a rollback window', async () => {
    const spec = 'rollbackWindow: {revisions: 3}';
    const run = await playArgo({
      manifests: [jobTemplate('check'), argoRollout(JUDGED, { spec })],
      rules: [jobs('check', 'completes')],
      timeline: [
        at(
          '30s',
          look('the first deployment', (stage) => assert.deepEqual(phasesOf(stage), [])),
        ),
        at('60s', applyArgo(argoRollout(JUDGED, { spec, tag: 'v2' }))),
        at(
          '120s',
          look('judged', (stage) => assert.deepEqual(phasesOf(stage), ['Step Successful'])),
        ),
        at('121s', applyArgo(argoRollout(JUDGED, { spec }))),
      ],
      until: healthyAt(3),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Successful']);
  });
});

describe('an argument from a label of the Rollout', () => {
  it('is the default of the template until the Rollout has the label, which holds nothing up: no run needs it on the first deployment', async () => {
    const labelled = `{canary: {steps: [{setWeight: 50}, {analysis: {templates: [{templateName: check}], args: [{name: duration, valueFrom: {fieldRef: {fieldPath: "metadata.labels['wait']"}}}]}}]}}`;
    const run = await playArgo({
      manifests: [jobTemplate('check'), argoRollout(labelled)],
      rules: [jobs('check', 'completes')],
      timeline: [
        at(
          '30s',
          look('serves', (stage) => assert.equal(rolloutOf(stage).phase, 'Healthy')),
        ),
        at('60s', applyArgo(argoRollout(labelled, { tag: 'v2' }))),
        at('120s', patchObject(ROLLOUT, 'shop/web', { metadata: { labels: { wait: '7' } } })),
        at('121s', applyArgo(argoRollout(labelled, { tag: 'v3' }))),
      ],
      until: healthyAt(3),
    });
    assert.equal(run.problems, '');
    const durations = runsOf(run).map(({ object }) => {
      const { args = [] } = object['spec'] as AnalysisRun['spec'];
      return args.find(({ name }) => name === 'duration')?.value ?? 'none';
    });
    assert.deepEqual(new Set(durations), new Set(['0', '7']));
  });
});

describe('templates of both scopes, and templates of templates', () => {
  it('become one run with every metric once, in the order in which they are named', async () => {
    const cluster = (name: string, spec: string): string => `
apiVersion: argoproj.io/v1alpha1
kind: ClusterAnalysisTemplate
metadata: {name: ${name}}
spec: ${spec}
`;
    const metric = (name: string): string =>
      `{name: ${name}, count: 1, provider: {job: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "t:1"}]}}}}}}`;
    const all = `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: all, namespace: shop}
spec: {templates: [{templateName: own}, {templateName: shared, clusterScope: true}]}
`;
    const own = all.replace('name: all', 'name: own').replace(/spec: .*/u, `spec: {metrics: [${metric('own')}]}`);
    const strategy =
      '{canary: {analysis: {templates: [{templateName: all}, {templateName: shared, clusterScope: true}, {templateName: own}]}, steps: [{setWeight: 50}, {pause: {duration: 10s}}]}}';
    const run = await playArgo({
      manifests: [
        all,
        own,
        cluster('shared', `{metrics: [${metric('shared')}], templates: [{templateName: deeper, clusterScope: true}]}`),
        cluster('deeper', `{metrics: [${metric('deeper')}]}`),
        argoRollout(strategy, { replicas: 2 }),
      ],
      rules: ['own', 'shared', 'deeper'].map((name) => jobs(name, 'completes')),
      timeline: [at('60s', applyArgo(argoRollout(strategy, { replicas: 2, tag: 'v2' })))],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Background Successful']);
    assert.deepEqual(
      metricsOf(run).map(({ name }) => name),
      ['own', 'shared', 'deeper'],
    );
  });
});

describe('templates that are not there, or not in order', () => {
  const table: readonly (readonly [what: string, templates: readonly string[], strategy: string, message: RegExp])[] = [
    ['a missing template of a step', [], JUDGED, /AnalysisTemplate check does not exist/u],
    [
      'a missing template of the background',
      [],
      '{canary: {analysis: {templates: [{templateName: check}]}, steps: [{setWeight: 50}, {pause: {}}]}}',
      /AnalysisTemplate check does not exist/u,
    ],
    [
      'a missing cluster template',
      [],
      '{canary: {analysis: {templates: [{templateName: check, clusterScope: true}]}, steps: [{setWeight: 50}, {pause: {}}]}}',
      /ClusterAnalysisTemplate check does not exist/u,
    ],
    [
      'one metric name in two templates',
      [jobTemplate('check'), jobTemplate('check').replace('metadata: {name: check,', 'metadata: {name: again,')],
      '{canary: {steps: [{setWeight: 50}, {analysis: {templates: [{templateName: check}, {templateName: again}]}}]}}',
      /metric check is in two templates/u,
    ],
    [
      'an argument that nobody gives',
      [jobTemplate('check').replace('{name: exit-code, value: "0"}', '{name: exit-code}')],
      JUDGED,
      /argument exit-code has no value/u,
    ],
  ];
  for (const [what, templates, strategy, message] of table) {
    it(`${what}: Degraded before anything is measured, with what to do`, async () => {
      const run = await playArgo({
        manifests: [...templates, argoRollout(strategy)],
        rules: [jobs('check', 'completes')],
        timeline: [at('60s', applyArgo(argoRollout(strategy, { tag: 'v2' })))],
        until: halted('Degraded'),
      });
      assert.equal(run.problems, '');
      assert.match(rolloutOf(run).message, message);
      assert.deepEqual(phasesOf(run), []);
    });
  }
});
