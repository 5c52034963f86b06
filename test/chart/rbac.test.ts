import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANALYSIS_RUN, CONFIG_MAP, DEPLOYMENT, GIT_SYNC, GIT_TARGET, LEASE, REPLICA_SET, ROLLOUT, SECRET } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { leaseName } from '../../src/kube/lease.ts';
import { CONTROLLER_USER } from '../../src/sim/invariants/controller-user.ts';
import { viewRollout } from '../../src/sim/invariants/world-view.ts';
import type { PortFault, PortRequest } from '../../src/sim/scenario/incarnation.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { boundRoles, grantsOf, rulesOf } from './rbac-grants.ts';
import {
  ADOPTED,
  OTHER_KINDS,
  ownConfig,
  PLATFORM,
  REPOSITORY,
  ROUTES,
  releaseFiles,
  rollout,
  routedRollouts,
  SHARED_SECRET,
  services,
} from './rbac-manifests.ts';
import { createRbacStage, type LifeOptions, type RbacStage, served } from './rbac-stage.ts';
import { RELEASE, render } from './render.ts';

const ACCOUNT = { namespace: RELEASE.namespace, name: RELEASE.name };

async function install(stage: RbacStage, objects: readonly KubeObject[]): Promise<void> {
  await stage.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: ${RELEASE.namespace}}}`);
  await stage.apply(PLATFORM);
  await stage.apply(served(objects));
}

function commit(stage: RbacStage, tag: string): void {
  stage.repositories.remote(REPOSITORY).commit('main', releaseFiles(tag), `release ${tag}`, stage.clock.now());
}

function restores(stage: RbacStage): number {
  return [...stage.repositories.remote(REPOSITORY).commits.values()].filter(({ message }) => message.includes('Sluice-Revert-Id:')).length;
}

function rolloutNamed(stage: RbacStage, name: string): KubeObject | undefined {
  return stage.sim.snapshot(ROLLOUT).find((object) => object.metadata.name === name);
}

/** Healthy with this image, with nothing under test. */
function healthyWith(name: string, tag: string): Until {
  const { what, holds } = rolloutIs(`shop/${name}`, 'Healthy', (status) => status.currentPodHash === status.stableRS);
  return {
    what: `${what}, with ${tag}`,
    holds: (sim) => holds(sim) && JSON.stringify(sim.snapshot(ROLLOUT).find((one) => one.metadata.name === name)).includes(`web:${tag}"`),
  };
}

function healthyWithout(name: string): Until {
  return rolloutIs(`shop/${name}`, 'Healthy', (status) => status.currentPodHash === status.stableRS);
}

function running(name: string): Until {
  return {
    what: `an analysis of ${name} is running`,
    holds: (sim) =>
      sim
        .snapshot(ANALYSIS_RUN)
        .some((run) => run.metadata.name.startsWith(name) && JSON.stringify(run['status'] ?? {}).includes('"Running"')),
  };
}

async function annotate(stage: RbacStage, name: string, annotation: string, value: (hash: string) => string): Promise<void> {
  const hash = viewRollout(rolloutNamed(stage, name))?.status.currentPodHash ?? '';
  const body = { metadata: { annotations: { [annotation]: value(hash) } } };
  await stage.during(stage.admin.patch(ROLLOUT, { namespace: 'shop', name }, { type: 'merge', body }));
}

/** The main job: two good releases, a bad one, its restore commit, and the last good state back in the cluster. */
async function releaseAndRestore(stage: RbacStage): Promise<void> {
  stage.metrics.set('success', 1);
  commit(stage, '1');
  await stage.until(healthyWith('checkout', '1'));
  commit(stage, '2');
  await stage.until(healthyWith('checkout', '2'));
  stage.metrics.set('success', 0);
  commit(stage, '3');
  await stage.until({ what: 'a restore commit', holds: () => restores(stage) === 1 });
  stage.metrics.set('success', 1);
  await stage.until(healthyWith('checkout', '2'));
}

