import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../src/api/metadata.ts';
import { tellChange } from '../../src/demo/timeline.ts';

function rollout(status: Readonly<Record<string, unknown>>): KubeObject {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'checkout', namespace: 'shop', uid: 'u1' },
    spec: { selector: { matchLabels: { app: 'checkout' } }, template: {}, strategy: { canary: {} } },
    status: { observedGeneration: 4, ...status },
  };
}

const ROLLBACK = { id: 'r1', podTemplateHash: 'bad', revision: 3, cause: 'too many errors', intentAt: '2026-01-01T00:00:00Z' };

describe('the timeline of the demo', () => {
  it('says that a revision was reverted also when the reconciler was faster than the record of the push', () => {
    const healthy = rollout({
      phase: 'Healthy',
      message: 'revision 4 is stable',
      rollback: { ...ROLLBACK, state: 'Pushed', commit: 'a'.repeat(40) },
    });
    const told = rollout({
      phase: 'Healthy',
      message: 'revision 3 breached and was reverted',
      rollback: { ...ROLLBACK, state: 'Applied' },
    });
    assert.deepEqual(
      tellChange(healthy, told).map((line) => `${line.who}: ${line.text}`),
      ['rollout: Healthy: revision 3 breached and was reverted', 'restore: applied: Git and the cluster agree again'],
    );
  });

  it('says nothing when only the books changed', () => {
    const before = rollout({ phase: 'Healthy', message: 'revision 4 is stable', readyReplicas: 4 });
    assert.deepEqual(tellChange(before, rollout({ phase: 'Healthy', message: 'revision 4 is stable', readyReplicas: 5 })), []);
  });
});
