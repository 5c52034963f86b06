import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CONFIG_MAP, GIT_SYNC, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { MANAGED_BY, SOURCE_COMMIT } from '../../src/api/labels.ts';
import { parseGitSync, parseRollout } from '../../src/api/parse.ts';
import { createGitSyncReconciler } from '../../src/controllers/git-sync/git-sync-reconciler.ts';
import { observeSource } from '../../src/core/provenance/observe-source.ts';
import { planPrune } from '../../src/core/sync/plan-prune.ts';
import type { SimRequest } from '../../src/sim/cluster/sim-cluster.ts';
import { configYaml, rolloutYaml } from './support/manifests.ts';
import { CONTROLLER, freshStore, memoryLog } from './support/restore-world.ts';
import { ADDRESS, createSyncWorld, type SyncWorld } from './support/sync-world.ts';

const SERVICE_YAML =
  'apiVersion: v1\nkind: Service\nmetadata: {name: checkout-stable}\nspec:\n  selector: {app: checkout}\n  ports: [{port: 80}]\n';

describe('GitSync over time', () => {
  let world: SyncWorld;
  let writes: SimRequest[];
  beforeEach(async () => {
    world = await createSyncWorld();
    writes = [];
    world.cluster.onWrite((write) => {
      if (!write.request.dryRun) writes.push(write.request);
    });
  });
  const source = () => {
    const rollout = parseRollout(world.find(ROLLOUT, 'checkout')!);
    const sync = parseGitSync(world.cluster.snapshot(GIT_SYNC)[0]!);
    assert.ok(rollout.ok && sync.ok);
    return observeSource(rollout.value, [sync.value], [], undefined);
  };

  /** Follows the reconciler's own wake-ups, as its queue does. */
  const runFor = async (milliseconds: number): Promise<number> => {
    const end = world.clock.now() + milliseconds;
    let passes = 0;
    for (let next = (await world.pass()) ?? end; next <= end; next = (await world.pass()) ?? end + 1) {
      world.clock.advance(next - world.clock.now());
      passes += 1;
    }
    return passes;
  };

  it('writes nothing for ten minutes in which the tip stays, with an interval of one second too', async () => {
    for (const interval of ['1m', '1s']) {
      world = await createSyncWorld();
      writes = [];
      world.cluster.onWrite((write) => writes.push(write.request));
      world.commit({
        'apps/shop/r.yaml': rolloutYaml('checkout:1'),
        'apps/shop/config.yaml': configYaml('1'),
        'apps/shop/s.yaml': SERVICE_YAML,
      });
      await world.createSync({ interval });
      await world.sync();
      writes.length = 0;
      const versions = () =>
        [ROLLOUT, CONFIG_MAP, SERVICE, GIT_SYNC].flatMap((kind) => world.cluster.snapshot(kind)).map((one) => one.metadata.resourceVersion);
      const before = versions();
      const minutes = interval === '1s' ? 1 : 10;
      const passes = await runFor(minutes * 60_000);
      assert.ok(passes >= (interval === '1s' ? 59 : 10), `${passes} passes`);
      assert.deepEqual(
        writes.filter((write) => !write.dryRun),
        [],
      );
      assert.deepEqual(versions(), before);
    }
  });

  it('writes nothing more while a commit stays broken or the repository stays away', async () => {
    world.commit({ 'apps/shop/config.yaml': configYaml('1') });
    await world.createSync({ interval: '1m' });
    await world.sync();
    world.commit({ 'apps/shop/broken.yaml': 'a: [1\n' });
    await world.sync();
    assert.equal(world.condition('Ready'), 'False');
    writes.length = 0;
    await runFor(600_000);
    assert.deepEqual(writes, []);
    world.repositories.onRequest(() => ({ kind: 'fail', failure: 'Unreachable' }));
    await world.sync();
    writes.length = 0;
    await runFor(600_000);
    assert.deepEqual(writes, []);
  });

  it('leaves what a broken file declared as it is, on record and in the cluster, and says where it is broken', async () => {
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') });
    await world.createSync();
    const before = await world.sync();
    world.commit({ 'apps/shop/r.yaml': `${rolloutYaml('checkout:2')}\n  broken: [`, 'apps/shop/config.yaml': configYaml('1') });
    const after = await world.sync();
    assert.match(after.message ?? '', /apps\/shop\/r\.yaml:\d+: /);
    assert.equal(after.lastAppliedRevision, before.lastAppliedRevision);
    assert.deepEqual(
      after.inventory,
      before.inventory?.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)),
    );
    assert.equal(world.find(ROLLOUT, 'checkout')?.metadata.generation, 1);
    assert.equal(source().appliedCommit, undefined, 'a commit that is applied in part is no good commit');
  });

  it('holds a Rollout back whose new ConfigMap is in a file that cannot be read', async () => {
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') });
    await world.createSync();
    await world.sync();
    const changed = rolloutYaml('checkout:2').replace('checkout-config', 'config-v2');
    world.commit({ 'apps/shop/r.yaml': changed, 'apps/shop/v2.yaml': `${configYaml('2', 'config-v2')}  broken: [` });
    const held = await world.sync();
    assert.match(held.message ?? '', /waits because ConfigMap\/shop\/config-v2/);
    assert.equal(world.find(ROLLOUT, 'checkout')?.metadata.generation, 1);
    world.commit({ 'apps/shop/v2.yaml': configYaml('2', 'config-v2') });
    await world.sync();
    assert.equal(world.find(ROLLOUT, 'checkout')?.metadata.generation, 2);
  });

  it('names a Rollout whose commit is there only in part, from before the first write to after the last, and tries again within seconds', async () => {
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') });
    await world.createSync({ interval: '10m' });
    assert.equal((await world.sync()).waitingRollouts, undefined);
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:2'), 'apps/shop/config.yaml': configYaml('2') });
    const seen: unknown[] = [];
    let refused = 0;
    world.cluster.onRequest((request) => {
      const isWrite = request.patchType === 'apply' && !request.dryRun;
      if (isWrite) seen.push([request.kind.kind, world.status().waitingRollouts]);
      if (!isWrite || request.kind.kind !== 'Rollout' || (refused += 1) > 1) return undefined;
      return { kind: 'fail', status: 403, reason: 'Forbidden', message: 'not now', applied: false };
    });
    world.reconciler.requestSync('shop/shop');
    const next = await world.pass();
    assert.deepEqual(seen, [
      ['ConfigMap', ['checkout']],
      ['Rollout', ['checkout']],
    ]);
    assert.deepEqual(world.status().waitingRollouts, ['checkout']);
    assert.deepEqual(source().incomplete, { gitSync: 'shop', commit: world.status().lastAttemptedRevision });
    assert.equal((next ?? 0) - world.clock.now(), 5000);
    world.clock.advance(5000);
    await world.pass();
    assert.equal(world.status().waitingRollouts, undefined);
    assert.equal(source().incomplete, undefined);
    assert.equal(world.condition('Ready'), 'True');
  });

  it('names a Rollout whose document cannot be read, until it can', async () => {
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') });
    await world.createSync();
    await world.sync();
    world.commit({ 'apps/shop/r.yaml': `${rolloutYaml('checkout:2')}  broken: [`, 'apps/shop/config.yaml': configYaml('2') });
    assert.deepEqual((await world.sync()).waitingRollouts, ['checkout']);
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:2') });
    assert.equal((await world.sync()).waitingRollouts, undefined);
  });

  it('never shows what the API server quotes of a Secret that it does not take', async () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: pin}\nstringData:\n  pin: 4711815\n';
    world.commit({ 'apps/shop/pin.yaml': secret });
    await world.createSync();
    const quoted = 'failed to create typed patch object: .stringData.pin: expected string, got &value.valueUnstructured{Value:4711815}';
    world.cluster.onRequest((request) =>
      request.kind.kind === 'Secret' && request.patchType === 'apply'
        ? { kind: 'fail', status: 422, reason: 'Invalid', message: quoted, applied: false }
        : undefined,
    );
    const { message } = await world.sync();
    assert.match(message ?? '', /pin\.yaml:1: Secret pin: the API server does not take its content; what it says is not shown/);
    assert.doesNotMatch(JSON.stringify(world.status()), /4711815/);
  });

  it('keeps the commit of the Rollout while unrelated commits arrive during its canary', async () => {
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1') });
    await world.createSync();
    await world.sync();
    const bad = world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:2') });
    await world.sync();
    for (const text of ['one', 'two']) {
      const tip = world.commit({ 'README.md': text });
      await world.sync();
      assert.deepEqual([source().provenance?.commit, source().appliedCommit, source().provenance?.generation], [bad, tip, 2]);
    }
    assert.equal(world.find(ROLLOUT, 'checkout')?.metadata.annotations?.[SOURCE_COMMIT], bad);
  });

  it('has a status like every other kind when it cannot be parsed: stalled, every problem, no loop, its record kept', async () => {
    world.commit({ 'apps/shop/config.yaml': configYaml('1') });
    await world.createSync();
    const { inventory } = await world.sync();
    const { as, cluster, clock, repositories } = world;
    const spec = { branch: 7 };
    // An object from before the schema was as strict as it is.
    const old = {
      ...as,
      get: async (...args: Parameters<typeof as.get>) => {
        const found = await as.get(...args);
        return found === undefined ? undefined : { ...found, spec };
      },
      update: (...[kind, object, options]: Parameters<typeof as.update>) =>
        as.update(kind, { ...object, spec: cluster.snapshot(GIT_SYNC)[0]!['spec'] }, options),
    };
    const store = freshStore(cluster, GIT_SYNC, (raw) => parseGitSync({ ...raw, spec }));
    const reconciler = createGitSyncReconciler({
      cluster: old,
      repositories,
      clock,
      log: memoryLog([]),
      gitSyncs: store,
      liveTemplates: () => [],
    });
    await reconciler.reconcile('shop/shop', new AbortController().signal);
    const status = world.status();
    assert.deepEqual([status.phase, world.condition('Stalled'), world.condition('Ready')], ['InvalidSpec', 'True', 'False']);
    assert.match(status.message ?? '', /spec\.url.*spec\.branch|spec\.branch.*spec\.url/);
    assert.deepEqual(status.inventory, inventory);
    writes.length = 0;
    for (let passes = 0; passes < 5; passes += 1) {
      clock.advance(1000);
      await reconciler.reconcile('shop/shop', new AbortController().signal);
    }
    assert.deepEqual(writes, []);
  });

  it('shows that it is suspended at its present generation, and keeps its record', async () => {
    const first = world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1') });
    await world.createSync();
    await world.sync();
    const patch = (spec: Readonly<Record<string, unknown>>) =>
      world.as.patch(GIT_SYNC, { namespace: 'shop', name: 'shop' }, { type: 'merge', body: { spec } });
    await patch({ suspend: true });
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:2') });
    const status = await world.sync();
    assert.deepEqual([status.phase, status.observedGeneration, status.lastAppliedRevision], ['Suspended', 2, first]);
    assert.equal(source().provenance?.commit, first);
  });

  it('lends its record to no other branch, path or repository, not even when the spec is wrong at the same time', async () => {
    world.commit({ 'apps/shop/r.yaml': rolloutYaml('checkout:1') });
    await world.createSync();
    await world.sync();
    assert.notEqual(source().provenance, undefined);
    for (const spec of [
      { branch: 'release', serviceAccountName: '' },
      { branch: 'main', path: 'apps', serviceAccountName: '' },
      { path: 'apps/shop', url: `${ADDRESS}-fork`, suspend: true },
    ]) {
      await world.as.patch(GIT_SYNC, { namespace: 'shop', name: 'shop' }, { type: 'merge', body: { spec } });
      await world.sync();
      assert.deepEqual(
        [world.status().observedGeneration, source().provenance],
        [world.cluster.snapshot(GIT_SYNC)[0]?.metadata.generation, undefined],
      );
    }
  });

  it('applies an object again at once that somebody wrote in between', async () => {
    world.commit({ 'apps/shop/s.yaml': SERVICE_YAML });
    await world.createSync();
    await world.sync();
    const tip = world.commit({ 'apps/shop/s.yaml': SERVICE_YAML.replace('port: 80', 'port: 81') });
    let raced = 0;
    world.cluster.onRequest((request) => {
      if (raced > 0 || request.kind.kind !== 'Service' || request.verb === 'get' || request.dryRun || request.user.name === CONTROLLER.name)
        return undefined;
      raced += 1;
      void world.as.patch(
        SERVICE,
        { namespace: 'shop', name: 'checkout-stable' },
        { type: 'merge', body: { metadata: { labels: { raced: 'yes' } } } },
      );
      return { kind: 'fail', status: 409, reason: 'Conflict', message: 'the object has been modified', applied: false };
    });
    const done = await world.sync();
    assert.deepEqual([raced, world.condition('Ready'), done.lastAppliedRevision], [1, 'True', tip], done.message);
    assert.equal(world.find(SERVICE, 'checkout-stable')?.metadata.labels?.['raced'], 'yes');
  });

  it('never takes the selector of a Service away because Git carries our annotation', async () => {
    const claimed = SERVICE_YAML.replace('{name: checkout-stable}', `{name: checkout-stable, annotations: {${MANAGED_BY}: checkout}}`);
    world.commit({ 'apps/shop/s.yaml': claimed });
    await world.createSync();
    await world.sync();
    // Whoever annotates it by hand steers nothing either.
    await world.as.patch(
      SERVICE,
      { namespace: 'shop', name: 'checkout-stable' },
      { type: 'merge', body: { metadata: { annotations: { [MANAGED_BY]: 'checkout' } } } },
    );
    world.commit({ 'apps/shop/s.yaml': claimed.replace('port: 80', 'port: 81') });
    await world.sync();
    const spec = world.find(SERVICE, 'checkout-stable')?.['spec'] as { selector?: unknown };
    assert.deepEqual(spec.selector, { app: 'checkout' });
  });

  it('keeps what a ReplicaSet uses although a cluster-wide object is to be pruned beside it', () => {
    const entry = (kind: string, name: string, namespace?: string) =>
      ({
        group: '',
        version: 'v1',
        kind,
        name,
        uid: name,
        file: 'f',
        commit: 'c',
        digest: 'd',
        ...(namespace === undefined ? {} : { namespace }),
      }) as const;
    const plan = planPrune({
      enabled: true,
      inventory: [entry('ClusterRole', 'reader'), entry('ConfigMap', 'used', 'shop'), entry('ConfigMap', 'unused', 'shop')],
      desired: [
        {
          id: 'x',
          group: '',
          version: 'v1',
          kind: 'Service',
          namespace: 'shop',
          name: 'x',
          file: 'f',
          line: 1,
          digest: '',
          object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' } },
        },
      ],
      complete: true,
      healthy: true,
      namespace: 'shop',
      liveTemplates: [{ spec: { containers: [{ envFrom: [{ configMapRef: { name: 'used' } }] }] } }],
    });
    assert.deepEqual([plan.remove.map((one) => one.name), plan.keep.map((one) => one.name)], [['reader', 'unused'], ['used']]);
  });

  it('keeps the record of an object that failed and moves one that changed its file', async () => {
    world.commit({ 'apps/shop/a.yaml': configYaml('1', 'moving'), 'apps/shop/b.yaml': configYaml('1', 'failing') });
    await world.createSync();
    const before = await world.sync();
    const tip = world.commit({
      'apps/shop/a.yaml': null,
      'apps/shop/moved.yaml': configYaml('1', 'moving'),
      'apps/shop/b.yaml': `${configYaml('2', 'failing')}surprise: 1\n`,
    });
    const after = await world.sync();
    const find = (status: typeof after, name: string) => status.inventory?.find((one) => one.name === name);
    assert.deepEqual(find(after, 'failing'), find(before, 'failing'));
    assert.deepEqual([find(after, 'moving')?.file, find(after, 'moving')?.commit], ['apps/shop/moved.yaml', tip]);
    assert.equal(find(after, 'moving')?.uid, find(before, 'moving')?.uid);
  });

  it('looks again at once for a request that came while a pass was under way', async () => {
    world.commit({ 'apps/shop/config.yaml': configYaml('1') });
    await world.createSync();
    let newer: string | undefined;
    world.cluster.onRequest((request) => {
      if (newer !== undefined || request.dryRun || request.kind.kind !== 'ConfigMap' || request.verb === 'get') return undefined;
      newer = world.commit({ 'apps/shop/config.yaml': configYaml('2') });
      world.reconciler.requestSync('shop/shop');
      return undefined;
    });
    await world.sync();
    await world.pass();
    assert.ok(newer !== undefined);
    assert.equal(world.status().lastAppliedRevision, newer);
  });
});
