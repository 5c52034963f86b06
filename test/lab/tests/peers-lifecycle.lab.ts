import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANALYSIS_RUN,
  DEPLOYMENT,
  NAMESPACE as NAMESPACE_KIND,
  POD,
  REPLICA_SET,
  SERVICE,
  VIRTUAL_SERVICE,
} from '../../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../../src/api/labels.ts';
import { ISTIO_CRDS } from '../../../src/sim/router/istio/istio-crds.ts';
import { at } from '../../contract/fixtures.ts';
import { moved } from '../../peers/argo-lab.ts';
import { rollout, services } from '../../peers/peer-manifests.ts';
import { ingress } from '../../peers/peer-routes.ts';
import { ensureNamespace } from '../run/furnish.ts';
import { peersStage } from './support/peers-stage.ts';
import { rolloutHands } from './support/rollout-hands.ts';
import { rolloutPods } from './support/rollout-pods.ts';
import { until } from './support/until.ts';

const NAMESPACE = 'peers-lifecycle';
const SECONDS = 60;

/** A Rollout whose pods carry annotations: how the lab's pods behave. */
function behaving(manifest: string, annotations: Readonly<Record<string, string>>): string {
  const lines = Object.entries(annotations).map(([name, value]) => `\n        lab.sluice.dev/${name}: "${value}"`);
  return manifest.replace('  template:\n    metadata:', `  template:\n    metadata:\n      annotations:${lines.join('')}`);
}

const TEMPLATE = (name: string): string =>
  moved(`
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: ${name}}
spec:
  args: [{name: rev, value: notset}]
  metrics:
  - name: ${name}
    provider:
      job:
        spec:
          backoffLimit: 0
          template:
            metadata: {labels: {rev: "{{ args.rev }}"}}
            spec: {restartPolicy: Never, containers: [{name: check, image: "tools:1"}]}
---
`);

