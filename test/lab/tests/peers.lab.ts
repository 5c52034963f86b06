import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSystemClock } from '../../../src/adapters/clock/system-clock.ts';
import { DESTINATION_RULE } from '../../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../../src/api/labels.ts';
import { runConnected } from '../../cli/run-connected.ts';
import { at } from '../../contract/fixtures.ts';
import { rollout, services } from '../../peers/peer-manifests.ts';
import { ingress, inVersion, SPLIT_BY_SUBSET } from '../../peers/peer-routes.ts';
import { peersStage } from './support/peers-stage.ts';
import { pluginAs } from './support/plugin-as.ts';
import { rolloutPods } from './support/rollout-pods.ts';

const NAMESPACE = 'peers';
/** Istio as clusters have it that serve nothing newer. */
const ISTIO = 'networking.istio.io/v1beta1';
const ISTIO_CRDS = [inVersion('VirtualService', 'v1beta1'), inVersion('DestinationRule', 'v1beta1')];

/** Manifests of Argo Rollouts' shape, with our `apiVersion`, against a real API server: what the simulated one cannot know of itself. */
describe('what Argo Rollouts runs, on a real API server', () => {
  const stage = peersStage({
    namespace: NAMESPACE,
    crds: ISTIO_CRDS,
    values: { routers: { istio: { enabled: true }, nginx: { enabled: true } } },
  });
  const { lab, cluster, read, untilStatus, untilPhase, selected, run, apply, ask, update } = stage;
  const { setOf, untilPods } = rolloutPods(cluster, NAMESPACE);

  it('is aborted, retried, and promoted by itself after a timed pause', async () => {
    const name = 'retried';
    await apply(rollout({ name, canary: 'steps:\n- setWeight: 50\n- pause: {duration: 8s}' }));
    await untilPhase(name, 'Healthy');
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    await untilPods(name, { 1: 1, 2: 1 });
    await ask(name, 'abort');
    await untilPhase(name, 'Degraded');
    await ask(name, 'retry');
    await untilPhase(name, 'Paused');
    await untilPhase(name, 'Healthy');
    await untilPods(name, { 1: 0, 2: 1 });
  });

  it('follows a new size while it is paused', async () => {
    const name = 'scaled';
    await apply(rollout({ name, canary: 'steps:\n- setWeight: 25\n- pause: {}' }));
    await untilPhase(name, 'Healthy');
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    await untilPods(name, { 1: 1, 2: 1 });
    await run('scale', 'rollouts.sluice.dev', name, '--replicas=8');
    await untilStatus(name, 'has 8 pods', ({ availableReplicas }) => availableReplicas === 8);
    await untilPods(name, { 1: 6, 2: 2 });
    await run('scale', 'rollouts.sluice.dev', name, '--replicas=4');
    await untilPods(name, { 1: 3, 2: 1 });
  });

  it('knows the template of its ReplicaSet again with everything that this API server adds to it', async () => {
    const name = 'undone';
    const pod =
      'serviceAccountName: default\nvolumes:\n- name: empty\n  emptyDir: {sizeLimit: 1024Mi}\n- name: token\n  projected: {sources: [{serviceAccountToken: {path: t}}]}';
    await apply(rollout({ name, replicas: 2, canary: 'steps:\n- setWeight: 50\n- pause: {}', pod }));
    await untilPhase(name, 'Healthy');
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    const template = at(await setOf(name, 1), 'spec.template') as { metadata: { labels: Record<string, string> } };
    Reflect.deleteProperty(template.metadata.labels, POD_TEMPLATE_HASH);
    const operations = JSON.stringify([{ op: 'replace', path: '/spec/template', value: template }]);
    await run('patch', 'rollouts.sluice.dev', name, '--type=json', `--patch=${operations}`);
    await untilPhase(name, 'Healthy');
    await untilPods(name, { 2: 0, 3: 2 });
    assert.equal(await setOf(name, 1), undefined, 'the first ReplicaSet is the third revision');
  });

  it('takes amounts of resources as numbers, decimals and thousandths', async () => {
    for (const [index, cpu] of ['0.001', "'0.001'", '1m'].entries()) {
      const name = `amount-${index}`;
      await apply(rollout({ name, replicas: 1, canary: '{}' }).replace('cpu: 5m', `cpu: ${cpu}`));
      await untilPhase(name, 'Healthy');
    }
  });

  it('waits for a person with a small preview, which kubectl wait sees', async () => {
    const name = 'previewed';
    const blueGreen =
      'activeService: previewed-active\npreviewService: previewed-preview\npreviewReplicaCount: 1\nscaleDownDelaySeconds: 5\nautoPromotionEnabled: false';
    await apply(`${services(name, 'previewed-active', 'previewed-preview')}${rollout({ name, replicas: 2, blueGreen })}`);
    await run('wait', '--for=condition=Healthy', `rollouts.sluice.dev/${name}`, '--timeout=60s');
    const first = await selected('previewed-active');
    await update(name, 'two');
    await run('wait', '--for=condition=Paused', `rollouts.sluice.dev/${name}`, '--timeout=60s');
    await untilPods(name, { 1: 2, 2: 1 });
    assert.equal(await selected('previewed-active'), first);
    assert.notEqual(await selected('previewed-preview'), first);
    await ask(name, 'promote');
    await run('wait', '--for=condition=Completed', `rollouts.sluice.dev/${name}`, '--timeout=60s');
    await untilPhase(name, 'Healthy');
    assert.notEqual(await selected('previewed-active'), first);
    await untilPods(name, { 1: 0, 2: 2 });
  });

  it('scales the canary apart from its weight behind an Ingress of NGINX', async () => {
    const name = 'sized';
    const canary = `canaryService: sized-canary
stableService: sized-stable
abortScaleDownDelaySeconds: 1
trafficRouting: {nginx: {stableIngress: web}}
steps:
- setCanaryScale: {replicas: 3}
- setWeight: 25
- pause: {}`;
    await apply(`${services(name, 'sized-canary', 'sized-stable')}${ingress('sized-stable')}${rollout({ name, replicas: 4, canary })}`);
    await untilPhase(name, 'Healthy');
    const stable = await selected('sized-stable');
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    await untilPods(name, { 1: 4, 2: 3 });
    assert.notEqual(await selected('sized-canary'), stable);
    await ask(name, 'abort');
    await untilPhase(name, 'Degraded');
    await untilPods(name, { 1: 4, 2: 0 });
    assert.equal(await selected('sized-canary'), stable);
  });

  it('is told by the plugin in the middle of a release, and what a person may not read is said', async () => {
    const name = 'told';
    const canary = `canaryService: told-canary
stableService: told-stable
trafficRouting: {nginx: {stableIngress: web}}
steps:
- setWeight: 25
- pause: {}`;
    await apply(`${services(name, 'told-canary', 'told-stable')}${ingress('told-stable')}${rollout({ name, replicas: 4, canary })}`);
    await untilPhase(name, 'Healthy');
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    const hash = (await read(name))?.status?.currentPodHash;

    const viewer = await pluginAs(lab, NAMESPACE, 'clusterrole=view');
    const explained = await viewer(`explain ${name}`);
    assert.deepEqual([explained.code, explained.err], [0, '']);
    assert.match(explained.out, /Status: +‖ Paused/u);
    assert.match(explained.out, new RegExp(`current: ${hash} \\(revision 2\\)`, 'u'));
    assert.match(explained.out, new RegExp(`told-canary +canary.canaryService +${hash} +1 ready, 1 of ${hash}`, 'u'));
    assert.match(explained.out, /Place: +phase Paused, step 2 of 2/u);
    assert.match(explained.out, /nginx \(Ingress .*weight 25 for the canary/u);
    // Cluster kinds belong to no namespace: who is bound in one reads none of them.
    assert.match(explained.out, /Could not be read\n(.*\n)*? +gittargets.sluice.dev of the cluster: .*forbidden/u);
    assert.match(explained.out, /Decision\n +Would do: +nothing/u);
    assert.match(explained.out, /You can: +go on now: kubectl sluice promote told -n peers/u);
    const shown = await viewer(`get rollout ${name}`);
    assert.deepEqual([shown.code, shown.err], [0, '']);
    assert.match(shown.out, /Paused/u);

    await run('create', 'role', 'rollouts-only', '--verb=get,list,watch', '--resource=rollouts.sluice.dev');
    const narrow = await pluginAs(lab, NAMESPACE, 'role=rollouts-only');
    const little = await narrow(`explain ${name}`);
    assert.equal(little.code, 0);
    assert.match(little.out, /replicasets.apps in namespace peers: .*forbidden/u);
    assert.match(little.out, /not worked out: it would be a guess without/u);
    const less = await narrow(`get rollout ${name}`);
    assert.doesNotMatch(less.err, /\bat .*\.ts:/u, 'no stack trace');
    assert.match(less.out + less.err, /forbidden|may not/u);
  });

  it('is told and steered by the plugin as somebody else, with the rights of that user and group alone', async () => {
    const name = 'acted-on';
    await apply(rollout({ name, replicas: 1, canary: '{}' }));
    await untilPhase(name, 'Healthy');
    await run('create', 'rolebinding', 'readers', '--clusterrole=view', '--group=readers');
    const as = (words: string): ReturnType<typeof runConnected> =>
      runConnected(`${words} -n ${NAMESPACE} --as=jane`, lab.kubeconfig, createSystemClock());
    const told = await as(`status ${name} --no-watch --as-group=readers`);
    assert.deepEqual(told, { code: 0, out: '✔ Healthy - revision 1 is stable\n', err: '' });
    const refused = await as(`pause ${name} --as-group=readers`);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /User "jane" cannot patch resource "rollouts"/u);
    assert.match((await as(`status ${name} --no-watch`)).err, /User "jane" cannot get resource "rollouts"/u);
  });

  it('splits by the subsets of an Istio that serves v1beta1 and nothing newer', async () => {
    const name = 'shop';
    const canary = `trafficRouting:
  istio:
    virtualService: {name: web, routes: [primary]}
    destinationRule: {name: web, canarySubsetName: canary, stableSubsetName: stable}
steps:
- setWeight: 10
- pause: {}`;
    await apply(`${services(name, 'shop')}${SPLIT_BY_SUBSET.replaceAll('networking.istio.io/v1', ISTIO)}${rollout({ name, canary })}`);
    await untilPhase(name, 'Healthy');
    await update(name, 'two');
    await untilPhase(name, 'Paused');
    const weights = await run('get', 'virtualservices.networking.istio.io', 'web', '--output=jsonpath={.spec.http[0].route[*].weight}');
    assert.equal(weights, '90 10');
    const rule = await cluster.get({ ...DESTINATION_RULE, version: 'v1beta1' }, { namespace: NAMESPACE, name: 'web' });
    const hashes = [0, 1].map((index) => at(rule, `spec.subsets.${index}.labels`) as Readonly<Record<string, string>>);
    const wanted = [(await setOf(name, 1))?.metadata.labels, (await setOf(name, 2))?.metadata.labels];
    assert.deepEqual(
      hashes.map((labels) => labels[POD_TEMPLATE_HASH]),
      wanted.map((labels) => labels?.[POD_TEMPLATE_HASH]),
    );
    await ask(name, 'promote');
    await untilPhase(name, 'Healthy');
  });
});
