import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP, POD } from '../../src/api/kinds.ts';
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  ROLE,
  ROLE_BINDING,
  SELF_SUBJECT_ACCESS_REVIEW,
} from '../../src/sim/cluster/built-in-kinds.ts';
import { createRbacAuthorizer } from '../../src/sim/cluster/rbac-authorizer.ts';
import type { Authorize } from '../../src/sim/cluster/sim-cluster.ts';
import { at, refused, WIDGET, widget } from '../contract/fixtures.ts';
import { type Bench, configMap, startBench } from './support.ts';

const RBAC = { apiVersion: 'rbac.authorization.k8s.io/v1' };
const DEPLOYER = 'system:serviceaccount:shop:deployer';

async function guardedBench(): Promise<Bench> {
  const late: { authorizer?: Authorize } = {};
  const bench = await startBench({ authorize: (request) => late.authorizer?.(request) });
  late.authorizer = createRbacAuthorizer(bench.sim);
  return bench;
}

function rule(
  apiGroups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
  resourceNames?: readonly string[],
): Readonly<Record<string, unknown>> {
  return { apiGroups, resources, verbs, ...(resourceNames === undefined ? {} : { resourceNames }) };
}

async function grant(bench: Bench, name: string, rules: readonly unknown[]): Promise<void> {
  const metadata = { name, namespace: 'shop' };
  await bench.cluster.create(ROLE, { ...RBAC, kind: 'Role', metadata, rules });
  const subjects = [{ kind: 'ServiceAccount', name: 'deployer', namespace: 'shop' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  await bench.cluster.create(ROLE_BINDING, { ...RBAC, kind: 'RoleBinding', metadata, subjects, roleRef });
}

describe('the RBAC authorizer', () => {
  it('refuses what nothing grants, as the real server words it', async () => {
    const { sim } = await guardedBench();
    const error = await refused(sim.as({ name: DEPLOYER, groups: [] }).create(CONFIG_MAP, configMap('a')), 'forbidden', 403, 'Forbidden');
    assert.equal(
      error.message,
      `configmaps "a" is forbidden: User "${DEPLOYER}" cannot create resource "configmaps" in API group "" in the namespace "shop"`,
    );
  });

  it('grants by role, verb, resource, subresource and name', async () => {
    const bench = await guardedBench();
    await grant(bench, 'maps', [
      rule([''], ['configmaps'], ['create', 'get']),
      rule(['contract.sluice.dev'], ['widgets/status'], ['patch'], ['mine']),
    ]);
    for (const name of ['mine', 'other']) await bench.cluster.create(WIDGET, widget('shop', name));
    const deployer = bench.sim.as({ name: DEPLOYER, groups: [] });
    await deployer.create(CONFIG_MAP, configMap('a'));
    await refused(deployer.list(CONFIG_MAP, { namespace: 'shop' }), 'forbidden', 403, 'Forbidden');
    await refused(deployer.get(CONFIG_MAP, { namespace: 'default', name: 'a' }), 'forbidden', 403, 'Forbidden');
    const patch = { type: 'merge', body: { status: { phase: 'Up' } } } as const;
    await deployer.patch(WIDGET, { namespace: 'shop', name: 'mine' }, patch, { subresource: 'status' });
    await refused(
      deployer.patch(WIDGET, { namespace: 'shop', name: 'other' }, patch, { subresource: 'status' }),
      'forbidden',
      403,
      'Forbidden',
    );
    await refused(deployer.patch(WIDGET, { namespace: 'shop', name: 'mine' }, patch), 'forbidden', 403, 'Forbidden');
  });

  it('wants the right to create of an apply that creates', async () => {
    const bench = await guardedBench();
    await grant(bench, 'patcher', [rule([''], ['configmaps'], ['patch'])]);
    const deployer = bench.sim.as({ name: DEPLOYER, groups: [] });
    await refused(deployer.apply(CONFIG_MAP, configMap('new'), { fieldManager: 'm' }), 'forbidden', 403, 'Forbidden');
    await bench.cluster.create(CONFIG_MAP, configMap('old'));
    await deployer.apply(CONFIG_MAP, configMap('old', [], { labels: { a: 'b' } }), { fieldManager: 'm' });
  });

  it('lets only those impersonate who may, and then grants what the impersonated one may', async () => {
    const bench = await guardedBench();
    await grant(bench, 'maps', [rule([''], ['configmaps'], ['create'])]);
    const controller = { name: 'system:serviceaccount:sluice:controller', groups: [] };
    const acting = bench.sim.as(controller).impersonate(DEPLOYER, []);
    await refused(acting.create(CONFIG_MAP, configMap('a')), 'forbidden', 403, 'Forbidden');
    const rules = [rule([''], ['serviceaccounts'], ['impersonate'])];
    await bench.cluster.create(CLUSTER_ROLE, { ...RBAC, kind: 'ClusterRole', metadata: { name: 'impersonator' }, rules });
    const subjects = [{ kind: 'User', name: controller.name, apiGroup: 'rbac.authorization.k8s.io' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'impersonator' };
    await bench.cluster.create(CLUSTER_ROLE_BINDING, {
      ...RBAC,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'impersonator' },
      subjects,
      roleRef,
    });
    await acting.create(CONFIG_MAP, configMap('a'));
    await refused(acting.list(POD, { namespace: 'shop' }), 'forbidden', 403, 'Forbidden');
    const grouped = bench.sim.as(controller).impersonate(DEPLOYER, ['system:masters']);
    await refused(grouped.create(CONFIG_MAP, configMap('b')), 'forbidden', 403, 'Forbidden');
  });

  it('answers access reviews', async () => {
    const bench = await guardedBench();
    await grant(bench, 'maps', [rule([''], ['configmaps'], ['create'])]);
    const deployer = bench.sim.as({ name: DEPLOYER, groups: [] });
    const ask = async (verb: string): Promise<unknown> => {
      const spec = { resourceAttributes: { verb, group: '', resource: 'configmaps', namespace: 'shop' } };
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: { name: '' }, spec };
      return at(await deployer.create(SELF_SUBJECT_ACCESS_REVIEW, review), 'status.allowed');
    };
    assert.deepEqual([await ask('create'), await ask('delete')], [true, false]);
  });
});
