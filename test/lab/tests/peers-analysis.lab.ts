import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisRun } from '../../../src/api/analysis.ts';
import { ANALYSIS_RUN, JOB } from '../../../src/api/kinds.ts';
import { ANALYSIS_TYPE } from '../../../src/api/labels.ts';
import { parseAnalysisRun } from '../../../src/api/parse.ts';
import { moved } from '../../peers/argo-lab.ts';
import { kubectl } from './support/installation.ts';
import { peersStage } from './support/peers-stage.ts';
import { until } from './support/until.ts';

const SECONDS = 90;
const NAMESPACE = 'peers-analysis';

/** A template of one Job: it runs for a while and ends with an exit code, both by arguments. */
function jobTemplate(name: string, more = ''): string {
  return `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: ${name}}
spec:
  args: [{name: run-for, value: 1s}, {name: exit, value: "0"}]
  metrics:
  - name: ${name}
    count: 1
    provider:
      job:
        spec:
          backoffLimit: 0
          ${more}
          template:
            metadata: {annotations: {lab.sluice.dev/run-for: "{{args.run-for}}", lab.sluice.dev/exit: "{{ args.exit }}"}}
            spec: {restartPolicy: Never, containers: [{name: check, image: "tools:1"}]}
`;
}

function rollout(name: string, tag: string, strategy: string, spec = ''): string {
  return `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: ${name}}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: app, image: "app:${tag}"}]}}
  ${spec}
  strategy: ${strategy}
`;
}

function service(name: string, app: string): string {
  return `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${app}}, ports: [{port: 80, targetPort: 8080}]}
`;
}

