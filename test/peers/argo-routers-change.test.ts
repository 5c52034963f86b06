import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT, INGRESS, ROLLOUT, TRAEFIK_SERVICE } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { at, patchObject, podsBehave, type Stage } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, halted, healthyAt } from '../rollouts/lab.ts';
import { applyArgo, argoRollout, argoServices, look, playArgo, rolloutOf, sizeOf } from './argo-lab.ts';
import { canary, HTTP, objectOf, SERVICES, SUBSET_RULE, SUBSETS, subsetHashes, virtualService, weightsOf } from './argo-routes.ts';

describe('several routers of one Rollout', () => {
  it('get every weight, each of them, also when the first one has it already', async () => {
    const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web-stable, port: {number: 80}}}}]}}]}
`;
    const weightOf = (stage: Pick<Stage, 'sim'>): string | undefined =>
      objectOf(stage, INGRESS, 'web-web-canary')?.metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];
    const strategy = canary(
      '{nginx: {stableIngress: web}, istio: {virtualService: {name: web}}}',
      '[{setWeight: 10}, {pause: {}}, {setWeight: 60}, {pause: {}}]',
    );
    const run = await playArgo({
      manifests: [SERVICES, ingress, virtualService(HTTP), argoRollout(strategy)],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '80s',
          look('ten', (stage) => assert.deepEqual([weightOf(stage), weightsOf(stage)], ['10', [[90, 10]]])),
        ),
        // Somebody is ahead of the release in one of them.
        at(
          '81s',
          patchObject(INGRESS, 'shop/web-web-canary', { metadata: { annotations: { 'nginx.ingress.kubernetes.io/canary-weight': '60' } } }),
        ),
        at('82s', ask('promote', '1')),
        at(
          '130s',
          look('sixty', (stage) => assert.deepEqual([weightOf(stage), weightsOf(stage)], ['60', [[40, 60]]])),
        ),
        at('131s', ask('promote-full', '2')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual([weightOf(run), weightsOf(run)], ['0', [[100, 0]]]);
  });
});

describe('routes that a Rollout names no longer', () => {
  const STEPS = 'steps: [{setWeight: 10}, {pause: {}}]';
  const routedBySubsets = `{canary: {trafficRouting: {istio: {virtualService: {name: web}, destinationRule: {name: web, stableSubsetName: stable, canarySubsetName: canary}}}, ${STEPS}}}`;

  it('are given back at rest: the subsets select every pod again, and former pods go', async () => {
    const run = await playArgo({
      manifests: [argoServices('web'), SUBSET_RULE, virtualService(`http: [{route: ${SUBSETS}}]`), argoRollout(routedBySubsets)],
      timeline: [
        at('31s', applyArgo(argoRollout(routedBySubsets, { tag: 'v2' }))),
        at('80s', ask('promote-full', '1')),
        at(
          '120s',
          look('promoted', (stage) =>
            assert.deepEqual([rolloutOf(stage).phase, subsetHashes(stage).includes(undefined)], ['Healthy', false]),
          ),
        ),
        at('121s', patchObject(ROLLOUT, 'shop/web', { spec: { strategy: { canary: { trafficRouting: null } } } })),
        at(
          '125s',
          look('given back', (stage) => assert.deepEqual([subsetHashes(stage), weightsOf(stage)], [[undefined, undefined], [[100, 0]]])),
        ),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.equal(sizeOf(run, '1'), 0);
    assert.equal(rolloutOf(run).status['routing'], undefined);
  });

  it('are given back in the middle of a release, all of the traffic on stable', async () => {
    const strategy = canary('{istio: {virtualService: {name: web}}}', '[{setWeight: 50}, {pause: {}}]');
    const plain = strategy.replace('trafficRouting: {istio: {virtualService: {name: web}}}, ', '');
    const run = await playArgo({
      manifests: [SERVICES, virtualService(HTTP), argoRollout(strategy, { replicas: 2 })],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { replicas: 2, tag: 'v2' }))),
        at(
          '80s',
          look('half', (stage) => assert.deepEqual(weightsOf(stage), [[50, 50]])),
        ),
        at('81s', applyArgo(argoRollout(plain, { replicas: 2, tag: 'v2' }))),
        at(
          '85s',
          look('given back', (stage) => assert.deepEqual(weightsOf(stage), [[100, 0]])),
        ),
      ],
      until: halted('Paused'),
    });
    assert.equal(run.problems, '');
    const notes = run.sim.snapshot(EVENT).filter((event) => event['reason'] === 'RoutesGivenBack');
    assert.deepEqual(
      notes.map((event) => event['note']),
      [
        'the spec names VirtualService web no longer: all of their traffic goes to stable, and they are left to their owner; numbers of pods make the weight of the release from then on; put them back into spec.strategy.canary.trafficRouting to go on with them, or abort',
      ],
    );
    assert.ok(!JSON.stringify(rolloutOf(run).status).includes('FormerRoutes'));
  });

  it('stay as they are, with a condition that says so, until stable can carry all of the traffic', async () => {
    const strategy = canary('{istio: {virtualService: {name: web}}}', '[{setWeight: 50}, {pause: {}}]');
    const plain = strategy.replace('trafficRouting: {istio: {virtualService: {name: web}}}, ', '');
    const run = await playArgo({
      manifests: [SERVICES, virtualService(HTTP), argoRollout(strategy, { replicas: 2, tag: 'v1' })],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { replicas: 2, tag: 'v2' }))),
        at('80s', podsBehave('web:v1', { type: 'crash-loop', delay: millis(0) })),
        at('81s', applyArgo(argoRollout(plain, { replicas: 2, tag: 'v2' }))),
        at(
          '85s',
          look('held', (stage) => {
            assert.deepEqual(weightsOf(stage), [[50, 50]]);
            const { message = '', conditions = [] } = rolloutOf(stage).status;
            const fact = conditions.find((one) => one.type === 'FormerRoutes');
            assert.equal(fact?.reason, 'WaitingForStable');
            const told = String(fact['message']);
            assert.match(told, /VirtualService web no longer: they stay as they are until stable can carry all .*\(0 of 2 pods\)/);
            assert.ok(message.includes(told), message);
          }),
        ),
        at('90s', podsBehave('web:v1', { type: 'ready-after', delay: millis(1000) })),
        at(
          '2m',
          look('given back', (stage) => {
            assert.deepEqual(weightsOf(stage), [[100, 0]]);
            assert.ok(!JSON.stringify(rolloutOf(stage).status).includes('FormerRoutes'));
          }),
        ),
      ],
      until: halted('Paused'),
    });
    assert.equal(run.problems, '');
  });

  it('are given back when another router takes their place, which then gets the weights', async () => {
    const traefikService = `
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: web, namespace: shop}
spec: {weighted: {services: [{name: web-stable, port: 80, weight: 1}, {name: web-canary, port: 80, weight: 1}]}}
`;
    const nginx = canary('{nginx: {stableIngress: web}}', '[{setWeight: 10}, {pause: {}}]');
    const traefik = canary('{traefik: {weightedTraefikServiceName: web}}', '[{setWeight: 10}, {pause: {}}]');
    const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web-stable, port: {number: 80}}}}]}}]}
`;
    const run = await playArgo({
      manifests: [SERVICES, ingress, traefikService, argoRollout(nginx)],
      timeline: [
        at(
          '30s',
          look('a canary Ingress', (stage) => assert.ok(objectOf(stage, INGRESS, 'web-web-canary') !== undefined)),
        ),
        at('31s', applyArgo(argoRollout(traefik))),
      ],
      until: rolloutIs('shop/web', 'Healthy'),
    });
    assert.equal(run.problems, '');
    assert.equal(objectOf(run, INGRESS, 'web-web-canary'), undefined);
    const spec = objectOf(run, TRAEFIK_SERVICE, 'web')?.['spec'];
    assert.match(JSON.stringify(spec), /"name":"web-stable","port":80,"weight":100/u);
  });

  it('are given back with the rest when the Rollout is deleted before that was done', async () => {
    const run = await playArgo({
      manifests: [argoServices('web'), SUBSET_RULE, virtualService(`http: [{route: ${SUBSETS}}]`), argoRollout(routedBySubsets)],
      timeline: [
        at('31s', {
          what: 'delete Rollout web, with its routing taken out at the same time',
          act: async ({ cluster }) => {
            const ref = { namespace: 'shop', name: 'web' };
            const body = { spec: { strategy: { canary: { trafficRouting: null } } } };
            await cluster.patch(ROLLOUT, ref, { type: 'merge', body }, { fieldManager: 'kubectl' });
            await cluster.remove(ROLLOUT, ref);
          },
        }),
      ],
      until: { what: 'shop/web is gone', holds: (sim) => sim.snapshot(ROLLOUT).length === 0 },
    });
    assert.equal(run.problems, '');
    assert.deepEqual(subsetHashes(run), [undefined, undefined]);
  });
});
