import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VIRTUAL_SERVICE } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { millis } from '../../src/api/time.ts';
import { ISTIO_CRDS } from '../../src/sim/router/istio/istio-crds.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { perform, podsBehave } from '../../src/sim/scenario/timeline.ts';
import { rollout, services } from './peer-manifests.ts';
import { BY_HOST, BY_INGRESS, ingress, inVersion, SPLIT_BY_HOST, SPLIT_BY_SUBSET, splitOf, subsetsOf } from './peer-routes.ts';
import {
  ask,
  askAbort,
  doing,
  edit,
  type Move,
  play,
  rest,
  scaleTo,
  see,
  seePhase,
  seePods,
  seeService,
  seeStatus,
  setImage,
  undoTo,
  update,
  waitPhase,
  waitPods,
  waitStatus,
  waitStep,
  weightsOf,
} from './peer-stage.ts';

const SIDES = services('shop', 'stable', 'canary');
const CRDS = { crds: [...ownCrds(), ...ISTIO_CRDS] };

function nginx(replicas: number, canary: string): string {
  return `${SIDES}${ingress('stable')}${rollout({ replicas, canary: `${BY_INGRESS}${canary}` })}`;
}

function weights(...expected: readonly number[]): Move {
  return see('weights of the VirtualService', (stage) => assert.deepEqual(splitOf(stage), expected));
}

function subsets(...expected: readonly (string | undefined)[]): Move {
  return see('revisions of the subsets', (stage) => assert.deepEqual(subsetsOf(stage), expected));
}

