import { ANALYSIS_RUN, POD, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { FakeCluster } from './fake-cluster.ts';

const UID = 'b4c1f0d2-0001';
const STABLE = '5d8f7b6c9d';
const CANARY = '7c9a4e2f1b';

const container = (tag: string) => ({ name: 'app', image: `registry.example/shop/checkout:${tag}` });

/** A Rollout in the middle of its third of six steps. */
export function midway(status: Record<string, unknown> = {}, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'checkout', namespace: 'shop', uid: UID, generation: 8, creationTimestamp: '2026-10-12T12:00:00Z', annotations: {} },
    spec: {
      replicas: 10,
      selector: { matchLabels: { app: 'checkout' } },
      template: { metadata: { labels: { app: 'checkout' } }, spec: { containers: [container('1.5.0')] } },
      strategy: {
        canary: {
          stableService: 'checkout-stable',
          canaryService: 'checkout-canary',
          steps: [
            { setWeight: 5 },
            { pause: { duration: '5m' } },
            { setWeight: 25 },
            { analysis: { templates: [{ templateName: 'success-rate' }] } },
            { setWeight: 50 },
            { gate: { maxDuration: '20m' } },
          ],
        },
      },
      ...spec,
    },
    status: {
      observedGeneration: 8,
      phase: 'Progressing',
      message: 'step 4 of 6: analysis success-rate',
      revision: 8,
      currentPodHash: CANARY,
      stableRS: STABLE,
      currentStepIndex: 3,
      replicas: 12,
      updatedReplicas: 3,
      readyReplicas: 12,
      availableReplicas: 12,
      canary: {
        weights: { canary: { podTemplateHash: CANARY, weight: 25 }, stable: { podTemplateHash: STABLE, weight: 75 }, verified: true },
      },
      provenance: {
        current: provenance('4f2a91c07d3e5b6a8c9d0e1f2a3b4c5d6e7f8091'),
        lastGood: provenance('9be0112233445566778899aabbccddeeff001122'),
      },
      gates: [
        {
          name: 'background',
          verdict: 'Pass',
          values: [{ metric: 'saturation', value: '0.31', phase: 'Running' }],
          since: '2026-11-23T11:55:00Z',
        },
        {
          name: '3',
          verdict: 'Pending',
          reason: 'NotEnoughEvidence',
          values: [{ metric: 'success-rate', value: '0.9971', phase: 'Running' }],
          analysisRun: `checkout-${CANARY}-8-4-step`,
          since: '2026-11-23T11:59:00Z',
        },
      ],
      ...status,
    },
  };
}

function provenance(commit: string) {
  return {
    engine: 'GitSync',
    name: 'shop',
    repository: 'https://git.example/shop/deploy',
    branch: 'main',
    path: 'apps',
    file: 'apps/checkout/rollout.yaml',
    commit,
    generation: 8,
    observedAt: '2026-11-23T11:50:00Z',
  };
}

/** The status of a revision that breached and whose restore commit was applied. */
export function restored(): Record<string, unknown> {
  return {
    phase: 'Degraded',
    message: 'revision 8 breached: success-rate 0.71 is below 0.95',
    abort: true,
    abortedAt: '2026-11-23T11:58:00Z',
    currentStepIndex: 0,
    canary: {
      weights: { canary: { podTemplateHash: CANARY, weight: 0 }, stable: { podTemplateHash: STABLE, weight: 100 }, verified: true },
    },
    quarantine: [{ podTemplateHash: CANARY, revision: 8, at: '2026-11-23T11:58:00Z', cause: 'success-rate 0.71' }],
    gates: [
      {
        name: '3',
        verdict: 'Breach',
        reason: 'ConditionFailed',
        values: [{ metric: 'success-rate', value: '0.71', phase: 'Failed' }],
        since: '2026-11-23T11:58:00Z',
      },
    ],
    rollback: {
      id: 'a1b2c3',
      state: 'Pushed',
      podTemplateHash: CANARY,
      revision: 8,
      cause: 'success-rate 0.71 is below 0.95',
      analysisRun: `checkout-${CANARY}-8-4-step`,
      repository: 'https://git.example/shop/deploy',
      branch: 'main',
      badCommit: '4f2a91c07d3e5b6a8c9d0e1f2a3b4c5d6e7f8091',
      goodCommit: '9be0112233445566778899aabbccddeeff001122',
      commit: 'c0ffee0123456789abcdef0123456789abcdef01',
      files: ['apps/checkout/rollout.yaml', 'apps/checkout/config.yaml'],
      intentAt: '2026-11-23T11:58:01Z',
    },
  };
}