/** Played all at once: each Rollout has names of its own, and most of the time is waiting. */
describe('the life of Rollouts that Argo Rollouts runs, on a real API server', { concurrency: true }, () => {
  const { lab, cluster, read, untilStatus, untilPhase, untilHealthy, selected, run, apply, ask, patch, update } = peersStage({
    namespace: NAMESPACE,
    crds: ISTIO_CRDS,
    values: { routers: { istio: { enabled: true }, nginx: { enabled: true } }, analysisJobs: { enabled: true } },
  });
  const { setOf, podsOf, untilPods } = rolloutPods(cluster, NAMESPACE);

  const namesOf = async (name: string, revision: number): Promise<readonly string[]> =>
    (await podsOf(name, revision)).map((pod) => pod.metadata.name).toSorted();

  it('is Degraded at the progress deadline while slow pods start, and Paused by itself once they serve', async () => {
    const name = 'slow';
    const manifest = rollout({ name, replicas: 3, spec: 'progressDeadlineSeconds: 3', canary: 'steps: [{setWeight: 20}, {pause: {}}]' });
    await apply(behaving(manifest, { 'ready-delay': '8s' }));
    await untilPhase(name, 'Degraded');
    await untilPhase(name, 'Healthy');
    await update(name, 'two');
    await untilPhase(name, 'Degraded');
    await untilPhase(name, 'Paused');
    await untilPods(name, { 1: 3, 2: 1 });
  });

  it('recovers from a first revision that crashes, and from a second one that is replaced in the middle', async () => {
    const name = 'crashing';
    const manifest = rollout({ name, replicas: 4, spec: 'progressDeadlineSeconds: 5', canary: 'maxSurge: 1\nmaxUnavailable: 0' });
    const fails = (value: string | null): Promise<string> =>
      patch(name, { spec: { template: { metadata: { annotations: { 'lab.sluice.dev/fail': value } } } } });
    await apply(behaving(manifest, { fail: 'crash-loop' }));
    await untilPhase(name, 'Degraded');
    await fails(null);
    await untilHealthy(name, 2);
    await untilPods(name, { 1: 0, 2: 4 });
    await fails('image-pull');
    await untilPhase(name, 'Degraded');
    await untilPods(name, { 2: 4, 3: 1 });
    await update(name, 'four', {});
    await fails(null);
    await untilStatus(name, 'Healthy again', ({ phase, revision }) => phase === 'Healthy' && (revision ?? 0) > 3);
  });

  it('restarts its pods by evictions: none against a PodDisruptionBudget, every one once that is gone', async () => {
    const name = 'restarted';
    const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: ${name}}
spec: {minAvailable: 2, selector: {matchLabels: {app: ${name}}}}
---
`;
    await apply(`${budget}${rollout({ name, replicas: 2, canary: 'maxSurge: 0\nmaxUnavailable: 1' })}`);
    await untilPhase(name, 'Healthy');
    const before = await namesOf(name, 1);
    await ask(name, 'restart');
    await untilStatus(name, 'waits for the budget', ({ message }) => /budget|disruption/iu.test(message ?? ''));
    assert.deepEqual(await namesOf(name, 1), before);
    await run('delete', 'poddisruptionbudget', name);
    await until(
      'every pod is another one',
      async () => {
        const now = await namesOf(name, 1);
        return now.length === 2 && now.every((one) => !before.includes(one)) ? true : undefined;
      },
      SECONDS,
      () => namesOf(name, 1),
    );
    await untilHealthy(name, 1);
    assert.equal(await setOf(name, 2), undefined, 'a restart is no revision');
  });

  it('is judged by an argument from a label that comes later, not at all on the way back inside its window, and keeps as many ReplicaSets as it says', async () => {
    const name = 'window';
    const canary = `steps:
- setWeight: 50
- analysis:
    templates: [{templateName: ${name}}]
    args: [{name: rev, valueFrom: {fieldRef: {fieldPath: "metadata.labels['rev']"}}}]`;
    await apply(
      `${TEMPLATE(name)}${rollout({ name, replicas: 2, spec: 'rollbackWindow: {revisions: 3}\nrevisionHistoryLimit: 1', canary })}`,
    );
    await untilHealthy(name, 1);
    const runs = async (): Promise<readonly unknown[]> => {
      const { items } = await cluster.list(ANALYSIS_RUN, { namespace: NAMESPACE });
      const own = items.filter((object) => object.metadata.name.startsWith(`${name}-`));
      return own.map((object) => at(object, 'spec.args.0.value')).toSorted((left, right) => String(left).localeCompare(String(right)));
    };
    assert.deepEqual(await runs(), []);
    await update(name, 'two', { metadata: { labels: { rev: 'two' } } });
    await untilHealthy(name, 2);
    assert.deepEqual(await runs(), ['two']);
    await update(name, 'three', { metadata: { labels: { rev: 'three' } } });
    await untilHealthy(name, 3);
    await update(name, 'two', { metadata: { labels: { rev: 'two' } } });
    await untilHealthy(name, 4);
    const sets = async (): Promise<readonly string[]> => {
      const { items } = await cluster.list(REPLICA_SET, { namespace: NAMESPACE });
      return items.filter((set) => set.metadata.name.startsWith(`${name}-`)).map((set) => set.metadata.name);
    };
    await until('two ReplicaSets are left', async () => ((await sets()).length === 2 ? true : undefined), SECONDS, sets);
    assert.deepEqual(await runs(), ['three', 'two'], 'the way back was judged by nothing');
  });

  it('takes its Deployment down while it grows with scaleDown progressively, and leaves it alone with never', async () => {
    const deployment = (name: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}-old}
spec:
  replicas: 3
  selector: {matchLabels: {app: ${name}}}
  template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: a, image: "a:1"}]}}
---
`;
    const referring = (name: string, scaleDown: string): string => `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: ${name}}
spec:
  replicas: 3
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: ${name}-old, scaleDown: ${scaleDown}}
  strategy: {canary: {}}
---
`;
    const size = async (name: string): Promise<unknown> =>
      at(await cluster.get(DEPLOYMENT, { namespace: NAMESPACE, name }), 'spec.replicas');
    await apply(deployment('gives-way'), deployment('stays'));
    await run('rollout', 'status', 'deployment/gives-way-old', '--timeout=60s');
    await apply(referring('gives-way', 'progressively'), referring('stays', 'never'));
    await Promise.all([untilHealthy('gives-way', 1), untilHealthy('stays', 1)]);
    await until(
      'the Deployment is empty',
      async () => ((await size('gives-way-old')) === 0 ? true : undefined),
      SECONDS,
      () => size('gives-way-old'),
    );
    assert.equal(await size('stays-old'), 3);
    assert.equal((await read('gives-way'))?.spec.template, undefined, 'nothing of the Deployment is written into the Rollout');
  });

  it('gives live pods the labels of the part that their revision plays, in place', async () => {
    const name = 'dressed';
    const canary =
      'canaryMetadata: {labels: {role: canary}}\nstableMetadata: {labels: {role: stable}}\nsteps: [{setWeight: 50}, {pause: {}}]';
    const roles = async (revision: number): Promise<readonly unknown[]> =>
      (await podsOf(name, revision)).map((pod) => pod.metadata.labels?.['role']);
    const untilRoles = (revision: number, role: string) =>
      until(
        `the pods of revision ${revision} are ${role}`,
        async () => {
          const found = await roles(revision);
          return found.length > 0 && found.every((one) => one === role) ? true : undefined;
        },
        SECONDS,
        () => roles(revision),
      );
    await apply(rollout({ name, replicas: 2, canary }));
    await untilPhase(name, 'Healthy');
    await untilRoles(1, 'stable');
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    await untilRoles(2, 'canary');
    await untilRoles(1, 'stable');
    const [first = ''] = await namesOf(name, 2);
    await ask(name, 'promote');
    await untilHealthy(name, 2);
    await untilRoles(2, 'stable');
    assert.ok((await namesOf(name, 2)).includes(first), 'the pod is the same one');
  });

  it('keeps former blue-green sides for their delay and their limit, and becomes a canary in one edit', async () => {
    const name = 'sides';
    const active = `activeService: ${name}\nscaleDownDelaySeconds: 6\nscaleDownDelayRevisionLimit: 1`;
    await apply(`${services(name, name)}${rollout({ name, replicas: 2, blueGreen: active })}`);
    await untilHealthy(name, 1);
    await update(name, 'two');
    await untilHealthy(name, 2);
    await untilPods(name, { 1: 2, 2: 2 });
    await update(name, 'three');
    await untilHealthy(name, 3);
    await untilPods(name, { 1: 0, 3: 2 });
    await untilPods(name, { 2: 0, 3: 2 });
    assert.equal(await selected(name), (await setOf(name, 3))?.metadata.labels?.[POD_TEMPLATE_HASH]);
    await patch(name, { spec: { strategy: { blueGreen: null, canary: { maxSurge: 1 } } } });
    await until(
      'the Service selects every pod',
      async () => ((await selected(name)) === undefined ? true : undefined),
      SECONDS,
      () => selected(name),
    );
    await untilHealthy(name, 3);
    await untilPods(name, { 3: 2 });
  });

  it('is Paused with dynamicStableScale once stable has become smaller, and has all of it back before an aborted canary goes', async () => {
    const name = 'dynamic';
    const canary = `canaryService: ${name}-canary
stableService: ${name}-stable
dynamicStableScale: true
trafficRouting: {nginx: {stableIngress: ${name}}}
steps: [{setWeight: 75}, {pause: {}}]`;
    const route = ingress(`${name}-stable`).replace('name: web', `name: ${name}`);
    await apply(`${services(name, `${name}-canary`, `${name}-stable`)}${route}${rollout({ name, replicas: 4, canary })}`);
    await untilHealthy(name, 1);
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    assert.equal(at(await setOf(name, 1), 'spec.replicas'), 1);
    await untilPods(name, { 1: 1, 2: 3 });
    await ask(name, 'abort');
    await untilPods(name, { 1: 4, 2: 3 });
    await untilPods(name, { 1: 4, 2: 0 });
    const stable = (await setOf(name, 1))?.metadata.labels?.[POD_TEMPLATE_HASH];
    await until('the canary Service is stable', async () => ((await selected(`${name}-canary`)) === stable ? true : undefined), SECONDS);
  });

  it('gives its Services their selector back when it is deleted, and its pods go with it', async () => {
    const name = 'deleted';
    await apply(
      `${services(name, `${name}-canary`, `${name}-stable`)}${rollout({ name, replicas: 2, canary: `canaryService: ${name}-canary\nstableService: ${name}-stable` })}`,
    );
    await untilHealthy(name, 1);
    await until('both select a revision', async () => (await selected(`${name}-canary`)) ?? undefined, SECONDS);
    await run('delete', 'rollouts.sluice.dev', name, '--timeout=60s');
    for (const side of ['canary', 'stable']) {
      const found = await cluster.get(SERVICE, { namespace: NAMESPACE, name: `${name}-${side}` });
      assert.deepEqual(at(found, 'spec.selector'), { app: name });
    }
    const pods = async (): Promise<number> =>
      (await cluster.list(POD, { namespace: NAMESPACE, labelSelector: `app=${name}` })).items.length;
    await until('the pods are gone', async () => ((await pods()) === 0 ? true : undefined), SECONDS, pods);
  });

  it('takes fields with nothing behind them, and those that only a router gives a meaning', async () => {
    const name = 'bare';
    const canary =
      'analysis:\nmaxSurge:\nabortScaleDownDelaySeconds: 5\nminPodsPerReplicaSet: 2\nsteps:\n- setWeight: 50\n  pause:\n- pause: {}';
    await apply(rollout({ name, spec: 'replicas:\nworkloadRef:\nanalysis: null', canary, pod: 'nodeSelector:' }));
    await untilHealthy(name, 1);
    await untilPods(name, { 1: 1 });
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    await untilPods(name, { 1: 1, 2: 1 });
  });

  it('tells which quota keeps its pods away, and goes on when there is room', async () => {
    const name = 'crowded';
    const room = 'peers-crowded';
    const hands = rolloutHands(lab, cluster, room);
    await ensureNamespace(cluster, room);
    await hands.run('create', 'quota', 'small', '--hard=pods=2');
    await hands.apply(rollout({ name, replicas: 3, canary: '{}' }));
    const told = await hands.untilStatus(name, 'names the quota', ({ message }) => message?.includes('exceeded quota: small') === true);
    const failure = told.conditions?.find(({ type }) => type === 'ReplicaFailure');
    assert.deepEqual([failure?.status, failure?.reason], ['True', 'FailedCreate']);
    await hands.run('delete', 'quota', 'small');
    const healthy = await hands.untilStatus(name, 'Healthy', ({ phase }) => phase === 'Healthy');
    assert.equal(
      healthy.conditions?.some(({ type }) => type === 'ReplicaFailure'),
      false,
    );
    await hands.run('delete', 'rollouts.sluice.dev', name, '--timeout=60s');
    await cluster.remove(NAMESPACE_KIND, { name: room });
  });

  it('tells what is wrong with a pod template that the API server refuses while the former one serves, and goes on with a better one', async () => {
    const name = 'refused';
    await apply(rollout({ name, replicas: 2, canary: '{}' }));
    await untilHealthy(name, 1);
    const twice = [1, 2].map((tag) => ({ name: 'same', image: `shop:${tag}` }));
    await patch(name, { spec: { template: { spec: { containers: twice } } } });
    const refused = await untilPhase(name, 'Degraded');
    assert.match(refused.message ?? '', /containers\[1\]\.name: Duplicate value: "same"/u);
    assert.equal(refused.conditions?.find(({ type }) => type === 'ReplicaFailure')?.reason, 'ReplicaSetCreateError');
    await untilPods(name, { 1: 2 });
    await patch(name, { spec: { template: { spec: { containers: [{ name: 'same', image: 'shop:3' }] } } } });
    await untilStatus(name, 'Healthy', ({ phase }) => phase === 'Healthy');
  });

  it('puts the routes of headers and mirrors before the weighted one in the order of managedRoutes, and takes them away at the end', async () => {
    const name = 'meshed';
    const route = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec:
  hosts: [${name}]
  http:
  - name: primary
    route: [{destination: {host: ${name}-stable}, weight: 100}, {destination: {host: ${name}-canary}, weight: 0}]
---
`;
    const canary = `canaryService: ${name}-canary
stableService: ${name}-stable
trafficRouting:
  managedRoutes: [{name: testers}, {name: shadow}]
  istio: {virtualService: {name: ${name}, routes: [primary]}}
steps:
- setWeight: 20
- setMirrorRoute: {name: shadow, percentage: 35, match: [{method: {exact: GET}, path: {prefix: /}}]}
- setHeaderRoute: {name: testers, match: [{headerName: agent, headerValue: {regex: "fire.*"}}]}
- pause: {}`;
    await apply(`${services(name, `${name}-canary`, `${name}-stable`)}${route}${rollout({ name, replicas: 2, canary })}`);
    await untilHealthy(name, 1);
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    const routes = async (): Promise<readonly string[]> => {
      const found = await cluster.get(VIRTUAL_SERVICE, { namespace: NAMESPACE, name });
      return (at(found, 'spec.http') as readonly { readonly name: string }[]).map((one) => one.name);
    };
    assert.deepEqual(await routes(), ['testers', 'shadow', 'primary']);
    await ask(name, 'promote-full');
    await untilHealthy(name, 2);
    await until('only its own route is left', async () => ((await routes()).length === 1 ? true : undefined), SECONDS, routes);
  });

  it('counts a pod as available after minReadySeconds, and tells an autoscaler its size and selector', async () => {
    const name = 'patient';
    await apply(rollout({ name, replicas: 2, spec: 'minReadySeconds: 300', canary: 'steps: [{setWeight: 50}, {pause: {}}]' }));
    const ready = await untilStatus(name, 'ready', ({ readyReplicas }) => readyReplicas === 2);
    assert.deepEqual([ready.availableReplicas ?? 0, ready.phase], [0, 'Progressing']);
    await patch(name, { spec: { minReadySeconds: 1 } });
    await untilHealthy(name, 1);
    const scale = JSON.parse(
      await run('get', '--raw', `/apis/sluice.dev/v1alpha1/namespaces/${NAMESPACE}/rollouts/${name}/scale`),
    ) as unknown;
    assert.deepEqual([at(scale, 'spec.replicas'), at(scale, 'status.replicas'), at(scale, 'status.selector')], [2, 2, `app=${name}`]);
  });
});
