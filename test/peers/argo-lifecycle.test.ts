import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { millis } from '../../src/api/time.ts';
import { POD_DISRUPTION_BUDGET } from '../../src/sim/cluster/built-in-kinds.ts';
import { ISTIO_CRDS } from '../../src/sim/router/istio/istio-crds.ts';
import { apply, metric, podsBehave, removeObject } from '../../src/sim/scenario/timeline.ts';
import { rollout, services } from './peer-manifests.ts';
import { BY_INGRESS, ingress, routesOf, SPLIT_BY_HOST } from './peer-routes.ts';
import {
  ask,
  doing,
  edit,
  type Move,
  play,
  podsOf,
  rest,
  scaleTo,
  see,
  seeCondition,
  seeCounts,
  seePhase,
  seePods,
  seeService,
  seeStatus,
  setImage,
  statusOf,
  update,
  waitPhase,
  waitStatus,
  waitStep,
  waitUntil,
  weightsOf,
} from './peer-stage.ts';

const SIDES = services('shop', 'stable', 'canary');

function labelled(revision: number, name: string, value: string | undefined): Move {
  return see(`label ${name} of revision ${revision}`, (stage) => {
    const pods = podsOf(stage, revision);
    assert.ok(pods.length > 0);
    for (const pod of pods) assert.equal(pod.metadata.labels?.[name], value);
  });
}

function routes(...expected: readonly string[]): Move {
  return see('routes of the VirtualService', (stage) => assert.deepEqual(routesOf(stage), expected));
}

function neverWas(run: Awaited<ReturnType<typeof play>>, phase: string): void {
  const was = run.writes.some(
    ({ after }) => after?.kind === 'Rollout' && JSON.stringify(after['status'] ?? {}).includes(`"phase":"${phase}"`),
  );
  assert.equal(was, false, `it was ${phase}`);
}

