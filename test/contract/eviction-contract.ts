import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { POD, SERVICE_ACCOUNT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { POD_DISRUPTION_BUDGET } from '../../src/sim/cluster/built-in-kinds.ts';
import type { Fixture } from './cluster-contract.ts';
import { causesOf, refused } from './fixtures.ts';

const WRONG_UID = '00000000-0000-4000-8000-000000000000';

/** Evictions, as far as a restart needs them. No Pod here is ever scheduled, so that it goes at once. */
export function describeEvictions(fixture: Fixture): void {
  const pod = async (name: string): Promise<KubeObject> => {
    const { cluster, namespace } = fixture;
    const made = await cluster.create(POD, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app: name } },
      spec: {
        schedulerName: 'nobody',
        automountServiceAccountToken: false,
        containers: [{ name: 'app', image: 'app:1' }],
      },
    });
    const conditions = [{ type: 'Ready', status: 'True' }];
    const body = { status: { phase: 'Running', conditions } };
    return cluster.patch(POD, { namespace, name: made.metadata.name }, { type: 'merge', body }, { subresource: 'status' });
  };
  const budget = async (name: string, app: string, minAvailable: number): Promise<KubeObject> => {
    const { cluster, namespace } = fixture;
    return cluster.create(POD_DISRUPTION_BUDGET, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace },
      spec: { minAvailable, selector: { matchLabels: { app } } },
    });
  };

  describe('evicting', () => {
    before(async () => {
      const { cluster, namespace } = fixture;
      try {
        await cluster.create(SERVICE_ACCOUNT, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
      } catch (error) {
        if (!isSluiceError(error, 'already_exists')) throw error;
      }
    });

    it('takes a Pod away that no budget protects', async () => {
      const { cluster, namespace } = fixture;
      const made = await pod('free');
      await cluster.evict({ namespace, name: 'free' }, { preconditions: { uid: made.metadata.uid } });
      assert.equal(await cluster.get(POD, { namespace, name: 'free' }), undefined);
    });

    it('refuses a Pod that is gone, and one of another uid', async () => {
      const { cluster, namespace } = fixture;
      await refused(cluster.evict({ namespace, name: 'never-there' }), 'not_found', 404, 'NotFound');
      await pod('reborn-pod');
      const ref = { namespace, name: 'reborn-pod' };
      await refused(cluster.evict(ref, { preconditions: { uid: WRONG_UID } }), 'conflict', 409, 'Conflict');
      assert.ok((await cluster.get(POD, ref)) !== undefined);
    });

    it('waits for a budget that allows nothing, in its words', async () => {
      const { cluster, namespace } = fixture;
      await pod('protected');
      await budget('keeps-one', 'protected', 1);
      const ref = { namespace, name: 'protected' };
      const error = await refused(cluster.evict(ref), 'rate_limited', 429, 'TooManyRequests');
      assert.match(causesOf(error)[0] ?? '', /The disruption budget keeps-one (needs 1 healthy pods and has|is still being processed)/u);
      assert.ok((await cluster.get(POD, ref)) !== undefined);
    });

    it('spends what a budget allows', async () => {
      const { cluster, namespace } = fixture;
      await pod('allowed');
      const made = await budget('allows-one', 'allowed', 0);
      const { generation } = made.metadata;
      const status = { observedGeneration: generation, disruptionsAllowed: 1, currentHealthy: 1, desiredHealthy: 0, expectedPods: 1 };
      const options = { subresource: 'status' } as const;
      await cluster.patch(POD_DISRUPTION_BUDGET, { namespace, name: 'allows-one' }, { type: 'merge', body: { status } }, options);
      await cluster.evict({ namespace, name: 'allowed' });
      assert.equal(await cluster.get(POD, { namespace, name: 'allowed' }), undefined);
    });

    it('has no answer for a Pod that two budgets protect', async () => {
      const { cluster, namespace } = fixture;
      await pod('twice-protected');
      await budget('first', 'twice-protected', 1);
      await budget('second', 'twice-protected', 1);
      await refused(cluster.evict({ namespace, name: 'twice-protected' }), 'unavailable', 500, '');
    });
  });
}
