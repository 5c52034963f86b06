import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { executeAction } from '../../src/controllers/rollout/execute-plan.ts';
import { executionContext } from '../../src/controllers/rollout/guarded-writes.ts';
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

  /** Adopts these orphans in the name of this Rollout, as a decision made a moment ago wants it. */
  async function adoptFor(owner: KubeObject, ...names: readonly string[]): Promise<void> {
    const orphans: KubeObject[] = [];
    for (const name of ['orphan', ...names]) orphans.push(await orphanNamed(name));
    const { apiVersion, kind, metadata } = owner;
    const context = executionContext({
      cluster: lab.cluster,
      namespace: 'default',
      signal: new AbortController().signal,
      owner: { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true },
    });
    for (const orphan of orphans) {
      await executeAction({ type: 'adoptReplicaSet', target: seenMeta(orphan.metadata), ownerReferences: [], why: 'test' }, context);
    }
  }

  async function orphanNamed(name: string): Promise<KubeObject> {
    const orphan = await lab.cluster.get(REPLICA_SET, { ...NAME, name });
    return orphan ?? assert.fail(`there is no ReplicaSet ${name}`);
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

  it('asks once for all the orphans of a plan', async () => {
    for (const name of ['orphan', 'second', 'third']) await lab.cluster.create(REPLICA_SET, replicaSet(name, 0), CALL);
    const owner = await lab.cluster.create(ROLLOUT, rollout([]), CALL);
    await lab.clock.settle();
    let reads = 0;
    lab.sim.onRequest(({ verb, kind }) => {
      if (verb === 'get' && kind.kind === 'Rollout') reads += 1;
      return undefined;
    });
    await adoptFor(owner, 'second', 'third');
    assert.equal(reads, 1);
    for (const name of ['orphan', 'second', 'third']) assert.equal((await orphanNamed(name)).metadata.ownerReferences?.[0]?.name, 'web');
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