describe('the life of a Rollout, as Argo Rollouts runs it', () => {
  it('gives pods the labels of stable and canary, and changes them in place', async () => {
    const canary =
      'canaryMetadata: {labels: {role: canary}}\nstableMetadata: {labels: {role: stable}}\nsteps: [{setWeight: 50}, {pause: {}}]';
    await play(rollout({ replicas: 2, canary }), [
      waitUntil('there are two pods', (stage) => stage.sim.snapshot(POD).length === 2),
      labelled(1, 'role', 'stable'),
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      labelled(1, 'role', 'stable'),
      labelled(2, 'role', 'canary'),
      edit({ spec: { strategy: { canary: { canaryMetadata: { labels: { role: null, role2: 'canary2' } } } } } }),
      rest('1s'),
      labelled(2, 'role', undefined),
      labelled(2, 'role2', 'canary2'),
      ask('promote'),
      waitPhase('Healthy'),
      labelled(2, 'role', 'stable'),
      edit({ spec: { strategy: { canary: { stableMetadata: { labels: { role: null, role2: 'stable2' } } } } } }),
      rest('1s'),
      labelled(2, 'role', undefined),
      labelled(2, 'role2', 'stable2'),
      see('still two revisions', (stage) => assert.equal(stage.sim.snapshot(REPLICA_SET).length, 2)),
    ]);
  });

  it('restarts as many pods at once as may be missing, also in the middle of a release', async () => {
    await play(rollout({ replicas: 4, canary: 'maxUnavailable: 75%\nsteps: [{setWeight: 25}, {pause: {}}]' }), [
      doing(podsBehave('shop:1', { type: 'ready-after', delay: millis(10_000) })),
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      rest('2s'),
      ask('restart'),
      waitStatus('availableReplicas', 1),
      seeCounts(4, 4, 1, 1, 1),
      waitUntil('it is restarted', (stage) => statusOf(stage)['restartedAt'] !== undefined),
      rest('15s'),
      seePhase('Paused'),
      seeCounts(4, 4, 1, 4, 4),
    ]);
  });

  it('restarts nothing against a PodDisruptionBudget, and everything once that is gone', async () => {
    const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: shop}
spec: {minAvailable: 4, selector: {matchLabels: {app: shop}}}
---
`;
    await play(`${budget}${rollout({ replicas: 4, canary: 'maxUnavailable: 100%\nsteps: [{setWeight: 25}, {pause: {}}]' })}`, [
      doing(podsBehave('shop:1', { type: 'ready-after', delay: millis(10_000) })),
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      rest('2s'),
      ask('restart'),
      rest('2s'),
      seeCounts(4, 4, 1, 4, 4),
      doing(removeObject(POD_DISRUPTION_BUDGET, 'shop/shop')),
      waitStatus('availableReplicas', 0),
      waitUntil('it is restarted', (stage) => statusOf(stage)['restartedAt'] !== undefined),
    ]);
  });

  it('is Healthy again after a restart that begins long after the progress deadline', async () => {
    const spec = 'progressDeadlineAbort: true\nprogressDeadlineSeconds: 15';
    const run = await play(rollout({ replicas: 2, spec, canary: 'steps: [{setWeight: 20}]' }), [
      waitPhase('Healthy'),
      rest('16s'),
      ask('restart'),
      waitUntil('it is restarted', (stage) => statusOf(stage)['restartedAt'] !== undefined),
      waitPhase('Healthy'),
    ]);
    neverWas(run, 'Degraded');
  });

  it('restarts by spec.restartAt as well', async () => {
    await play(rollout({ replicas: 2, canary: 'steps: [{setWeight: 20}]' }), [
      waitPhase('Healthy'),
      edit({ spec: { restartAt: '2026-01-01T00:00:30Z' } }),
      rest('15s'),
      see('no pod is new', (stage) =>
        assert.ok(stage.sim.snapshot(POD).every((pod) => (pod.metadata.creationTimestamp ?? '') < '2026-01-01T00:00:05Z')),
      ),
      waitStatus('restartedAt', '2026-01-01T00:00:30Z'),
      waitPhase('Healthy'),
      see('every pod is new', (stage) =>
        assert.ok(podsOf(stage, 1).every((pod) => (pod.metadata.creationTimestamp ?? '') >= '2026-01-01T00:00:30Z')),
      ),
    ]);
  });

  it('mounts chosen items of a ConfigMap', async () => {
    const config = `
apiVersion: v1
kind: ConfigMap
metadata: {name: items}
data: {game: "lives=5", look: "color=purple"}
---
`;
    const pod = `volumes:
- name: items
  configMap:
    name: items
    items:
    - {key: game, path: game.properties}
    - {key: look, path: look.properties}`;
    await play(`${config}${rollout({ replicas: 2, canary: 'maxUnavailable: 100%\nsteps: [{setWeight: 25}, {pause: {}}]', pod })}`, [
      waitPhase('Healthy'),
      seePods({ 1: 2 }),
    ]);
  });

  it('takes amounts of resources as decimals, thousandths and numbers', async () => {
    for (const cpu of ["'0.001'", '1m', '0.001']) {
      await play(rollout({ replicas: 1, canary: '{}' }).replace('cpu: 5m', `cpu: ${cpu}`), [waitPhase('Healthy'), seePods({ 1: 1 })]);
    }
  });

  it('recovers once the AnalysisTemplate that it names is there', async () => {
    const template = `
apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: later, namespace: shop}
spec:
  metrics:
  - name: success
    interval: 5s
    successCondition: result[0] > 0.9
    provider: {prometheus: {query: success}}
`;
    await play(rollout({ replicas: 0, canary: 'analysis: {templates: [{templateName: later}]}' }), [
      doing(metric('success', 1)),
      waitPhase('Degraded'),
      seeCondition('InvalidSpec', 'True'),
      doing(apply(template)),
      waitPhase('Healthy'),
    ]);
  });

  it('serves nothing with 0 replicas, is Healthy, and comes up when it is scaled', async () => {
    await play(rollout({ replicas: 0, canary: 'steps: [{setWeight: 50}, {pause: {}}]' }), [
      waitPhase('Healthy'),
      seeCounts(0, 0, 0, 0, 0),
      scaleTo(3),
      waitStatus('availableReplicas', 3),
      waitPhase('Healthy'),
      scaleTo(0),
      waitStatus('replicas', 0),
      waitPhase('Healthy'),
    ]);
  });

  it('follows another minReadySeconds with the pods that are there, without a revision', async () => {
    const manifest = rollout({ replicas: 2, spec: 'minReadySeconds: 300', canary: 'steps: [{setWeight: 50}, {pause: {}}]' });
    await play(manifest, [
      waitStatus('readyReplicas', 2),
      rest('5s'),
      seePhase('Progressing'),
      edit({ spec: { minReadySeconds: 1 } }),
      waitPhase('Healthy'),
      edit({ spec: { minReadySeconds: null } }),
      rest('2s'),
      see('every ReplicaSet', (stage) => {
        const seconds = stage.sim
          .snapshot(REPLICA_SET)
          .map((set) => (set['spec'] as { readonly minReadySeconds?: number }).minReadySeconds);
        assert.deepEqual(seconds, [0]);
      }),
    ]);
  });

  it('waits for minReadySeconds before a pod counts as available', async () => {
    await play(rollout({ replicas: 2, spec: 'minReadySeconds: 20', canary: 'steps: [{setWeight: 50}, {pause: {}}]' }), [
      waitStatus('readyReplicas', 2),
      seePhase('Progressing'),
      seeStatus('available', (status) => assert.equal(status['availableReplicas'], 0)),
      waitPhase('Healthy'),
      update(),
      rest('10s'),
      seePhase('Progressing'),
      waitPhase('Paused'),
      rest('5s'),
      seeCounts(2, 2, 1, 2, 2),
    ]);
  });

  it('aborts by itself at the progress deadline with progressDeadlineAbort', async () => {
    const spec = 'progressDeadlineAbort: true\nprogressDeadlineSeconds: 10';
    await play(rollout({ replicas: 4, spec, canary: 'maxSurge: 1\nmaxUnavailable: 0\nsteps: [{setWeight: 25}, {pause: {}}]' }), [
      doing(podsBehave('shop:bad', { type: 'image-pull-error' })),
      waitPhase('Healthy'),
      setImage('shop:bad'),
      waitUntil('it is aborted', (stage) => statusOf(stage).abort === true),
      seePhase('Degraded'),
      rest('5s'),
      seePods({ 1: 4, 2: 0 }),
      setImage('shop:2'),
      waitPhase('Paused'),
      seeStatus('no abort is left', (status) => assert.notEqual(status.abort, true)),
    ]);
  });

  it('sends requests with a header to the canary, and takes the route away when the step names no match', async () => {
    const canary = `canaryService: canary
stableService: stable
trafficRouting:
  managedRoutes: [{name: by-header}]
  istio: {virtualService: {name: web, routes: [primary]}}
steps:
- setWeight: 20
- setHeaderRoute: {name: by-header, match: [{headerName: agent, headerValue: {regex: "firefox(.*)"}}]}
- pause: {}
- setHeaderRoute: {name: by-header, match: [{headerName: agent, headerValue: {regex: "chrome(.*)"}}]}
- pause: {}
- setWeight: 40
- setHeaderRoute: {name: by-header}
- pause: {}`;
    await play(
      `${SIDES}${SPLIT_BY_HOST}${rollout({ replicas: 5, canary })}`,
      [
        waitPhase('Healthy'),
        routes('primary: stable=100 canary=0'),
        update(),
        waitPhase('Paused'),
        routes('by-header: canary=100', 'primary: stable=80 canary=20'),
        ask('promote'),
        waitStep(4),
        waitPhase('Paused'),
        routes('by-header: canary=100', 'primary: stable=80 canary=20'),
        ask('promote'),
        waitStep(7),
        waitPhase('Paused'),
        routes('primary: stable=60 canary=40'),
        ask('promote-full'),
        waitPhase('Healthy'),
        routes('primary: stable=100 canary=0'),
      ],
      { crds: [...ownCrds(), ...ISTIO_CRDS] },
    );
  });

  it('mirrors requests to the canary, and takes each route away by its name', async () => {
    const canary = `canaryService: canary
stableService: stable
trafficRouting:
  managedRoutes: [{name: mirror-1}, {name: mirror-2}]
  istio: {virtualService: {name: web, routes: [primary]}}
steps:
- setWeight: 20
- setMirrorRoute: {name: mirror-1, percentage: 100, match: [{path: {prefix: /}}]}
- setMirrorRoute: {name: mirror-2, percentage: 80, match: [{path: {prefix: /}, method: {exact: GET}}]}
- pause: {}
- setWeight: 40
- setMirrorRoute: {name: mirror-1}
- pause: {}`;
    await play(
      `${SIDES}${SPLIT_BY_HOST}${rollout({ replicas: 5, canary })}`,
      [
        waitPhase('Healthy'),
        update(),
        waitPhase('Paused'),
        routes('mirror-1: stable=80 canary=20', 'mirror-2: stable=80 canary=20', 'primary: stable=80 canary=20'),
        ask('promote'),
        waitStep(6),
        waitPhase('Paused'),
        routes('mirror-2: stable=60 canary=40', 'primary: stable=60 canary=40'),
        ask('promote-full'),
        waitPhase('Healthy'),
        routes('primary: stable=100 canary=0'),
      ],
      { crds: [...ownCrds(), ...ISTIO_CRDS] },
    );
  });

  it('has at least minPodsPerReplicaSet pods on a side that has any, and no more than replicas', async () => {
    const canary = `${BY_INGRESS}minPodsPerReplicaSet: 2\nsteps: [{setWeight: 5}, {pause: {}}]`;
    await play(`${SIDES}${ingress('stable')}${rollout({ replicas: 10, canary })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 10, 2: 2 }),
    ]);
    await play(`${SIDES}${ingress('stable')}${rollout({ replicas: 1, canary })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 1, 2: 1 }),
    ]);
  });

  it('counts weights by maxTrafficWeight', async () => {
    const canary =
      'canaryService: canary\nstableService: stable\ntrafficRouting: {maxTrafficWeight: 1000, nginx: {stableIngress: web}}\nsteps: [{setWeight: 250}, {pause: {}}]';
    await play(`${SIDES}${ingress('stable')}${rollout({ replicas: 4, canary })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 4, 2: 1 }),
      seeStatus('weights', (status) => assert.deepEqual(weightsOf(status), [250, 750])),
    ]);
  });

  it('goes on with fewer pods than asked for, as far as replicaProgressThreshold allows it', async () => {
    const canary =
      'replicaProgressThreshold: {type: Percent, value: 50}\nmaxSurge: 100%\nmaxUnavailable: 1\nsteps: [{setWeight: 50}, {pause: {}}]';
    let made = 0;
    await play(
      rollout({ replicas: 4, canary }),
      [
        waitPhase('Healthy'),
        setImage('shop:2'),
        waitPhase('Paused'),
        seePods({ 2: 2 }),
        seeStatus('available', (status) => assert.equal(status['availableReplicas'], 4)),
      ],
      {
        behaviour: (pod) => {
          if (!JSON.stringify(pod['spec']).includes('shop:2')) return { type: 'ready-after', delay: millis(2000) };
          made += 1;
          const [first] = (pod.metadata.uid ?? '0').slice(-1);
          return Number.parseInt(first ?? '0', 16) % 2 === 0 ? { type: 'ready-after', delay: millis(2000) } : { type: 'never-ready' };
        },
        settle: '15m',
      },
    );
    assert.ok(made > 0);
  });

  it('keeps traffic on its Services when the template gets a label that they do not select', async () => {
    const canary = 'canaryService: canary\nstableService: stable\nsteps: [{setWeight: 50}, {pause: {}}]';
    await play(`${SIDES}${rollout({ replicas: 2, canary })}`, [
      waitPhase('Healthy'),
      edit({ spec: { template: { metadata: { labels: { app: 'shop', extra: 'yes' } } } } }),
      waitPhase('Paused'),
      seeService('canary', 2),
      seeService('stable', 1),
    ]);
  });

  it('takes both strategies for a mistake at the API server, like a template beside workloadRef', async () => {
    const both = rollout({ canary: '{}' }).replace(
      '  strategy:',
      '  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: shop}\n  strategy:',
    );
    await assert.rejects(play(both, []), /exactly one of template or workloadRef/u);
    await assert.rejects(
      play(rollout({ canary: 'canaryService: same\nstableService: same' }), []),
      (error) => error instanceof Error && error.message.includes('canaryService'),
    );
    assert.equal(ROLLOUT.group, 'sluice.dev');
  });
});
