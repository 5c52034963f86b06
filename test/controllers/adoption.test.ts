import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { executeAction } from '../../src/controllers/rollout/execute-plan.ts';
import type { ExecutionContext } from '../../src/controllers/rollout/guarded-writes.ts';
import { seenMeta } from '../../src/core/plan/seen.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { type Lab, replicaSet, startLab } from '../sim-world/lab.ts';

const NAME = { namespace: 'default', name: 'web' };
const CALL = { fieldManager: 'test' };

function rollout(finalizers: readonly string[]): KubeObject {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { ...NAME, finalizers: [...finalizers] },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      strategy: { canary: {} },
    },
  };
}

describe('the adoption of an orphan', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab({ crds: ownCrds() });
  });
  afterEach(() => lab.stop());

  /** Adopts the orphan in the name of this Rollout, as a decision made a moment ago wants it. */
  async function adoptFor(owner: KubeObject): Promise<void> {
    const orphan = await lab.cluster.get(REPLICA_SET, { ...NAME, name: 'orphan' });
    assert.ok(orphan);
    const { apiVersion, kind, metadata } = owner;
    const context: ExecutionContext = {
      cluster: lab.cluster,
      namespace: 'default',
      signal: new AbortController().signal,
      owner: { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true },
    };
    await executeAction({ type: 'adoptReplicaSet', target: seenMeta(orphan.metadata), ownerReferences: [], why: 'test' }, context);
  }

  async function owners(): Promise<readonly string[]> {
    const orphan = await lab.cluster.get(REPLICA_SET, { ...NAME, name: 'orphan' });
    return (orphan?.metadata.ownerReferences ?? []).map((owner) => owner.name);
  }

  it('asks the API server first whether the Rollout is still there and not being deleted', async () => {
    await lab.cluster.create(REPLICA_SET, replicaSet('orphan', 0), CALL);
    const before = await lab.cluster.create(ROLLOUT, rollout(['test/hold']), CALL);
    await lab.cluster.remove(ROLLOUT, NAME, {});
    await assert.rejects(adoptFor(before), (error) => isSluiceError(error, 'conflict'));
    assert.deepEqual(await owners(), []);
  });

  it('is not for another Rollout of the same name', async () => {
    await lab.cluster.create(REPLICA_SET, replicaSet('orphan', 0), CALL);
    const before = await lab.cluster.create(ROLLOUT, rollout([]), CALL);
    await lab.cluster.remove(ROLLOUT, NAME, {});
    const next = await lab.cluster.create(ROLLOUT, rollout([]), CALL);
    await assert.rejects(adoptFor(before), (error) => isSluiceError(error, 'conflict'));
    await adoptFor(next);
    assert.deepEqual(await owners(), ['web']);
  });
});