async function abortWhileMeasured(stage: RbacStage, id: string): Promise<void> {
  await stage.until(running('other'));
  await annotate(stage, 'other', 'sluice.dev/abort', (hash) => `${hash}@${id}`);
  await stage.until(rolloutIs('shop/other', 'Degraded'));
}

/** Somebody takes the ReplicaSets' owner away; the controller adopts them again. */
async function orphan(stage: RbacStage, name: string): Promise<void> {
  const sets = stage.sim.snapshot(REPLICA_SET).filter((set) => set.metadata.name.startsWith(`${name}-`));
  assert.ok(sets.length > 0);
  for (const { metadata } of sets) {
    const body = { metadata: { ownerReferences: null } };
    await stage.during(stage.admin.patch(REPLICA_SET, { namespace: 'shop', name: metadata.name }, { type: 'merge', body }));
  }
  const owned = (set: KubeObject): boolean => set.metadata.ownerReferences?.some((owner) => owner.controller === true) === true;
  await stage.until({ what: 'the ReplicaSets are adopted', holds: (sim) => sim.snapshot(REPLICA_SET).every(owned) });
}

/** What people do beside it: releases of a second Rollout until history is cut, an orphan, a restart, an abort. */
async function steer(stage: RbacStage): Promise<void> {
  await stage.apply([services('other'), ownConfig('other', '1'), rollout('other', '1')].join('\n---\n'));
  await stage.until(healthyWith('other', '1'));
  for (const tag of ['2', '3', '4']) {
    await stage.apply([ownConfig('other', tag), rollout('other', tag)].join('---'));
    await stage.until(healthyWith('other', tag));
  }
  await orphan(stage, 'other');
  await annotate(stage, 'other', 'sluice.dev/request', (hash) => `restart:${hash}@r`);
  await stage.until(rolloutIs('shop/other', 'Healthy', (status) => status['restartedAt'] !== undefined));
  await stage.apply(rollout('other', '5'));
  await abortWhileMeasured(stage, 'a');
}

/** A Rollout takes over from a Deployment and gives it back; another one uses a PodTemplate. */
async function adopt(stage: RbacStage): Promise<void> {
  const size = (): unknown => Reflect.get(Object(stage.sim.snapshot(DEPLOYMENT)[0]?.['spec']), 'replicas');
  await stage.apply(ADOPTED);
  await stage.until(healthyWithout('legacy'));
  await stage.until(healthyWithout('stored'));
  await stage.until({ what: 'the Deployment gave way', holds: () => size() === 0 });
  await stage.during(stage.admin.remove(ROLLOUT, { namespace: 'shop', name: 'legacy' }));
  await stage.until({ what: 'the Deployment is back', holds: () => size() === 2 && rolloutNamed(stage, 'legacy') === undefined });
}

/** Releases whose traffic is split by routes, one of which is made. */
async function releaseRouted(stage: RbacStage): Promise<void> {
  await stage.apply([services('routed'), services('generated'), ROUTES, routedRollouts('1')].join('\n---\n'));
  for (const tag of ['1', '2']) {
    await stage.apply(routedRollouts(tag));
    for (const name of ['routed', 'generated']) await stage.until(healthyWith(name, tag));
  }
}
type StorySettings = Pick<LifeOptions, 'namespaces' | 'secretNamespaces'>;

/** The answer to the first creation of each of these kinds is lost, and the caches are late: the next try finds what the first one made. */
function losesFirstCreations(): (request: PortRequest) => PortFault | undefined {
  const lost = new Set<string>();
  return ({ verb, kind, ref }) => {
    if (verb !== 'create' || lost.has(kind.kind) || ![REPLICA_SET, ANALYSIS_RUN].some((one) => one.kind === kind.kind)) return undefined;
    // Copies of configuration are waited for until the caches show them, and the ReplicaSet is among them then.
    if (kind.kind === REPLICA_SET.kind && !ref.includes('stored-')) return undefined;
    lost.add(kind.kind);
    return { type: 'timeout', applied: true };
  };
}

