import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { midway, restored, shop } from '../cli/fixtures.ts';
import { run } from '../cli/harness.ts';
import { argoRollout, argoServices, jobTemplate, moved } from './argo-lab.ts';

const SERVICES = argoServices('web-stable', 'web-canary');
const VIRTUAL_SERVICE = (name: string): string => `
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: ${name}, namespace: shop}
spec: {hosts: [web], http: [{name: primary, route: [{destination: {host: web-stable}, weight: 100}, {destination: {host: web-canary}, weight: 0}]}]}
`;
const INGRESS = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web-stable, port: {number: 80}}}}]}}]}
`;
const canary = (rest: string): string => argoRollout(`{canary: {stableService: web-stable, canaryService: web-canary, ${rest}}}`);
const ISTIO = canary(
  'trafficRouting: {istio: {virtualServices: [{name: one, routes: [primary]}, {name: two}]}}, steps: [{setWeight: 5}, {pause: {duration: 10s}}]',
);

/** Files that Argo Rollouts' plugin calls valid. */
const VALID: readonly (readonly [what: string, text: string])[] = [
  ['a canary with nothing else', argoRollout('{canary: {steps: [{setWeight: 20}, {pause: {}}]}}')],
  [
    'JSON',
    '{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:1"}]}},"strategy":{"canary":{}}}}',
  ],
  ['an empty document beside it', `---\n${argoRollout('{canary: {}}')}\n---\n`],
  [
    'a workloadRef with its Deployment',
    `${argoRollout('{canary: {}}').replace(/ {2}selector[^]*?\n {2}\n/u, '  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n')}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1"}]}}}
