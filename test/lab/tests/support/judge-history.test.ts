import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, REPLICA_SET, ROLLOUT } from '../../../../src/api/kinds.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import { instant } from '../../../../src/api/time.ts';
import type { ResourceKind } from '../../../../src/ports/cluster.ts';
import { judgeHistory } from './judge-history.ts';
import type { Booked } from './written-history.ts';

const owner = (kind: string, name: string) => ({ apiVersion: 'v1', kind, name, uid: name, controller: true });

function booked(version: number, kind: ResourceKind, object: KubeObject, gone = false): Booked {
  return { kind, version, at: instant(version), object, gone };
}

const rollout: KubeObject = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'shop', namespace: 'shop', uid: 'shop' },
  spec: { replicas: 1, strategy: { canary: { maxSurge: 1, maxUnavailable: 0 } } },
};

function replicaSet(name: string, replicas: number, availableReplicas = 0, observedGeneration = 1): KubeObject {
  const metadata = { name, namespace: 'shop', uid: name, generation: 1, ownerReferences: [owner('Rollout', 'shop')] };
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { replicas }, status: { availableReplicas, observedGeneration } };
}

function readyPod(set: string, leaving = false): KubeObject {
  const metadata = { name: set, namespace: 'shop', uid: `pod of ${set}`, ownerReferences: [owner('ReplicaSet', set)] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: leaving ? { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } : metadata,
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** One pod takes the place of another one; of the new one only a version is known that came after the old one had to go. */
const LAST_VERSIONS = [
  booked(1, ROLLOUT, rollout),
  booked(2, REPLICA_SET, replicaSet('old', 1)),
  booked(3, POD, readyPod('old')),
  booked(4, REPLICA_SET, replicaSet('new', 1)),
  booked(6, REPLICA_SET, replicaSet('old', 0)),
  booked(7, POD, readyPod('old', true)),
  booked(8, POD, readyPod('new')),
];

describe('the judge of what was written to a real API server', () => {
  it('finds what breaks a rule', () => {
    const { violations, unjudged } = judgeHistory({ entries: LAST_VERSIONS, gaps: [] }, []);
    assert.deepEqual(
      violations.map(({ invariant, message }) => `${invariant}: ${message}`),
      ['S3: 0 pods are ready where 1 had been reached and are needed'],
    );
    assert.equal(unjudged, 0);
  });

  it('judges nothing where versions are missing, and what comes behind them from what is there by then', () => {
    const gaps = [{ after: 4, upTo: 8 }];
    assert.deepEqual(judgeHistory({ entries: LAST_VERSIONS, gaps }, []), { violations: [], misled: [], byController: 0, unjudged: 3 });
    const entries = [...LAST_VERSIONS, booked(9, REPLICA_SET, replicaSet('new', 0)), booked(10, POD, readyPod('new', true))];
    const { violations } = judgeHistory({ entries, gaps }, []);
    assert.deepEqual(
      violations.map(({ at, invariant }) => `${at} ${invariant}`),
      ['10 S3'],
    );
  });

  it('tells what Kubernetes counted wrong apart, at the present size only', () => {
    const counted = (generation: number): readonly Booked[] =>
      LAST_VERSIONS.map((entry) => (entry.version === 4 ? booked(4, REPLICA_SET, replicaSet('new', 1, 1, generation)) : entry));
    const [now, before] = [1, 0].map((generation) => judgeHistory({ entries: counted(generation), gaps: [] }, []));
    assert.deepEqual([now?.violations.length, now?.misled.length], [0, 1]);
    assert.deepEqual([before?.violations.length, before?.misled.length], [1, 0]);
  });
});
