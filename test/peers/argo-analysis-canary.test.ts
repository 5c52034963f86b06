import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { at } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, conditionsAtEnd, halted, healthyAt } from '../rollouts/lab.ts';
import {
  answers,
  applyArgo,
  argoRollout,
  jobs,
  jobTemplate,
  look,
  metricsOf,
  phasesOf,
  playArgo,
  rolloutOf,
  runsOf,
  stableRevision,
} from './argo-lab.ts';

/** A metric that reads a version endpoint every five seconds, at an address that an argument of the template holds. */
function webTemplate(name: string, conditions: readonly string[]): string {
  return `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: ${name}, namespace: shop}
spec:
  args: [{name: endpoint, value: "https://version.example.com/api/version"}]
  metrics:
  - name: version
    interval: 5s
${conditions.map((line) => `    ${line}`).join('\n')}
    provider: {web: {url: "{{args.endpoint}}"}}
`;
}

/** The phase of the background analysis as the Rollout's status shows it. */
function backgroundOf(stage: Parameters<typeof rolloutOf>[0]): unknown {
  const canary = rolloutOf(stage).status['canary'] as { readonly currentBackgroundAnalysisRunStatus?: { readonly status: string } };
  return canary.currentBackgroundAnalysisRunStatus?.status;
}

const VERSION = answers('GET https://version.example.com/api/version', { major: '1', status: 0 });
const HEALTHY_FIRST = look('the first deployment has no analysis', (stage) => {
  assert.equal(rolloutOf(stage).phase, 'Healthy');
  assert.deepEqual(phasesOf(stage), []);
});