async function wholeStory(stage: RbacStage, settings: StorySettings): Promise<void> {
  const first = stage.start({ ...settings, fault: losesFirstCreations(), watchLag: () => 300 });
  await stage.apply(OTHER_KINDS);
  await stage.apply(SHARED_SECRET);
  await releaseAndRestore(stage);
  await steer(stage);
  await adopt(stage);
  await releaseRouted(stage);
  await first.stop();
  // A new process that says the same again counts the Event that is there.
  const second = stage.start(settings);
  await annotate(stage, 'other', 'sluice.dev/request', (hash) => `retry:${hash}@b`);
  await abortWhileMeasured(stage, 'c');
  await second.stop();
  await stage.end();
}

function difference(left: ReadonlySet<string>, right: ReadonlySet<string>): readonly string[] {
  return [...left].filter((call) => !right.has(call)).toSorted();
}

function without(objects: readonly KubeObject[], resource: string, verb: string): readonly KubeObject[] {
  return objects.map((object) => {
    if (object.kind !== 'Role' && object.kind !== 'ClusterRole') return object;
    const rules = rulesOf(object).map((rule) =>
      rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
    );
    return { ...object, rules: rules.filter((rule) => rule.verbs.length > 0) };
  });
}

/** Plays the whole story under these objects; the rights that were asked for but not given, and those that were given but not asked for. */
async function playUnder(objects: readonly KubeObject[], settings: StorySettings = {}) {
  const stage = createRbacStage();
  await install(stage, objects);
  await wholeStory(stage, settings);
  const granted = grantsOf(boundRoles(objects, ACCOUNT));
  return { refused: stage.refused, missing: difference(stage.calls, granted), unused: difference(granted, stage.calls) };
}

const EXACTLY = { refused: [], missing: [], unused: [] };