describe('manifests of Argo Rollouts on a real API server, with nothing but their apiVersion changed', () => {
  const hands = peersStage({ namespace: NAMESPACE, values: { analysisJobs: { enabled: true } } });
  const { lab, cluster, read, untilStatus, untilHealthy, selected, ask } = hands;

  const create = (manifest: string, ...more: readonly string[]): Promise<string> =>
    kubectl(lab, ['create', '-n', NAMESPACE, '-f', '-', ...more], manifest);
  const apply = (...manifests: readonly string[]): Promise<string> => hands.apply(...manifests.map(moved));

  async function runsOf(name: string): Promise<readonly AnalysisRun[]> {
    const { items } = await cluster.list(ANALYSIS_RUN, { namespace: NAMESPACE });
    return items
      .filter((object) => object.metadata.ownerReferences?.some((owner) => owner.name === name) === true)
      .flatMap((object) => {
        const parsed = parseAnalysisRun(object);
        return parsed.ok ? [parsed.value] : [];
      });
  }

  async function phasesOf(name: string): Promise<readonly string[]> {
    return (await runsOf(name)).map((run) => `${run.metadata.labels?.[ANALYSIS_TYPE]} ${run.status?.phase}`).toSorted();
  }

  it('analysis steps run Jobs, one run for each step, and a promotion by a person goes on behind the pause', async () => {
    const check = '{analysis: {templates: [{templateName: check}]}}';
    const strategy = `{canary: {steps: [{setWeight: 10}, ${check}, {pause: {}}, ${check}]}}`;
    await apply(jobTemplate('check'), rollout('inline', 'v1', strategy));
    await untilHealthy('inline', 1);
    assert.deepEqual(await phasesOf('inline'), []);
    await apply(rollout('inline', 'v2', strategy));
    await untilStatus('inline', 'paused', (status) => status.pauseConditions?.[0]?.reason === 'CanaryPauseStep');
    assert.deepEqual(await phasesOf('inline'), ['Step Successful']);
    await ask('inline', 'promote');
    await untilHealthy('inline', 2);
    assert.deepEqual(await phasesOf('inline'), ['Step Successful', 'Step Successful']);
    const jobs = (await cluster.list(JOB, { namespace: NAMESPACE })).items.filter((job) => job.metadata.name.startsWith('check-'));
    assert.equal(jobs.length, 2);
  });

  it('a Job that ends with another exit code than 0, and one over its activeDeadlineSeconds, are Failed and abort', async () => {
    const failing =
      '{canary: {steps: [{setWeight: 10}, {analysis: {templates: [{templateName: failing}], args: [{name: exit, value: "1"}]}}]}}';
    const late =
      '{canary: {analysis: {templates: [{templateName: late}], args: [{name: run-for, value: 10m}]}, steps: [{setWeight: 10}, {pause: {}}]}}';
    await apply(
      jobTemplate('failing'),
      jobTemplate('late', 'activeDeadlineSeconds: 3'),
      rollout('fails', 'v1', failing),
      rollout('late', 'v1', late),
    );
    await untilHealthy('fails', 1);
    await untilHealthy('late', 1);
    await apply(rollout('fails', 'v2', failing), rollout('late', 'v2', late));
    for (const [name, phases] of [
      ['fails', ['Step Failed']],
      ['late', ['Background Failed']],
    ] as const) {
      const status = await untilStatus(name, 'Degraded', ({ phase, abort }) => phase === 'Degraded' && abort === true);
      assert.notEqual(status?.currentPodHash, status?.stableRS);
      assert.deepEqual(await phasesOf(name), phases);
    }
  });

  it('a background Job that the release outlives is ended as Inconclusive, and its Job is deleted', async () => {
    const strategy =
      '{canary: {analysis: {templates: [{templateName: long}], args: [{name: run-for, value: 10m}]}, steps: [{setWeight: 10}, {pause: {duration: 5s}}]}}';
    await apply(jobTemplate('long'), rollout('outlived', 'v1', strategy));
    await untilHealthy('outlived', 1);
    await apply(rollout('outlived', 'v2', strategy));
    await untilHealthy('outlived', 2);
    await until(
      'the run is Inconclusive',
      async () => ((await phasesOf('outlived')).includes('Background Inconclusive') ? true : undefined),
      SECONDS,
    );
    await until(
      'no Job is left of it',
      async () =>
        (await cluster.list(JOB, { namespace: NAMESPACE })).items.some((job) => job.metadata.name.startsWith('long-')) ? undefined : true,
      SECONDS,
    );
  });

  it('blue-green is judged before and behind the switch, and goes back when the second verdict is bad', async () => {
    const strategy = (exit: string): string =>
      `{blueGreen: {activeService: bg-active, previewService: bg-preview, autoPromotionEnabled: false, prePromotionAnalysis: {templates: [{templateName: pre}]}, postPromotionAnalysis: {templates: [{templateName: post}], args: [{name: exit, value: "${exit}"}]}}}`;
    await apply(
      service('bg-active', 'bg'),
      service('bg-preview', 'bg'),
      jobTemplate('pre'),
      jobTemplate('post'),
      rollout('bg', 'v1', strategy('1')),
    );
    await untilHealthy('bg', 1);
    const first = await selected('bg-active');
    await apply(rollout('bg', 'v2', strategy('1')));
    await untilStatus('bg', 'paused before the switch', (status) => status.phase === 'Paused' && status.revision === 2);
    assert.deepEqual(await phasesOf('bg'), ['PrePromotion Successful']);
    assert.deepEqual([await selected('bg-active'), (await selected('bg-preview')) === first], [first, false]);
    await ask('bg', 'promote');
    const status = await untilStatus('bg', 'Degraded', ({ phase, abort }) => phase === 'Degraded' && abort === true);
    assert.equal(status?.stableRS, first);
    await until('the active Service is back', async () => ((await selected('bg-active')) === first ? true : undefined), SECONDS);
    assert.deepEqual(await phasesOf('bg'), ['PostPromotion Failed', 'PrePromotion Successful']);
  });

  it('an AnalysisRun of its own, with a generated name, measures, keeps to its limits, and goes when its time to live is over', async () => {
    const run = moved(`
apiVersion: argoproj.io/v1alpha1
kind: AnalysisRun
metadata: {generateName: alone-}
spec:
  ttlStrategy: {secondsAfterCompletion: 3}
  metrics:
  - name: alone
    count: 2
    interval: 1s
    failureLimit: 1
    provider:
      job:
        spec:
          backoffLimit: 0
          template:
            metadata: {annotations: {lab.sluice.dev/exit: "3"}}
            spec: {restartPolicy: Never, containers: [{name: check, image: "tools:1"}]}
`);
    const made = await create(run, '-o', 'name');
    const name = made.trim().split('/').at(-1) ?? '';
    assert.match(name, /^alone-/u);
    await until(
      'it has failed twice',
      async () => {
        const raw = await cluster.get(ANALYSIS_RUN, { namespace: NAMESPACE, name });
        const parsed = raw === undefined ? undefined : parseAnalysisRun(raw);
        const result = parsed?.ok === true ? parsed.value.status : undefined;
        return result?.phase === 'Failed' && result.metricResults?.[0]?.failed === 2 ? true : undefined;
      },
      SECONDS,
    );
    await until(
      'it is gone',
      async () => ((await cluster.get(ANALYSIS_RUN, { namespace: NAMESPACE, name })) === undefined ? true : undefined),
      SECONDS,
    );
  });

  it('what its schema refuses is refused by kubectl, with the field and what would be right', async () => {
    const bad = moved(jobTemplate('bad')).replace('count: 1', 'count: 5');
    await assert.rejects(create(bad), /interval is needed when count is more than 1/u);
    const success = moved(jobTemplate('bad')).replace('count: 1', 'count: 2\n    interval: 1s\n    consecutiveSuccessLimit: 3');
    await assert.rejects(create(success), /consecutiveSuccessLimit must not exceed count/u);
  });

  it('a workloadRef may become a template with a selector, and the Rollout goes on', async () => {
    const referring = `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: ref}
spec:
  replicas: 1
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: ref}
  strategy: {canary: {steps: [{setWeight: 50}]}}
`;
    const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ref}
spec:
  replicas: 0
  selector: {matchLabels: {app: ref}}
  template: {metadata: {labels: {app: ref}}, spec: {containers: [{name: app, image: "app:v1"}]}}
`;
    await apply(referring);
    await untilStatus('ref', 'Degraded for want of its Deployment', (status) => status.phase === 'Degraded');
    await apply(deployment);
    const status = await untilHealthy('ref', 1);
    assert.equal(status?.workloadObservedGeneration, '1');
    await apply(rollout('ref', 'v2', '{canary: {steps: [{setWeight: 50}]}}'));
    await untilHealthy('ref', 2);
    assert.equal((await read('ref'))?.status?.workloadObservedGeneration, undefined);
  });
});
