import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CONFIG_MAP,
  DEPLOYMENT,
  GIT_TARGET,
  type KindDescriptor,
  NAMESPACE as NAMESPACE_KIND,
  POD,
  ROLLOUT,
  SECRET,
} from '../../../src/api/kinds.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { isSluiceError } from '../../../src/ports/errors.ts';
import { CLUSTER_ROLE_BINDING } from '../../../src/sim/cluster/built-in-kinds.ts';
import { boundRoles, grantsOf } from '../../chart/rbac-grants.ts';
import { RELEASE } from '../../chart/render.ts';
import { type Connection, connect } from '../run/lab-cluster.ts';
import { auditedCalls } from './support/audit-log.ts';
import { type ControllerProcess, startController } from './support/controller-process.ts';
import { NAMESPACE, type Release, releaseFiles } from './support/shop.ts';
import { createShopStage, type ShopStage } from './support/shop-stage.ts';
import { theLab } from './support/the-lab.ts';

const FIRST: Release = { tag: '1', errorRate: 0, paymentTimeout: '2s' };
const BAD: Release = { tag: '2', errorRate: 1, paymentTimeout: '1s' };
const ACCOUNT = `system:serviceaccount:${RELEASE.namespace}:${RELEASE.name}`;

async function refusedWith(work: Promise<unknown>): Promise<number> {
  try {
    await work;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return Number(error.details['status']);
  }
  return 200;
}

describe("the rights of the chart's service account on a real API server", () => {
  let stage: ShopStage;
  let self: Connection;
  let controller: ControllerProcess;
  let since = 0;

  before(async () => {
    stage = await createShopStage(theLab(), 'rights', FIRST);
    self = connect(stage.installation.kubeconfig);
    since = Date.now();
    controller = startController(stage.lab, stage.installation.kubeconfig, 'controller-rights');
  });
  after(async () => {
    await stage.close();
    await controller.stop();
    await self.close();
  });

  it('are enough for a release, a breach and its restore commit: nothing is refused', async (test) => {
    await stage.untilHealthyWith(FIRST, 60);
    await stage.remote.push('checkout 2', releaseFiles(BAD));
    await stage.untilRollout('the restore is applied', ({ status }) => status?.rollback?.state === 'Applied', 90);
    await stage.untilHealthyWith(FIRST, 60);
    assert.equal(await controller.stop(), 0);
    const { calls, refused } = auditedCalls(stage.lab, ACCOUNT, since);
    assert.deepEqual(refused, []);
    const granted = grantsOf(boundRoles(stage.installation.objects, RELEASE));
    assert.deepEqual(
      [...calls].filter((call) => !granted.has(call)),
      [],
    );
    const unused = [...granted].filter((call) => !calls.has(call)).toSorted();
    test.diagnostic(`${calls.size} of ${granted.size} granted calls were used; not used in this story: ${unused.join(', ')}`);
    assert.ok(calls.size > 25, `the audit log shows only ${[...calls].join(', ')}`);
  });

  const forbidden: readonly (readonly [string, (cluster: Cluster) => Promise<unknown>])[] = [
    ['read the Secrets of a team', (cluster) => cluster.get(SECRET, { namespace: NAMESPACE, name: 'deploy-key' })],
    [
      'read a Secret of its own namespace that was not named',
      (cluster) => cluster.get(SECRET, { namespace: RELEASE.namespace, name: 'other' }),
    ],
    ['list the Secrets of its own namespace', (cluster) => cluster.list(SECRET, { namespace: RELEASE.namespace })],
    ['remove Pods', (cluster) => cluster.remove(POD, { namespace: NAMESPACE, name: 'never' })],
    // It makes, marks and removes copies of them, and no right tells copies apart from those of people; replacing one is no part of that.
    [
      'replace a ConfigMap',
      (cluster) =>
        cluster.update(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'checkout-config', namespace: NAMESPACE } }),
    ],
    ['remove a Rollout', (cluster) => cluster.remove(ROLLOUT, { namespace: NAMESPACE, name: 'checkout' })],
    [
      'change the scale of a Rollout',
      (cluster) =>
        cluster.patch(
          ROLLOUT,
          { namespace: NAMESPACE, name: 'checkout' },
          { type: 'merge', body: { spec: { replicas: 1 } } },
          { subresource: 'scale' },
        ),
    ],
    ['make Deployments', (cluster) => cluster.create(DEPLOYMENT, named('apps/v1', 'Deployment', NAMESPACE))],
    ['remove namespaces', (cluster) => cluster.remove(NAMESPACE_KIND, { name: NAMESPACE })],
    [
      'point a GitTarget elsewhere',
      (cluster) => cluster.patch(GIT_TARGET, { name: 'shop' }, { type: 'merge', body: { spec: { branch: 'other' } } }),
    ],
    [
      'bind itself to a role',
      (cluster) =>
        cluster.create(CLUSTER_ROLE_BINDING, {
          ...named('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'),
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        }),
    ],
    ['act as an administrator', (cluster) => cluster.impersonate('admin', ['system:masters']).list(POD)],
    ['act as an account that was not named', (cluster) => cluster.impersonate(`system:serviceaccount:${NAMESPACE}:default`, []).list(POD)],
    [
      'give a named account more groups',
      (cluster) => cluster.impersonate(`system:serviceaccount:${NAMESPACE}:sluice-sync`, ['system:masters']).list(POD),
    ],
  ];
  for (const [what, attempt] of forbidden) {
    it(`do not let it ${what}`, async () => assert.equal(await refusedWith(attempt(self.cluster)), 403));
  }

  it('let it read the Secret that was named, and see the kinds that it looks after', async () => {
    assert.ok(await self.cluster.get(SECRET, { namespace: RELEASE.namespace, name: 'shop-git' }));
    const seen: readonly KindDescriptor[] = [ROLLOUT, GIT_TARGET];
    for (const kind of seen) assert.ok((await self.cluster.list(kind)).items.length > 0, kind.plural);
  });
});

function named(apiVersion: string, kind: string, namespace?: string) {
  return { apiVersion, kind, metadata: { name: 'never', ...(namespace === undefined ? {} : { namespace }) } };
}
