import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { GitSyncStatus } from '../../src/api/git-sync.ts';
import { CONFIG_MAP, DEPLOYMENT, GIT_SYNC, type KindDescriptor, NAMESPACE, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { MANAGED_BY, SOURCE_COMMIT, SOURCE_FILE } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { parseGitSync, parseGitTarget, parseRollout } from '../../src/api/parse.ts';
import { instant } from '../../src/api/time.ts';
import { createGitSyncReconciler, type GitSyncReconciler } from '../../src/controllers/git-sync/git-sync-reconciler.ts';
import { observeSource } from '../../src/core/provenance/observe-source.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { createSimCluster, type SimCluster, type SimRequest } from '../../src/sim/cluster/sim-cluster.ts';
import type { SimRemote } from '../../src/sim/repository/sim-remote.ts';
import { createSimRepositories, type SimRepositories } from '../../src/sim/repository/sim-repositories.ts';
import { crdsOf } from './support/crds.ts';
import { configYaml, referringYaml, rolloutYaml } from './support/manifests.ts';
import { CONTROLLER, freshStore, memoryLog, START, steppedClock } from './support/restore-world.ts';

const ADDRESS = 'https://git.example.com/team/shop';
const DEPLOYER = 'system:serviceaccount:shop:deployer';

function rolloutIn(cluster: SimCluster): KubeObject {
  const found = cluster.snapshot(ROLLOUT).find((one) => one.metadata.name === 'checkout');
  assert.ok(found);
  return found;
}

describe('GitSync', () => {
  let clock: ReturnType<typeof steppedClock>;
  let cluster: SimCluster;
  let as: Cluster;
  let repositories: SimRepositories;
  let remote: SimRemote;
  let reconciler: GitSyncReconciler;
  let requests: SimRequest[];
  let templates: unknown[];
  let count: number;
  const commit = (files: Readonly<Record<string, string | null>>, message = 'a commit'): string =>
    remote.commit('main', files, message, instant(START + (count += 1) * 1000));
  const make = (): GitSyncReconciler =>
    createGitSyncReconciler({
      cluster: as,
      repositories,
      clock,
      log: memoryLog([]),
      gitSyncs: freshStore(cluster, GIT_SYNC, parseGitSync),
      liveTemplates: () => templates,
    });
  const sync = async (): Promise<GitSyncStatus> => {
    reconciler.requestSync('shop/shop');
    await reconciler.reconcile('shop/shop', new AbortController().signal);
    return status();
  };
  const status = (): GitSyncStatus => {
    const parsed = parseGitSync(cluster.snapshot(GIT_SYNC)[0]!);
    assert.ok(parsed.ok && parsed.value.status);
    return parsed.value.status;
  };
  const condition = (type: string): string | undefined => status().conditions?.find((one) => one.type === type)?.status;
  const find = (kind: KindDescriptor, name: string): KubeObject | undefined =>
    cluster.snapshot(kind).find((one) => one.metadata.name === name && one.metadata.namespace === 'shop');
  const createSync = (spec: Readonly<Record<string, unknown>> = {}): Promise<KubeObject> =>
    as.create(GIT_SYNC, {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'GitSync',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: { url: ADDRESS, branch: 'main', path: 'apps/shop', serviceAccountName: 'deployer', ...spec },
    });
  const setHealthy = async (phase: string): Promise<void> => {
    const live = rolloutIn(cluster);
    await as.update(ROLLOUT, { ...live, status: { observedGeneration: live.metadata.generation, phase } }, { subresource: 'status' });
  };
  const writes = (): readonly SimRequest[] =>
    requests.filter((request) => !['get', 'list', 'watch'].includes(request.verb) && !request.dryRun && request.subresource === undefined);

  beforeEach(async () => {
    clock = steppedClock();
    count = 0;
    templates = [];
    cluster = createSimCluster({ clock, crds: crdsOf('rollouts', 'gitsyncs') });
    as = cluster.as(CONTROLLER);
    for (const name of ['shop', 'other']) await as.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    repositories = createSimRepositories({ clock });
    remote = repositories.remote(ADDRESS);
    requests = [];
    cluster.onRequest((request) => {
      requests.push(request);
      return undefined;
    });
    reconciler = make();
  });

  it('applies a commit as the service account, Rollout last, and records where each object came from', async () => {
    const first = commit({
      'apps/shop/a-rollout.yaml': rolloutYaml('checkout:1'),
      'apps/shop/config.yaml': configYaml('1'),
      'other/x.yaml': configYaml('9', 'other'),
    });
    await createSync();
    requests.length = 0;
    const done = await sync();
    assert.deepEqual(
      [done.lastAppliedRevision, done.lastAttemptedRevision, condition('Ready'), condition('Stalled')],
      [first, first, 'True', undefined],
    );
    assert.deepEqual(
      writes().map((request) => [request.user.name, request.kind.kind]),
      [
        [DEPLOYER, 'ConfigMap'],
        [DEPLOYER, 'Rollout'],
      ],
    );
    const live = rolloutIn(cluster);
    const entry = done.inventory?.find((one) => one.kind === 'Rollout');
    assert.deepEqual(
      [entry?.uid, entry?.generation, entry?.file, entry?.commit],
      [live.metadata.uid, live.metadata.generation, 'apps/shop/a-rollout.yaml', first],
    );
    assert.deepEqual(
      [live.metadata.annotations?.[SOURCE_COMMIT], live.metadata.annotations?.[SOURCE_FILE]],
      [first, 'apps/shop/a-rollout.yaml'],
    );
    assert.equal(find(CONFIG_MAP, 'other'), undefined);
  });

  it('touches no object for a commit that does not change it, and keeps the commit that did', async () => {
    const first = commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') });
    await createSync();
    await sync();
    const second = commit({ 'README.md': 'unrelated', 'apps/shop/config.yaml': configYaml('2') });
    requests.length = 0;
    const done = await sync();
    assert.deepEqual(
      writes().map((request) => request.kind.kind),
      ['ConfigMap'],
    );
    assert.equal(done.lastAppliedRevision, second);
    assert.deepEqual(
      done.inventory?.map((one) => [one.kind, one.commit]),
      [
        ['ConfigMap', second],
        ['Rollout', first],
      ],
    );
  });

  it('corrects drift at the interval, and does nothing in between', async () => {
    commit({ 'apps/shop/config.yaml': configYaml('1') });
    await createSync({ interval: '1m' });
    await sync();
    await as.patch(
      CONFIG_MAP,
      { namespace: 'shop', name: 'checkout-config' },
      { type: 'merge', body: { data: { limit: '99' } } },
      { fieldManager: 'kubectl-edit' },
    );
    requests.length = 0;
    const signal = new AbortController().signal;
    await reconciler.reconcile('shop/shop', signal);
    assert.deepEqual(requests, []);
    clock.advance(60_000);
    await reconciler.reconcile('shop/shop', signal);
    assert.deepEqual(find(CONFIG_MAP, 'checkout-config')?.['data'], { limit: '1' });
  });

  it('is stalled without a service account, and applies nothing', async () => {
    commit({ 'apps/shop/config.yaml': configYaml('1') });
    await createSync({ serviceAccountName: '' });
    requests.length = 0;
    await sync();
    assert.deepEqual([condition('Stalled'), status().observedGeneration], ['True', 1]);
    assert.equal(
      requests.some((request) => request.kind.kind === 'ConfigMap'),
      false,
    );
  });

  it('reports every bad object with its file and applies the others', async () => {
    commit({
      'apps/shop/bad.yaml': rolloutYaml('x').replace('setWeight: 20', 'setWeight: 101').replace('{name: checkout}', '{name: bad}'),
      'apps/shop/unknown.yaml': `${configYaml('1', 'odd')}surprise: 1\n`,
      'apps/shop/broken.yaml': 'a: [1\n',
      'apps/shop/foreign.yaml': configYaml('1', 'theirs').replace('  name: theirs', '  name: theirs\n  namespace: other'),
      'apps/shop/good.yaml': configYaml('1'),
    });
    await createSync();
    const done = await sync();
    assert.deepEqual([condition('Ready'), done.lastAppliedRevision], ['False', undefined]);
    for (const file of ['bad.yaml', 'unknown.yaml', 'broken.yaml', 'foreign.yaml'])
      assert.match(done.message ?? '', new RegExp(`apps/shop/${file}`));
    assert.ok(find(CONFIG_MAP, 'checkout-config'));
    assert.equal(find(CONFIG_MAP, 'odd'), undefined);
  });

  it('holds a Rollout back whose ConfigMap could not be applied', async () => {
    commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') });
    await createSync();
    await sync();
    commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:2'), 'apps/shop/config.yaml': `${configYaml('2')}surprise: 1\n` });
    const done = await sync();
    assert.match(done.message ?? '', /Rollout checkout: waits because ConfigMap\/shop\/checkout-config/);
    assert.equal(rolloutIn(cluster).metadata.generation, 1);
  });

  it('holds a Deployment back that a Rollout takes its template from, when its ConfigMap could not be applied', async () => {
    commit({ 'apps/shop/r.yaml': referringYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') });
    await createSync();
    await sync();
    commit({ 'apps/shop/r.yaml': referringYaml('checkout:2'), 'apps/shop/config.yaml': `${configYaml('2')}surprise: 1\n` });
    const done = await sync();
    assert.match(done.message ?? '', /Deployment checkout: waits because ConfigMap\/shop\/checkout-config/);
    assert.match(done.message ?? '', /Rollout checkout: waits because/);
    assert.equal(find(DEPLOYMENT, 'checkout')?.metadata.generation, 1);
  });

  it('refuses symlinks, submodules and kustomizations under its path', async () => {
    const link = remote.add({
      parents: [],
      tree: new Map([
        ['apps/shop/l.yaml', { mode: '120000', oid: '1'.repeat(40) }],
        ['apps/shop/m', { mode: '160000', oid: '2'.repeat(40) }],
      ]),
      changes: new Map([['apps/shop/kustomization.yaml', { content: 'resources: []' }]]),
      author: { name: 'x', email: 'x' },
      date: instant(0),
      message: 'x',
    });
    remote.branches.set('main', link);
    await createSync();
    const done = await sync();
    assert.match(done.message ?? '', /l\.yaml: is a symlink.*/);
    assert.match(done.message ?? '', /m: is a submodule/);
    assert.match(done.message ?? '', /kustomize is not supported yet/);
  });

  it('prunes what left Git only once the Rollout is Healthy, and never what a serving ReplicaSet uses', async () => {
    commit({
      'apps/shop/r.yaml': rolloutYaml('checkout:1'),
      'apps/shop/config.yaml': configYaml('1'),
      'apps/shop/old.yaml': configYaml('1', 'old'),
    });
    await createSync();
    await sync();
    commit({ 'apps/shop/old.yaml': null, 'apps/shop/config.yaml': null, 'apps/shop/r.yaml': rolloutYaml('checkout:2') });
    templates = [{ spec: { containers: [{ envFrom: [{ configMapRef: { name: 'checkout-config' } }] }] } }];
    await sync();
    assert.ok(find(CONFIG_MAP, 'old'), 'not while the Rollout progresses');
    await setHealthy('Healthy');
    const done = await sync();
    assert.equal(find(CONFIG_MAP, 'old'), undefined);
    assert.ok(find(CONFIG_MAP, 'checkout-config'), 'a stable ReplicaSet uses it');
    assert.ok(
      done.inventory?.some((one) => one.name === 'checkout-config'),
      'it stays on the record',
    );
    templates = [];
    await sync();
    assert.equal(find(CONFIG_MAP, 'checkout-config'), undefined);
  });

  it('does not delete everything when the path is empty, nor what opts out', async () => {
    commit({
      'apps/shop/config.yaml': configYaml('1'),
      'apps/shop/keep.yaml': configYaml('1', 'keep').replace('  name: keep', '  name: keep\n  annotations: {sluice.dev/prune: disabled}'),
    });
    await createSync();
    await sync();
    commit({ 'apps/shop/keep.yaml': null });
    await sync();
    assert.ok(find(CONFIG_MAP, 'keep'));
    commit({ 'apps/shop/config.yaml': null });
    await sync();
    assert.ok(find(CONFIG_MAP, 'checkout-config'));
    assert.equal(condition('Ready'), 'False');
  });

  it('leaves the selector of a Service alone that Sluice steers', async () => {
    const service =
      'apiVersion: v1\nkind: Service\nmetadata: {name: checkout-stable}\nspec:\n  selector: {app: checkout}\n  ports: [{port: 80}]\n';
    commit({ 'apps/shop/s.yaml': service });
    await createSync();
    await sync();
    const live = find(SERVICE, 'checkout-stable');
    const steered = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'checkout-stable', namespace: 'shop', annotations: { [MANAGED_BY]: 'checkout' } },
      spec: { selector: { app: 'checkout', 'sluice.dev/pod-template-hash': 'abc' } },
    };
    assert.ok(live);
    await as.apply(SERVICE, steered, { fieldManager: 'sluice', force: true });
    commit({ 'apps/shop/s.yaml': service.replace('port: 80', 'port: 81') });
    await sync();
    const spec = find(SERVICE, 'checkout-stable')?.['spec'] as { selector: unknown; ports: { port: number }[] };
    assert.deepEqual(spec.selector, { app: 'checkout', 'sluice.dev/pod-template-hash': 'abc' });
    assert.equal(spec.ports[0]?.port, 81);
  });

  it('is suspended, and woken by its annotation', async () => {
    commit({ 'apps/shop/config.yaml': configYaml('1') });
    const created = await createSync({ suspend: true });
    await sync();
    assert.equal(find(CONFIG_MAP, 'checkout-config'), undefined);
    const resumed = await as.patch(
      GIT_SYNC,
      { namespace: 'shop', name: 'shop' },
      { type: 'merge', body: { spec: { suspend: false }, metadata: { annotations: { 'sluice.dev/request': 'sync@1' } } } },
    );
    assert.notEqual(resumed.metadata.generation, created.metadata.generation);
    await reconciler.reconcile('shop/shop', new AbortController().signal);
    assert.equal(status().lastHandledRequest, 'sync@1');
    assert.ok(find(CONFIG_MAP, 'checkout-config'));
  });

  it('names a repository that cannot be reached, and goes on afterwards', async () => {
    const first = commit({ 'apps/shop/config.yaml': configYaml('1') });
    await createSync();
    repositories.onRequest(() => ({ kind: 'fail', failure: 'Unreachable' }));
    await sync();
    assert.deepEqual([condition('Ready'), condition('Stalled'), status().phase], ['False', undefined, 'SourceUnreachable']);
    repositories.onRequest(() => undefined);
    assert.equal((await sync()).lastAppliedRevision, first);
  });

  describe('as the source of a Rollout', () => {
    const target = (name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject => ({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'GitTarget',
      metadata: { name },
      spec: { url: `${ADDRESS}.git`, branch: 'main', paths: [{ prefix: 'apps/shop/', namespaces: ['shop'] }], ...spec },
    });
    const observe = (targets: readonly KubeObject[]): ReturnType<typeof observeSource> => {
      const rollout = parseRollout(rolloutIn(cluster));
      assert.ok(rollout.ok);
      const syncs = cluster
        .snapshot(GIT_SYNC)
        .map(parseGitSync)
        .flatMap((one) => (one.ok ? [one.value] : []));
      return observeSource(
        rollout.value,
        syncs,
        targets.map(parseGitTarget).flatMap((one) => (one.ok ? [one.value] : [])),
        undefined,
      );
    };

    it('is named by uid and generation, whatever the annotations of the Rollout claim', async () => {
      const first = commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1') });
      await createSync();
      await sync();
      const forged = { [SOURCE_COMMIT]: 'f'.repeat(40), [SOURCE_FILE]: 'apps/bank/vault.yaml', 'sluice.dev/path': 'apps/bank' };
      await as.patch(ROLLOUT, { namespace: 'shop', name: 'checkout' }, { type: 'merge', body: { metadata: { annotations: forged } } });
      const seen = observe([target('shop')]);
      assert.deepEqual(
        [seen.provenance?.commit, seen.provenance?.file, seen.appliedCommit, seen.gitTarget],
        [first, 'apps/shop/r.yaml', first, 'shop'],
      );
    });

    it('does not blame a commit for a generation that somebody made by hand, nor credit one', async () => {
      commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1') });
      await createSync();
      await sync();
      await as.patch(
        ROLLOUT,
        { namespace: 'shop', name: 'checkout' },
        { type: 'merge', body: { spec: { minReadySeconds: 7 } } },
        { fieldManager: 'kubectl-edit' },
      );
      await sync();
      assert.deepEqual([observe([target('shop')]).provenance, observe([target('shop')]).appliedCommit], [undefined, undefined]);
    });

    it('follows a generation that an autoscaler made', async () => {
      const first = commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1').replace('  replicas: 2\n', '') });
      await createSync();
      await sync();
      await as.patch(
        ROLLOUT,
        { namespace: 'shop', name: 'checkout' },
        { type: 'merge', body: { spec: { replicas: 5 } } },
        { fieldManager: 'hpa' },
      );
      await sync();
      assert.equal(observe([target('shop')]).provenance?.commit, first);
    });

    it('finds no GitTarget beyond its prefix, branch, repository or namespace, and asks for a name among several', async () => {
      commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1') });
      await createSync();
      await sync();
      for (const spec of [
        { paths: [{ prefix: 'apps/sho', namespaces: ['shop'] }] },
        { paths: [{ prefix: 'apps/shop', namespaces: ['other'] }] },
        { branch: 'release' },
        { url: 'https://git.example.com/team/shop-2' },
      ]) {
        const seen = observe([target('shop', spec)]);
        assert.equal(seen.gitTarget, undefined);
        assert.match(seen.gitTargetProblem ?? '', /no GitTarget covers/);
      }
      assert.match(observe([target('a'), target('b')]).gitTargetProblem ?? '', /several GitTargets/);
    });

    it('forgets commits of another repository when its url is changed', async () => {
      const first = commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1') });
      await createSync();
      await sync();
      const other = repositories
        .remote('https://git.example.com/team/fork')
        .commit('main', { 'apps/shop/r.yaml': rolloutYaml('checkout:1') }, 'fork', instant(START));
      await as.patch(
        GIT_SYNC,
        { namespace: 'shop', name: 'shop' },
        { type: 'merge', body: { spec: { url: 'https://git.example.com/team/fork' } } },
      );
      assert.equal(observe([target('shop')]).provenance, undefined, 'the record belongs to the old spec');
      await sync();
      assert.notEqual(first, other);
      assert.deepEqual([observe([target('shop')]).provenance?.commit, observe([target('shop')]).gitTarget], [other, undefined]);
    });
  });
});