const owner = (kind: string, uid: string, name: string) => [
  { apiVersion: kind === 'Rollout' ? 'sluice.dev/v1alpha1' : 'apps/v1', kind, name, uid, controller: true },
];

export function replicaSet(hash: string, ordinal: number, replicas: number, ready: number, tag: string, uid = `rs-${hash}`): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `checkout-${hash}`,
      namespace: 'shop',
      uid,
      creationTimestamp: '2026-11-23T11:50:00Z',
      labels: { app: 'checkout', 'sluice.dev/pod-template-hash': hash },
      annotations: { 'sluice.dev/revision': String(ordinal) },
      ownerReferences: owner('Rollout', UID, 'checkout'),
    },
    spec: {
      replicas,
      template: {
        metadata: { creationTimestamp: null, labels: { app: 'checkout', 'sluice.dev/pod-template-hash': hash } },
        spec: { containers: [container(tag)] },
      },
    },
    status: { replicas, readyReplicas: ready, availableReplicas: ready },
  };
}

export function analysisRun(phase: string, value: string, message = ''): KubeObject {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'AnalysisRun',
    metadata: {
      name: `checkout-${CANARY}-8-4-step`,
      namespace: 'shop',
      uid: 'run-1',
      creationTimestamp: '2026-11-23T11:59:00Z',
      labels: { 'sluice.dev/pod-template-hash': CANARY, 'sluice.dev/analysis-type': 'Step', 'sluice.dev/step-index': '3' },
      annotations: { 'sluice.dev/revision': '8' },
      ownerReferences: owner('Rollout', UID, 'checkout'),
    },
    spec: {
      metrics: [
        {
          name: 'success-rate',
          interval: '10s',
          count: 5,
          successCondition: 'result[0] >= 0.95',
          provider: { prometheus: { query: 'q' } },
        },
      ],
    },
    status: {
      observedGeneration: 1,
      phase,
      message,
      metricResults: [
        {
          name: 'success-rate',
          phase,
          count: 2,
          measurements: [
            { phase: 'Successful', value: '0.9990' },
            { phase: 'Successful', value },
          ],
        },
      ],
    },
  };
}

export function brokenPod(reason: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `checkout-${CANARY}-x7k2p`,
      namespace: 'shop',
      uid: 'pod-1',
      creationTimestamp: '2026-11-23T11:51:00Z',
      labels: { app: 'checkout', 'sluice.dev/pod-template-hash': CANARY },
      ownerReferences: owner('ReplicaSet', `rs-${CANARY}`, `checkout-${CANARY}`),
    },
    status: { phase: 'Running', containerStatuses: [{ restartCount: 4, state: { waiting: { reason } } }] },
  };
}

/** The Rollout with its ReplicaSets and one AnalysisRun. */
export function shop(rollout: KubeObject = midway(), run: KubeObject = analysisRun('Running', '0.9971')): FakeCluster {
  const cluster = new FakeCluster();
  cluster.put(ROLLOUT, rollout);
  cluster.put(REPLICA_SET, replicaSet(CANARY, 8, 3, 3, '1.5.0'));
  cluster.put(REPLICA_SET, replicaSet(STABLE, 7, 9, 9, '1.4.2'));
  cluster.put(REPLICA_SET, replicaSet('66aa55bb44', 6, 0, 0, '1.4.1'));
  cluster.put(REPLICA_SET, replicaSet('deadbeef00', 3, 1, 1, 'foreign', 'rs-foreign'));
  cluster.put(REPLICA_SET, {
    ...replicaSet('deadbeef00', 3, 1, 1, 'foreign'),
    metadata: { ...replicaSet('deadbeef00', 3, 1, 1, 'foreign').metadata, ownerReferences: owner('Rollout', 'another', 'checkout') },
  });
  cluster.put(ANALYSIS_RUN, run);
  return cluster;
}

export { CANARY, POD, STABLE };