describe('a canary behind a router, as Argo Rollouts runs it', () => {
  it('scales the canary apart from its weight, and back to it', async () => {
    const steps = `steps:
- pause: {}
- setCanaryScale: {weight: 25}
- pause: {duration: 100s}
- setWeight: 50
- pause: {duration: 10s}
- setCanaryScale: {replicas: 3}
- pause: {}
- setCanaryScale: {matchTrafficWeight: true}
- pause: {duration: 5s}`;
    await play(nginx(4, steps), [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 4, 2: 0 }),
      ask('promote'),
      waitStep(2),
      seePods({ 1: 4, 2: 1 }),
      ask('promote'),
      waitStep(4),
      seePods({ 1: 4, 2: 1 }),
      ask('promote'),
      waitStep(6),
      seePods({ 1: 4, 2: 3 }),
      ask('promote'),
      waitStep(8),
      seePods({ 1: 4, 2: 2 }),
      ask('promote'),
      waitPhase('Healthy'),
      seePods({ 1: 4, 2: 4 }),
    ]);
  });

  it('is not Degraded by the progress deadline while its old pods wait for their end', async () => {
    await play(nginx(1, 'scaleDownDelayRevisionLimit: 1'), [
      waitPhase('Healthy'),
      edit({ spec: { progressDeadlineSeconds: 5 } }),
      waitPhase('Healthy'),
      update(),
      waitPhase('Progressing'),
      waitPhase('Healthy'),
      rest('10s'),
      seePhase('Healthy'),
    ]);
  });

  it('keeps one old revision warm with scaleDownDelayRevisionLimit 1, and takes a warm one back without its end', async () => {
    await play(nginx(1, 'scaleDownDelayRevisionLimit: 1'), [
      waitPhase('Healthy'),
      update('two'),
      waitPhase('Progressing'),
      waitPhase('Healthy'),
      rest('2s'),
      seePods({ 1: 1, 2: 1 }),
      update('three'),
      waitPhase('Progressing'),
      waitPhase('Healthy'),
      rest('1s'),
      seePods({ 1: 0, 2: 1, 3: 1 }),
      update('two'),
      waitPhase('Healthy'),
      rest('1s'),
      seePods({ 1: 0, 3: 1, 4: 1 }),
      rest('40s'),
      seePods({ 3: 0, 4: 1 }),
    ]);
  });

  it('scales an aborted canary down after abortScaleDownDelaySeconds, and the canary Service selects stable', async () => {
    await play(
      nginx(1, 'abortScaleDownDelaySeconds: 1\nscaleDownDelayRevisionLimit: 1\nsteps: [{setCanaryScale: {replicas: 1}}, {pause: {}}]'),
      [
        waitPhase('Healthy'),
        // The canary Ingress that was made at the start takes effect.
        rest('10s'),
        update(),
        waitPhase('Paused'),
        askAbort(),
        waitPhase('Degraded'),
        seeService('canary', 1),
        rest('3s'),
        seePods({ 1: 1, 2: 0 }),
      ],
    );
  });

  it('keeps an aborted canary with abortScaleDownDelaySeconds 0', async () => {
    await play(
      nginx(1, 'abortScaleDownDelaySeconds: 0\nscaleDownDelayRevisionLimit: 1\nsteps: [{setCanaryScale: {replicas: 1}}, {pause: {}}]'),
      [waitPhase('Healthy'), update(), waitPhase('Paused'), askAbort(), waitPhase('Degraded'), rest('3m'), seePods({ 1: 1, 2: 1 })],
    );
  });

  it('gives both Services back to stable after an abort without a router', async () => {
    const canary = 'canaryService: canary\nstableService: stable\nsteps: [{setWeight: 50}, {pause: {}}]';
    await play(`${SIDES}${rollout({ replicas: 1, canary })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seeService('canary', 2),
      seeService('stable', 1),
      askAbort(),
      waitPhase('Degraded'),
      rest('3s'),
      seeService('canary', 1),
      seePods({ 1: 1, 2: 0 }),
    ]);
  });

  it('makes stable smaller with dynamicStableScale, and larger again before an abort takes the canary away', async () => {
    const canary = 'dynamicStableScale: true\nsteps: [{setWeight: 25}, {pause: {}}, {setWeight: 75}, {pause: {}}]';
    await play(nginx(4, canary), [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      rest('2s'),
      seePods({ 1: 3, 2: 1 }),
      ask('promote'),
      waitStep(3),
      rest('2s'),
      seePods({ 1: 1, 2: 3 }),
      askAbort(),
      waitPhase('Degraded'),
      waitPods(2, 0),
      seePods({ 1: 4 }),
      rest('2s'),
      seeService('canary', 1),
    ]);
  });

  it('goes back to stable with dynamicStableScale without a drop of capacity', async () => {
    const canary = 'dynamicStableScale: true\nsteps: [{setWeight: 25}, {pause: {}}, {setWeight: 75}, {pause: {}}]';
    await play(nginx(4, canary), [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      rest('2s'),
      seePods({ 1: 3, 2: 1 }),
      undoTo(1),
      waitPods(3, 4),
      seePods({ 2: 1, 3: 4 }),
      waitPods(2, 0),
      waitPhase('Healthy'),
      seeService('canary', 3),
      seeService('stable', 3),
      seeStatus('weights', (status) => assert.deepEqual(weightsOf(status), [0, 100])),
    ]);
  });

  it('splits at the VirtualService by hosts', async () => {
    const canary = `${BY_HOST}steps: [{setWeight: 10}, {pause: {}}]`;
    await play(
      `${SIDES}${SPLIT_BY_HOST}${rollout({ canary })}`,
      [
        waitPhase('Healthy'),
        weights(100, 0),
        seeService('canary', 1),
        seeService('stable', 1),
        update(),
        waitPhase('Paused'),
        weights(90, 10),
        seeService('canary', 2),
        seeService('stable', 1),
        ask('promote'),
        waitPhase('Healthy'),
        rest('1s'),
        weights(100, 0),
        seeService('canary', 2),
        seeService('stable', 2),
        seePods({ 1: 1, 2: 1 }),
        askAbort(),
        rest('1s'),
        seePhase('Healthy'),
        seePods({ 2: 1 }),
      ],
      CRDS,
    );
  });

  it('splits at the VirtualService by the subsets of a DestinationRule', async () => {
    const canary =
      'trafficRouting: {istio: {virtualService: {name: web, routes: [primary]}, destinationRule: {name: web, canarySubsetName: canary, stableSubsetName: stable}}}\nsteps: [{setWeight: 10}, {pause: {}}]';
    await play(
      `${services('shop', 'shop')}${SPLIT_BY_SUBSET}${rollout({ canary })}`,
      [
        waitPhase('Healthy'),
        subsets('1', '1'),
        update(),
        waitPhase('Paused'),
        weights(90, 10),
        subsets('1', '2'),
        ask('promote'),
        waitPhase('Healthy'),
        rest('1s'),
        weights(100, 0),
        subsets('2', '2'),
        seePods({ 1: 1, 2: 1 }),
      ],
      CRDS,
    );
  });

  it('splits at the VirtualService of a cluster whose Istio serves v1beta1 and nothing newer', async () => {
    const old = { ...VIRTUAL_SERVICE, version: 'v1beta1' };
    const canary = `canaryService: canary
stableService: stable
trafficRouting: {istio: {virtualService: {name: web, routes: [primary]}}}
steps: [{setWeight: 10}, {pause: {}}]`;
    const make = perform('makes the VirtualService', (stage) =>
      Promise.all(
        parseManifests(SPLIT_BY_HOST).map((object) =>
          stage.cluster.create(old, {
            ...object,
            apiVersion: 'networking.istio.io/v1beta1',
            metadata: { ...object.metadata, namespace: 'shop' },
          }),
        ),
      ),
    );
    const split = (...expected: readonly number[]): Move => see('weights', (stage) => assert.deepEqual(splitOf(stage, old), expected));
    await play(
      `${SIDES}${rollout({ canary })}`,
      [
        doing(make),
        waitPhase('Healthy'),
        split(100, 0),
        update(),
        waitPhase('Paused'),
        split(90, 10),
        ask('promote'),
        waitPhase('Healthy'),
        split(100, 0),
      ],
      { crds: [...ownCrds(), inVersion('VirtualService', 'v1beta1')] },
    );
  });

  it('takes another update in the middle of one whose canary has no traffic', async () => {
    const canary = `${BY_HOST}steps: [{setWeight: 0}, {setCanaryScale: {replicas: 1}}, {pause: {}}]`;
    await play(
      `${SIDES}${SPLIT_BY_HOST}${rollout({ replicas: 2, canary })}`,
      [
        waitPhase('Healthy'),
        update(),
        waitPhase('Paused'),
        seePods({ 2: 1 }),
        update(),
        waitPods(3, 1),
        waitPhase('Paused'),
        seePods({ 1: 2, 3: 1 }),
      ],
      CRDS,
    );
  });

  it('keeps the pods of an aborted canary until their delay is over', async () => {
    const canary = `${BY_HOST}steps: [{setCanaryScale: {replicas: 2}}, {setWeight: 20}, {pause: {}}, {setCanaryScale: {replicas: 4}}, {setWeight: 40}, {pause: {}}]`;
    await play(
      `${SIDES}${SPLIT_BY_HOST}${rollout({ replicas: 5, canary })}`,
      [
        waitPhase('Healthy'),
        update(),
        waitPhase('Paused'),
        seePods({ 2: 2 }),
        ask('promote'),
        waitStep(5),
        waitPhase('Paused'),
        seePods({ 2: 4 }),
        askAbort(),
        waitPhase('Degraded'),
        seePods({ 1: 5, 2: 4 }),
        rest('50s'),
        seePods({ 1: 5, 2: 0 }),
      ],
      CRDS,
    );
  });

  it('follows a smaller size after an abort with dynamicStableScale', async () => {
    const canary = `dynamicStableScale: true
maxSurge: "25%"
maxUnavailable: "20%"
canaryMetadata: {labels: {role: canary}}
stableMetadata: {labels: {role: stable}}
trafficRouting: {istio: {virtualService: {name: web}, destinationRule: {name: web, canarySubsetName: canary, stableSubsetName: stable}}}
steps: [{setWeight: 10}, {pause: {}}, {setWeight: 20}, {pause: {}}]`;
    await play(
      `${services('shop', 'shop')}${SPLIT_BY_SUBSET}${rollout({ replicas: 4, canary })}`,
      [
        waitPhase('Healthy'),
        ask('promote-full'),
        update(),
        waitPhase('Paused'),
        askAbort(),
        waitPhase('Degraded'),
        scaleTo(1),
        waitStatus('replicas', 1),
        weights(100, 0),
      ],
      CRDS,
    );
  });

  it('swaps ping and pong at each promotion', async () => {
    const canary =
      'pingPong: {pingService: stable, pongService: canary}\ntrafficRouting: {istio: {virtualService: {name: web, routes: [primary]}}}\nsteps: [{setWeight: 25}, {pause: {duration: 5s}}]';
    await play(
      `${SIDES}${SPLIT_BY_HOST}${rollout({ canary })}`,
      [
        waitPhase('Healthy'),
        weights(100, 0),
        update(),
        waitStep(1),
        rest('1s'),
        weights(75, 25),
        ask('promote'),
        waitPhase('Healthy'),
        rest('1s'),
        weights(0, 100),
        update(),
        waitStep(1),
        rest('1s'),
        weights(25, 75),
        ask('promote'),
        waitPhase('Healthy'),
        rest('1s'),
        weights(100, 0),
      ],
      CRDS,
    );
  });

  it('keeps the pods of a canary that does not come up without traffic', async () => {
    await play(nginx(2, 'steps: [{setWeight: 50}, {pause: {}}]'), [
      doing(podsBehave('shop:bad', { type: 'crash-loop', delay: millis(1000) })),
      waitPhase('Healthy'),
      edit({ spec: { progressDeadlineSeconds: 10 } }),
      setImage('shop:bad'),
      waitPhase('Degraded'),
      seePods({ 1: 2, 2: 1 }),
      seeStatus('weights', (status) => assert.deepEqual(weightsOf(status), [0, 100])),
    ]);
  });
});