describe('a background analysis of a canary', () => {
  const strategy = '{canary: {analysis: {templates: [{templateName: version}]}, steps: [{setWeight: 10}, {pause: {}}]}}';

  it('does not run on the first deployment, runs from the first step on, and is ended as Successful by the promotion', async () => {
    const run = await playArgo({
      manifests: [webTemplate('version', ["successCondition: result.major == '1'"]), argoRollout(strategy)],
      rules: [VERSION],
      timeline: [
        at('30s', HEALTHY_FIRST),
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '60s',
          look('the pause step', (stage) => {
            assert.equal(rolloutOf(stage).phase, 'Paused');
            assert.deepEqual(phasesOf(stage), ['Background Running']);
            assert.equal(backgroundOf(stage), 'Running');
          }),
        ),
        at('61s', ask('promote', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Background Successful']);
  });

  it('pauses with the reason InconclusiveAnalysisRun once there are more inconclusive measurements than inconclusiveLimit', async () => {
    const conditions = ['inconclusiveLimit: 3', 'successCondition: result.status == 999', 'failureCondition: result.status == -1'];
    const run = await playArgo({
      manifests: [webTemplate('version', conditions), argoRollout(strategy)],
      rules: [VERSION],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '40s',
          look('measuring', (stage) => {
            assert.equal(rolloutOf(stage).phase, 'Paused');
            assert.deepEqual(phasesOf(stage), ['Background Running']);
          }),
        ),
        at(
          '2m',
          look('no verdict', (stage) => {
            assert.match(rolloutOf(stage).message, /InconclusiveAnalysisRun/u);
          }),
        ),
      ],
      until: rolloutIs('shop/web', 'Paused', (status) => JSON.stringify(status['pauseConditions']).includes('InconclusiveAnalysisRun')),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Background Inconclusive']);
    assert.equal(metricsOf(run)[0]?.inconclusive, 4);
    assert.ok(
      conditionsAtEnd(run).includes('Ready=Unknown/InconclusiveAnalysisRun'),
      'the pause that somebody has to end, before the pause step',
    );
    assert.equal(stableRevision(run), '1');
  });

  it('that is a Job which the promotion outlives ends Inconclusive, never Successful, and does not hold the promotion', async () => {
    const timed = '{canary: {analysis: {templates: [{templateName: long}]}, steps: [{setWeight: 10}, {pause: {duration: 10s}}]}}';
    const run = await playArgo({
      manifests: [jobTemplate('long'), argoRollout(timed)],
      rules: [jobs('long', 'runs on')],
      timeline: [
        at('31s', applyArgo(argoRollout(timed, { tag: 'v2' }))),
        at(
          '38s',
          look('the Job runs', (stage) => assert.deepEqual(phasesOf(stage), ['Background Running'])),
        ),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Background Inconclusive']);
    const [result] = metricsOf(run);
    assert.deepEqual([result?.phase, result?.measurements?.at(-1)?.phase], ['Inconclusive', 'Inconclusive']);
  });

  it('that is a Job over its deadline is Failed and aborts', async () => {
    const timed = '{canary: {analysis: {templates: [{templateName: long}]}, steps: [{setWeight: 10}, {pause: {duration: 60s}}]}}';
    const begin = Date.UTC(2026, 0, 1);
    const run = await playArgo({
      manifests: [jobTemplate('long'), argoRollout(timed)],
      rules: [jobs('long', (now) => (now < begin + 45_000 ? 'runs on' : 'fails'))],
      timeline: [at('31s', applyArgo(argoRollout(timed, { tag: 'v2' })))],
      until: halted('Degraded'),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Background Failed']);
    assert.equal(metricsOf(run)[0]?.failed, 1);
    assert.equal(stableRevision(run), '1');
  });

  it('that can never start pauses the rollout while the analysis of the step runs on', async () => {
    const both =
      '{canary: {analysis: {templates: [{templateName: broken}]}, steps: [{setWeight: 10}, {analysis: {templates: [{templateName: long}]}}]}}';
    const run = await playArgo({
      manifests: [jobTemplate('broken'), jobTemplate('long'), argoRollout(both)],
      rules: [jobs('broken', 'cannot start'), jobs('long', 'runs on')],
      timeline: [at('31s', applyArgo(argoRollout(both, { tag: 'v2' })))],
      until: halted('Paused'),
      more: { quiet: '0s' },
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run).toSorted(), ['Background Inconclusive', 'Step Running']);
  });

  it('begins at startingStep, not before', async () => {
    const late =
      '{canary: {analysis: {startingStep: 2, templates: [{templateName: version}]}, steps: [{setWeight: 10}, {pause: {}}, {setWeight: 50}, {pause: {}}]}}';
    const run = await playArgo({
      manifests: [webTemplate('version', ["successCondition: result.major == '1'"]), argoRollout(late, { replicas: 2 })],
      rules: [VERSION],
      timeline: [
        at('31s', applyArgo(argoRollout(late, { replicas: 2, tag: 'v2' }))),
        at(
          '60s',
          look('step 1', (stage) => assert.deepEqual(phasesOf(stage), [])),
        ),
        at('61s', ask('promote', '1')),
        at(
          '90s',
          look('step 3', (stage) => assert.deepEqual(phasesOf(stage), ['Background Running'])),
        ),
        at('91s', ask('promote', '2')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Background Successful']);
  });

  it('gets the labels of the selector and the metadata that the Rollout gives it', async () => {
    const labelled =
      '{canary: {analysis: {templates: [{templateName: version}], analysisRunMetadata: {labels: {team: checkout, app: other}, annotations: {why: background}}}, steps: [{setWeight: 10}, {pause: {}}]}}';
    const run = await playArgo({
      manifests: [webTemplate('version', ["successCondition: result.major == '1'"]), argoRollout(labelled)],
      rules: [VERSION],
      timeline: [at('31s', applyArgo(argoRollout(labelled, { tag: 'v2' })))],
      until: halted('Paused'),
      more: { quiet: '0s' },
    });
    assert.equal(run.problems, '');
    const [only] = runsOf(run);
    assert.deepEqual([only?.object.metadata.labels?.['team'], only?.object.metadata.labels?.['app']], ['checkout', 'web']);
    assert.equal(only?.object.metadata.annotations?.['why'], 'background');
    assert.equal(only.name, `web-${rolloutOf(run).status.currentPodHash}-2`, 'Rollout, revision hash and ordinal');
  });

  it('is ended when the Rollout names no analysis any more', async () => {
    const without = '{canary: {steps: [{setWeight: 10}, {pause: {}}]}}';
    const run = await playArgo({
      manifests: [webTemplate('version', ["successCondition: result.major == '1'"]), argoRollout(strategy)],
      rules: [VERSION],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '60s',
          look('running', (stage) => assert.deepEqual(phasesOf(stage), ['Background Running'])),
        ),
        at('61s', applyArgo(argoRollout(without, { tag: 'v2' }))),
        at(
          '80s',
          look('ended', (stage) => assert.deepEqual(phasesOf(stage), ['Background Successful'])),
        ),
        at('81s', ask('promote', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
  });
});

describe('an analysis step of a canary', () => {
  it('gets a run of its own each time: one before the pause, two behind it', async () => {
    const check = '{analysis: {templates: [{templateName: check}]}}';
    const strategy = `{canary: {steps: [{setWeight: 10}, ${check}, {pause: {}}, ${check}, ${check}]}}`;
    const run = await playArgo({
      manifests: [jobTemplate('check'), argoRollout(strategy)],
      rules: [jobs('check', 'completes')],
      timeline: [
        at('30s', HEALTHY_FIRST),
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '60s',
          look('the pause', (stage) => {
            assert.equal(rolloutOf(stage).phase, 'Paused');
            assert.deepEqual(phasesOf(stage), ['Step Successful']);
          }),
        ),
        at('61s', ask('promote', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(
      runsOf(run).map(({ step, phase }) => `${step} ${phase}`),
      ['1 Successful', '3 Successful', '4 Successful'],
    );
  });

  const two = (name: string, first: readonly string[], second: readonly string[]): string => {
    const metric = (id: string, lines: readonly string[]): string =>
      [
        `  - name: ${id}`,
        ...lines.map((line) => `    ${line}`),
        '    provider: {job: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "t:1"}]}}}}}',
      ].join('\n');
    return `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: ${name}, namespace: shop}
spec:
  metrics:
${metric('early', first)}
${metric('late', second)}
`;
  };

  it('of two metrics is Running until the one with the initialDelay has been measured as well', async () => {
    const strategy = '{canary: {steps: [{setWeight: 10}, {pause: {}}, {analysis: {templates: [{templateName: two}]}}]}}';
    const run = await playArgo({
      manifests: [two('two', ['count: 1'], ['count: 1', 'initialDelay: 10s']), argoRollout(strategy)],
      rules: [jobs('early', 'completes'), jobs('late', 'completes')],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at('60s', ask('promote', '1')),
        at(
          '65s',
          look('half measured', (stage) => assert.deepEqual(phasesOf(stage), ['Step Running'])),
        ),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Successful']);
  });

  it('fails as soon as one metric is over its failureLimit, however long another one still waits', async () => {
    const strategy = '{canary: {steps: [{setWeight: 10}, {pause: {}}, {analysis: {templates: [{templateName: two}]}}]}}';
    const run = await playArgo({
      manifests: [two('two', ['count: 2', 'interval: 1s', 'failureLimit: 1'], ['count: 1', 'initialDelay: 10000s']), argoRollout(strategy)],
      rules: [jobs('early', 'fails'), jobs('late', 'completes')],
      timeline: [at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))), at('60s', ask('promote', '1'))],
      until: halted('Degraded'),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Failed']);
    assert.deepEqual(
      metricsOf(run).map((result) => [result.name, result.failed ?? 0]),
      [
        ['early', 2],
        ['late', 0],
      ],
    );
  });

  it('whose Job is over its deadline is Failed and aborts', async () => {
    const strategy = '{canary: {steps: [{setWeight: 10}, {analysis: {templates: [{templateName: long}]}}]}}';
    const begin = Date.UTC(2026, 0, 1);
    const run = await playArgo({
      manifests: [jobTemplate('long'), argoRollout(strategy)],
      rules: [jobs('long', (now) => (now < begin + 45_000 ? 'runs on' : 'fails'))],
      timeline: [at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' })))],
      until: halted('Degraded'),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Failed']);
  });

  it('whose Job cannot pull its image is Inconclusive and pauses, without a pause step', async () => {
    const strategy = '{canary: {steps: [{setWeight: 10}, {analysis: {templates: [{templateName: broken}]}}]}}';
    const run = await playArgo({
      manifests: [jobTemplate('broken'), argoRollout(strategy)],
      rules: [jobs('broken', 'cannot start')],
      timeline: [at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' })))],
      until: halted('Paused'),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Inconclusive']);
    assert.deepEqual(
      (rolloutOf(run).status['pauseConditions'] as readonly { reason: string }[]).map(({ reason }) => reason),
      ['InconclusiveAnalysisRun'],
    );
  });

  it('takes its counts, intervals, limits and texts from arguments', async () => {
    const template = `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: greets, namespace: shop}
spec:
  args: [{name: every, value: "100s"}, {name: runs, value: "10"}, {name: failures}, {name: greeting}, {name: host, value: "https://hello.example.com"}]
  metrics:
  - name: greets
    count: "{{args.runs}}"
    interval: "{{args.every}}"
    initialDelay: "{{args.every}}"
    failureLimit: "{{args.failures}}"
    successCondition: result == "{{args.greeting}}"
    provider: {web: {url: "{{args.host}}/greeting", jsonPath: "{$.message}"}}
`;
    const given =
      '[{name: failures, value: "2"}, {name: every, value: "5s"}, {name: runs, value: "3"}, {name: greeting, value: "Well met!"}]';
    const strategy = `{canary: {steps: [{setWeight: 25}, {analysis: {templates: [{templateName: greets}], args: ${given}}}, {pause: {}}]}}`;
    const run = await playArgo({
      manifests: [template, argoRollout(strategy)],
      rules: [answers('GET https://hello.example.com/greeting', 'Well met!')],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '80s',
          look('measured', (stage) => {
            assert.deepEqual(phasesOf(stage), ['Step Successful']);
            assert.equal(metricsOf(stage)[0]?.count, 3);
          }),
        ),
        at('81s', ask('promote', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.equal(stableRevision(run), '2');
  });

  it('of several templates is one run with all their metrics, and the arguments of the Rollout win over every default', async () => {
    const template = (name: string, args: string, metrics: readonly string[]): string => `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: ${name}, namespace: shop}
spec:
  args: ${args}
  metrics:
${metrics.map((metric) => `  - {name: ${metric}, count: 1, provider: {web: {url: "https://{{args.host}}/repos/{{args.repo}}"}}}`).join('\n')}
`;
    const given = '[{name: host, value: api.example.com}, {name: repo, value: shop/web}]';
    const strategy = `{canary: {steps: [{analysis: {templates: [{templateName: one}, {templateName: other}], args: ${given}}}]}}`;
    const run = await playArgo({
      manifests: [
        template('one', '[{name: host, value: never}, {name: repo}]', ['m1', 'm2']),
        template('other', '[{name: host}, {name: repo, value: never}]', ['m3', 'm4']),
        argoRollout(strategy),
      ],
      rules: [answers('GET https://api.example.com/repos/shop/web', { ok: true })],
      timeline: [at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' })))],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Successful']);
    assert.deepEqual(
      metricsOf(run).map((result) => result.name),
      ['m1', 'm2', 'm3', 'm4'],
    );
  });

  it('with a Secret as the source of an argument is refused by name: credentials belong to a MetricProvider (M3)', async () => {
    const template = `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: secretive, namespace: shop}
spec:
  args: [{name: host, valueFrom: {secretKeyRef: {name: hosts, key: hello}}}]
  metrics: [{name: m, provider: {web: {url: "{{args.host}}"}}}]
`;
    const strategy = '{canary: {steps: [{setWeight: 25}, {analysis: {templates: [{templateName: secretive}]}}]}}';
    const run = await playArgo({
      manifests: [template, argoRollout(strategy)],
      timeline: [at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' })))],
      until: halted('Degraded'),
    });
    assert.equal(run.problems, '');
    assert.match(rolloutOf(run).message, /valueFrom\.secretKeyRef.*MetricProvider/u);
    assert.deepEqual([stableRevision(run), phasesOf(run)], ['1', []]);
  });
});