`,
  ],
  [
    'blue-green with both Services',
    `${argoRollout('{blueGreen: {activeService: web-stable, previewService: web-canary, autoPromotionEnabled: false}}')}---${SERVICES}`,
  ],
  [
    'NGINX with its Ingress',
    `${canary('trafficRouting: {nginx: {stableIngress: web}}, steps: [{setWeight: 5}]')}---${SERVICES}---${INGRESS}`,
  ],
  ['Istio with several VirtualServices', `${ISTIO}---${SERVICES}---${VIRTUAL_SERVICE('one')}---${VIRTUAL_SERVICE('two')}`],
  ['a template of Jobs', jobTemplate('check')],
];

/** Files that it calls invalid, with what ours says of them. */
const INVALID: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  [
    'maxSurge and maxUnavailable both 0',
    argoRollout('{canary: {maxSurge: 0, maxUnavailable: 0}}'),
    /spec\.strategy\.canary\.maxUnavailable \(0\): is 0 as well as maxSurge/u,
  ],
  [
    'the same in the second document',
    `${argoRollout('{canary: {}}')}\n---\n${argoRollout('{canary: {maxSurge: 0, maxUnavailable: 0}}').replace('name: web,', 'name: other,')}`,
    /other: spec\.strategy\.canary\.maxUnavailable \(0\): is 0 as well as maxSurge/u,
  ],
  ['no selector', argoRollout('{canary: {}}').replace(/ {2}selector.*\n/u, ''), /spec\.selector: .*set matchLabels/u],
  ['an unknown field', argoRollout('{canary: {}, unknown-strategy: {}}'), /spec\.strategy\.unknown-strategy: is not a field of this kind/u],
  [
    'a Service that selects other pods',
    `${ISTIO}---${SERVICES.replaceAll('app: web}', 'app: other}')}`,
    /spec\.strategy\.canary\.canaryService \("web-canary"\): selects by app, which does not match the pod template/u,
  ],
  [
    'ping and pong that select other pods',
    `${argoRollout('{canary: {pingPong: {pingService: web-stable, pongService: web-canary}, trafficRouting: {istio: {virtualService: {name: one}}}}}')}---${SERVICES.replaceAll('app: web}', 'app: other}')}`,
    /spec\.strategy\.canary\.pingPong\.pingService \("web-stable"\): selects by app/u,
  ],
  [
    'a weight of an experiment that the router cannot give',
    canary('trafficRouting: {nginx: {stableIngress: web}}, steps: [{experiment: {templates: [{name: a, specRef: stable, weight: 20}]}}]'),
    /steps\[0\]\.experiment\.templates\[0\]\.weight \(20\): needs trafficRouting smi, alb, istio or plugins/u,
  ],
  ['both Services the same', canary('steps: []').replace('web-canary', 'web-stable'), /spec\.strategy\.canary\.canaryService/u],
  [
    'ping and pong without a router (no rule of Argo Rollouts sees it)',
    argoRollout('{canary: {pingPong: {pingService: web-ping, pongService: web-pong}}}'),
    /spec\.strategy\.canary\.pingPong \(an object\): works with trafficRouting/u,
  ],
  [
    'a header of a mirror route that has no form (no rule of Argo Rollouts sees it)',
    canary(
      'trafficRouting: {managedRoutes: [{name: m}], istio: {virtualService: {name: one}}}, steps: [{setMirrorRoute: {name: m, match: [{headers: {agent: {exact: a, prefix: b}}}]}}]',
    ),
    /steps\[0\]\.setMirrorRoute\.match\[0\]\.headers\[agent\] \(an object\): needs exactly one form/u,
  ],
  ['a negative pause', argoRollout('{canary: {steps: [{pause: {duration: -1}}]}}'), /steps\[0\]\.pause\.duration \(-1\)/u],
  ['a pause that is no duration', argoRollout('{canary: {steps: [{pause: {duration: 10 apples}}]}}'), /steps\[0\]\.pause\.duration/u],
  ['a weight over 100', argoRollout('{canary: {steps: [{setWeight: 110}]}}'), /steps\[0\]\.setWeight \(110\)/u],
  [
    'an analysis that never ends in a step',
    `${argoRollout('{canary: {steps: [{analysis: {templates: [{templateName: endless}]}}]}}')}---${jobTemplate('endless', ['interval: 1m'])}`,
    /endless/u,
  ],
];

describe('lint, as the plugin of Argo Rollouts judges files', () => {
  for (const [what, text] of VALID) {
    it(`finds nothing wrong with ${what}`, async () => {
      const result = await run('lint -f a.yaml', { files: { 'a.yaml': moved(text) } });
      assert.equal(result.code, 0, result.out);
    });
  }

  for (const [what, text, message] of INVALID) {
    it(`refuses ${what}, and says what would be right`, async () => {
      const result = await run('lint -f a.yaml', { files: { 'a.yaml': moved(text) } });
      assert.deepEqual([result.code, result.err], [1, '']);
      assert.match(result.out, message);
    });
  }

  it('says of a field that does nothing without a router that it does nothing, and leaves it at that', async () => {
    const idle = argoRollout('{canary: {abortScaleDownDelaySeconds: 10, minPodsPerReplicaSet: 2, scaleDownDelayRevisionLimit: 1}}');
    const result = await run('lint -f a.yaml', { files: { 'a.yaml': moved(idle) } });
    assert.equal(result.code, 0, result.out);
    for (const field of ['abortScaleDownDelaySeconds', 'minPodsPerReplicaSet', 'scaleDownDelayRevisionLimit'])
      assert.match(result.out, new RegExp(`canary\\.${field} \\(\\d+\\): does nothing without trafficRouting`, 'u'));
  });

  it('says of a manifest that was not moved over that it is left to Argo Rollouts', async () => {
    const result = await run('lint -f a.yaml', { files: { 'a.yaml': argoRollout('{canary: {}}') } });
    assert.equal(result.code, 0);
    assert.match(result.out, /left to Argo Rollouts; write sluice\.dev\/v1alpha1/u);
  });
});

describe('the commands that users of the plugin of Argo Rollouts know', () => {
  it('status ends with 0 only when the rollout is Healthy, and says why when it is not', async () => {
    const healthy = await run('status checkout --no-watch', { cluster: shop(midway({ phase: 'Healthy', message: '' })) });
    assert.deepEqual([healthy.code, healthy.out], [0, '✔ Healthy\n']);
    const degraded = await run('status rollout checkout', { cluster: shop(midway(restored())) });
    assert.equal(degraded.code, 1);
    assert.match(degraded.out, /^✖ Degraded - .*success-rate 0\.71/u);
  });

  for (const words of [
    'get rollout missing',
    'status missing --no-watch',
    'promote missing',
    'abort missing',
    'retry rollout missing',
    'pause missing',
    'restart missing',
    'undo missing',
  ]) {
    it(`${words} says on one line that there is none, and ends with 1`, async () => {
      const result = await run(words, { cluster: shop() });
      assert.equal(result.code, 1);
      assert.match(result.err, /^error: rollout "missing" not found in namespace "shop"/u);
      assert.equal(result.err.trimEnd().split('\n').length, 1);
    });
  }

  for (const words of ['promote', 'abort', 'retry', 'pause', 'restart', 'undo', 'status', 'lint']) {
    it(`${words} without its argument is wrong usage: 2`, async () => {
      const result = await run(words, { cluster: shop() });
      assert.equal(result.code, 2);
    });
  }

  it('get rollout shows every revision with its pods and its analyses', async () => {
    const result = await run('get rollout checkout', { cluster: shop() });
    assert.equal(result.code, 0);
    for (const part of [/checkout/u, /revision 8/u, /revision 7/u, /stable/u, /canary/u]) assert.match(result.out, part);
  });

  it('list rollouts has a line for each, by short name and plural as well', async () => {
    for (const words of ['list rollouts', 'list ro', 'list rollout']) {
      const result = await run(words, { cluster: shop() });
      assert.equal(result.code, 0, result.err);
      assert.match(result.out, /^NAME.*\ncheckout /u);
    }
  });

  it('an abort goes into an annotation of its own, which no other request can overwrite', async () => {
    const cluster = shop();
    await run('abort checkout --no-wait', { cluster });
    await run('promote checkout --no-wait', { cluster });
    const annotations = (await cluster.get(ROLLOUT, { namespace: 'shop', name: 'checkout' }))?.metadata.annotations ?? {};
    assert.deepEqual(Object.keys(annotations).toSorted(), ['sluice.dev/abort', 'sluice.dev/request']);
  });
});