describe('the rights that the chart gives', () => {
  it('are enough for a release, its restore commit and what people do, and each of them is used', async () => {
    assert.deepEqual(await playUnder(await render({ secrets: ['shop-git'] })), EXACTLY);
  });

  it('are enough with Roles in named namespaces, and each of them is used', async () => {
    const objects = await render({ secrets: ['shop-git'], settings: { namespaces: ['shop'] } });
    assert.deepEqual(await playUnder(objects, { namespaces: ['shop'] }), EXACTLY);
  });

  it('are enough for Secrets that follow the revision, and each of them is used', async () => {
    const settings = { secretNamespaces: ['shop'] };
    const objects = await render({ secrets: ['shop-git'], settings });
    assert.deepEqual(await playUnder(objects, settings), EXACTLY);
  });

  it('a verb that is used and not given is refused and named', async () => {
    const objects = without(await render({ secrets: ['shop-git'] }), 'gittargets', 'get');
    const stage = createRbacStage();
    await install(stage, objects);
    const life = stage.start();
    stage.metrics.set('success', 1);
    commit(stage, '1');
    await stage.until(healthyWith('checkout', '1'));
    stage.metrics.set('success', 0);
    commit(stage, '2');
    await stage.until({ what: 'a refusal', holds: () => stage.refused.length > 0 });
    await life.stop();
    await stage.end();
    assert.match(stage.refused[0] ?? '', /cannot get resource "gittargets" in API group "sluice.dev"/);
    assert.deepEqual(difference(stage.calls, grantsOf(boundRoles(objects, ACCOUNT))), ['sluice.dev/gittargets get']);
  });

  it('hold none to Deployments with workloadRef off: a Rollout that refers to one says so', async () => {
    const objects = await render({ secrets: ['shop-git'], rbac: { workloadRef: false } });
    assert.ok(![...grantsOf(boundRoles(objects, ACCOUNT))].some((call) => /deployments|podtemplates/.test(call)));
    const stage = createRbacStage();
    await install(stage, objects);
    await stage.apply(ADOPTED);
    const life = stage.start();
    await stage.until(rolloutIs('shop/legacy', 'Degraded'));
    await life.stop();
    await stage.end();
    assert.match(JSON.stringify(rolloutNamed(stage, 'legacy')?.['status']), /cannot list resource .*deployments.*rbac\.workloadRef/);
  });

  it('hold no impersonation with gitSync off: a GitSync says so, and nothing is applied', async () => {
    const objects = await render({ secrets: ['shop-git'], gitSync: { enabled: false } });
    assert.ok(!grantsOf(boundRoles(objects, ACCOUNT)).has('serviceaccounts impersonate'));
    const stage = createRbacStage();
    await install(stage, objects);
    commit(stage, '1');
    const life = stage.start();
    const readiness = (): string => JSON.stringify(stage.sim.snapshot(GIT_SYNC)[0]?.['status'] ?? {});
    await stage.until({ what: 'GitSync names the right that is missing', holds: () => readiness().includes('cannot impersonate') });
    await life.stop();
    await stage.end();
    assert.deepEqual(stage.sim.snapshot(ROLLOUT), []);
  });

  it('let GitSync act as no other account, and the controller read no other Secret', async () => {
    const stage = createRbacStage();
    await install(stage, await render({ secrets: ['shop-git'] }));
    await stage.apply('{apiVersion: v1, kind: ServiceAccount, metadata: {name: cluster-admin, namespace: shop}}');
    const self = stage.sim.as(CONTROLLER_USER);
    const admin = self.impersonate('system:serviceaccount:shop:cluster-admin', []);
    await assert.rejects(
      stage.during(admin.get(CONFIG_MAP, { namespace: 'shop', name: 'x' })),
      /cannot impersonate resource "serviceaccounts"/,
    );
    await assert.rejects(
      stage.during(self.impersonate('system:admin', []).get(CONFIG_MAP, { namespace: 'shop', name: 'x' })),
      /cannot impersonate/,
    );
    const grouped = self.impersonate('system:serviceaccount:shop:sluice-sync', ['system:masters']);
    await assert.rejects(stage.during(grouped.get(CONFIG_MAP, { namespace: 'shop', name: 'x' })), /cannot impersonate resource "groups"/);
    await assert.rejects(stage.during(self.get(SECRET, { namespace: 'shop', name: 'deploy-key' })), /cannot get resource "secrets"/);
    await assert.rejects(stage.during(self.get(SECRET, { namespace: RELEASE.namespace, name: 'other' })), /cannot get resource "secrets"/);
    await assert.rejects(stage.during(self.list(SECRET, { namespace: RELEASE.namespace })), /cannot list resource "secrets"/);
    assert.ok(await stage.during(self.get(SECRET, { namespace: RELEASE.namespace, name: 'shop-git' })));
    await stage.end();
  });

  it('a Secret that the values do not name shows on the GitTarget', async () => {
    const stage = createRbacStage();
    await install(stage, await render());
    const life = stage.start();
    const status = (): string => JSON.stringify(stage.sim.snapshot(GIT_TARGET)[0]?.['status'] ?? {});
    await stage.until({ what: 'the GitTarget says so', holds: () => status().includes('CredentialMissing') });
    await life.stop();
    await stage.end();
    assert.match(status(), /shop-git: the Secret does not exist or may not be read/);
  });

  it('let an instance hold its own lease', async () => {
    for (const instance of ['', 'blue']) {
      const stage = createRbacStage();
      await install(stage, await render({ secrets: ['shop-git'], settings: { instance } }));
      const life = stage.start({ instance });
      await stage.until({
        what: 'the lease is held',
        holds: (sim) => sim.snapshot(LEASE).some((lease) => lease.metadata.name === leaseName(instance)),
      });
      await life.stop();
      await stage.end();
      assert.deepEqual(stage.refused, []);
    }
  });
});
