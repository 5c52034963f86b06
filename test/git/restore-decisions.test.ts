import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { GIT_TARGET, ROLLOUT } from '../../src/api/kinds.ts';
import { instant } from '../../src/api/time.ts';
import { revisionHash } from '../../src/core/identity/revision-hash.ts';
import { parseManifests } from '../../src/core/sync/parse-manifests.ts';
import type { Repositories, Repository } from '../../src/ports/repository.ts';
import type { FlatTree } from '../../src/sim/repository/git-objects.ts';
import type { SimRemote } from '../../src/sim/repository/sim-remote.ts';
import { createSimRepositories, type SimRepositories } from '../../src/sim/repository/sim-repositories.ts';
import { configYaml, rolloutYaml } from './support/manifests.ts';
import { realClock } from './support/real-clock.ts';
import { createRestoreWorld, type RestoreWorld, type RestoreWorldOptions, START } from './support/restore-world.ts';

const ADDRESS = 'https://git.example.com/team/shop';
const FILE = 'apps/shop/checkout.yaml';
const CONFIG = 'apps/shop/config.yaml';

function deploymentYaml(configMap: string, name = 'cart'): string {
  return `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  selector: {matchLabels: {app: ${name}}}\n  template:\n    metadata: {labels: {app: ${name}}}\n    spec: {containers: [{name: app, image: x, envFrom: [{configMapRef: {name: ${configMap}}}]}]}\n`;
}

describe('what a restore writes, and what it leaves to people', () => {
  let repositories: SimRepositories;
  let remote: SimRemote;
  let count: number;
  beforeEach(() => {
    repositories = createSimRepositories({ clock: realClock });
    remote = repositories.remote(ADDRESS);
    count = 0;
  });
  const commit = (files: Readonly<Record<string, string | null>>, message = 'a commit'): string =>
    remote.commit('main', files, message, instant(START + (count += 1) * 1000));
  const tip = (): string => remote.branches.get('main') ?? '';
  const treeOf = (oid: string): FlatTree => remote.commits.get(oid)?.tree ?? new Map();
  const text = (path: string): string | undefined => remote.blobs.get(treeOf(tip()).get(path)?.oid ?? '');
  const world = (good: string, bad: string, extra: Partial<RestoreWorldOptions> = {}): Promise<RestoreWorld> =>
    createRestoreWorld({ repositories, url: ADDRESS, good, bad, ...extra });
  const goodState = (): string => commit({ [FILE]: rolloutYaml('checkout:1'), [CONFIG]: configYaml('1') });
  const badState = (): string => commit({ [FILE]: rolloutYaml('checkout:2'), [CONFIG]: configYaml('2') });
  const ends = async (made: RestoreWorld, state: string, reason?: string): Promise<void> => {
    const before = tip();
    await made.reconcile();
    assert.deepEqual([made.rollback().state, made.rollback().reason], [state, reason], made.rollback().message);
    if (state !== 'Pushed') assert.equal(tip(), before, 'nothing may be pushed');
  };

  describe('when the branch has moved on', () => {
    it('keeps unrelated commits, in the path too', async () => {
      const good = goodState();
      const bad = badState();
      commit({ 'README.md': 'docs', 'apps/shop/other.yaml': configYaml('9', 'other') });
      await ends(await world(good, bad), 'Pushed');
      assert.equal(text('apps/shop/other.yaml'), configYaml('9', 'other'));
      assert.equal(text(FILE), rolloutYaml('checkout:1'));
    });

    it('is blocked, not over, when only something beside the Rollout changed in its file', async () => {
      const shared = (image: string, other: string): string => `${rolloutYaml(image)}---\n${configYaml(other, 'theirs')}`;
      const good = commit({ [FILE]: shared('checkout:1', '1'), [CONFIG]: configYaml('1') });
      const bad = commit({ [FILE]: shared('checkout:2', '1') });
      commit({ [FILE]: shared('checkout:2', '2') });
      const made = await world(good, bad);
      await ends(made, 'Blocked', 'TipDiffers');
      commit({ [FILE]: shared('checkout:2', '1') });
      made.clock.advance(600_000);
      await ends(made, 'Pushed');
    });

    it('stands down for a newer change of a ConfigMap that the bad commit did not touch', async () => {
      const good = goodState();
      const bad = commit({ [FILE]: rolloutYaml('checkout:2') });
      commit({ [CONFIG]: configYaml('3') });
      await ends(await world(good, bad), 'Superseded');
    });

    it('stands down when the Rollout was deleted, and is blocked when its file cannot be read any more', async () => {
      const good = goodState();
      const bad = badState();
      commit({ [FILE]: null });
      await ends(await world(good, bad), 'Superseded');
      commit({ [FILE]: 'a: [1\n' });
      await ends(await world(good, bad), 'Blocked', 'UnreadableSource');
    });

    it('is blocked when the Rollout was moved to another file', async () => {
      const good = goodState();
      const bad = badState();
      commit({ [FILE]: null, 'apps/shop/moved.yaml': rolloutYaml('checkout:2') });
      await ends(await world(good, bad), 'Blocked', 'TipDiffers');
    });

    it('sees a revert by hand after it was blocked', async () => {
      const shared = (image: string, other: string): string => `${rolloutYaml(image)}---\n${configYaml(other, 'theirs')}`;
      const good = commit({ [FILE]: shared('checkout:1', '1'), [CONFIG]: configYaml('1') });
      const bad = commit({ [FILE]: shared('checkout:2', '2') });
      const made = await world(good, bad);
      await ends(made, 'Blocked', 'SharedFile');
      commit({ [FILE]: shared('checkout:1', '1') });
      made.clock.advance(600_000);
      await ends(made, 'AlreadyReverted');
    });
  });

  describe('history', () => {
    it('names the merge as the bad commit when a merge brought the change', async () => {
      const good = goodState();
      const side = remote.add({
        parents: [good],
        tree: treeOf(good),
        changes: new Map([[FILE, { content: rolloutYaml('checkout:2') }]]),
        author: { name: 'x', email: 'x' },
        date: instant(START),
        message: 'on a branch',
      });
      const other = commit({ 'README.md': 'x' });
      const merge = remote.add({
        parents: [other, side],
        tree: treeOf(other),
        changes: new Map([[FILE, { content: rolloutYaml('checkout:2') }]]),
        author: { name: 'x', email: 'x' },
        date: instant(START),
        message: 'Merge branch',
      });
      remote.branches.set('main', merge);
      await ends(await world(good, merge), 'Pushed');
      const message = remote.commits.get(tip())?.message ?? '';
      assert.match(message, new RegExp(`Sluice-Reverts: ${merge}`));
      assert.doesNotMatch(message, /This reverts commit/, 'git revert of a merge would need a parent');
      assert.equal(text('README.md'), 'x');
    });

    it('is blocked when the last good commit is the bad one, is unknown, or lies beside the branch', async () => {
      const good = goodState();
      const bad = badState();
      await ends(await world(bad, bad), 'Blocked', 'NoGitCause');
      await ends(await world('1'.repeat(40), bad), 'Blocked', 'RewrittenHistory');
      await ends(await world(good, '2'.repeat(40)), 'Blocked', 'RewrittenHistory');
    });

    it('is blocked when the last good commit does not hold the stable revision', async () => {
      const good = goodState();
      const bad = badState();
      const [document] = parseManifests(FILE, rolloutYaml('checkout:1')).documents;
      assert.ok(document);
      const { template } = document.value['spec'] as { template: unknown };
      await ends(await world(good, bad, { status: { stableRS: 'bcdfghjklm' } }), 'Blocked', 'NotTheStable');
      await ends(await world(good, bad, { status: { stableRS: revisionHash(template) } }), 'Pushed');
    });

    it('pushes nothing when it cannot be said whether its own commit is there', async () => {
      const good = goodState();
      const bad = badState();
      let asked = 0;
      const doubtful: Repositories = {
        open: (access): Repository => {
          const repository = repositories.open(access);
          // The first question is whether good is part of the tip: a "no" that is none.
          return { ...repository, isAncestor: async (...args) => ((asked += 1) === 1 ? false : repository.isAncestor(...args)) };
        },
      };
      await ends(await world(good, bad, { repositories: doubtful }), 'Blocked', 'RewrittenHistory');
    });
  });

  describe('the closure', () => {
    it('restores over a Rollout that moved to another file and a ConfigMap of another name', async () => {
      const uses = (image: string, map: string): string => rolloutYaml(image).replace('checkout-config', map);
      const good = commit({ [FILE]: uses('checkout:1', 'config-a'), [CONFIG]: configYaml('1', 'config-a') });
      const bad = commit({
        [FILE]: null,
        'apps/shop/new/checkout.yaml': uses('checkout:2', 'config-b'),
        [CONFIG]: null,
        'apps/shop/new/config.yaml': configYaml('2', 'config-b'),
      });
      const made = await world(good, bad);
      await ends(made, 'Pushed');
      assert.deepEqual([...treeOf(tip())], [...treeOf(good)]);
      assert.equal(made.rollback().files?.length, 4);
    });

    it('asks for every file, not only the one of the Rollout, whether it may be written', async () => {
      const good = commit({ [FILE]: rolloutYaml('checkout:1'), 'apps/platform/config.yaml': configYaml('1') });
      const bad = commit({ [FILE]: rolloutYaml('checkout:2'), 'apps/platform/config.yaml': configYaml('2') });
      const made = await world(good, bad, { directory: 'apps' });
      await ends(made, 'Blocked', 'OutsidePrefixes');
      assert.match(made.rollback().message ?? '', /apps\/platform\/config\.yaml/);
    });

    it('takes a prefix as it is written: other case, other normal form and a shared beginning are other directories', async () => {
      const good = commit({ 'apps/caf\u00e9/r.yaml': rolloutYaml('checkout:1') });
      const bad = commit({ 'apps/caf\u00e9/r.yaml': rolloutYaml('checkout:2') });
      for (const prefix of ['Apps/caf\u00e9', 'apps/cafe\u0301', 'apps/caf', 'apps/caf\u00e9/r', 'apps/shop']) {
        const target = { paths: [{ prefix, namespaces: ['shop'] }] };
        await ends(await world(good, bad, { directory: 'apps', target }), 'Blocked', 'OutsidePrefixes');
      }
      await ends(
        await world(good, bad, { directory: 'apps', target: { paths: [{ prefix: './apps/caf\u00e9/', namespaces: ['shop'] }] } }),
        'Pushed',
      );
    });

    it('leaves a ConfigMap to people that another workload uses too', async () => {
      for (const other of [
        deploymentYaml('checkout-config'),
        rolloutYaml('cart:1').replace('name: checkout}', 'name: cart}'),
        'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: report}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, env: [{name: X, valueFrom: {configMapKeyRef: {name: checkout-config, key: limit}}}]}]}}}}}\n',
      ]) {
        const good = commit({ [FILE]: rolloutYaml('checkout:1'), [CONFIG]: configYaml('1'), 'apps/shop/other.yaml': other });
        const bad = badState();
        const made = await world(good, bad);
        await ends(made, 'Blocked', 'SharedConfigMap');
        assert.match(made.rollback().message ?? '', /ConfigMap checkout-config .* is used by (Deployment|Rollout|CronJob) /);
      }
    });

    it('restores beside another user of a ConfigMap that did not change', async () => {
      const good = commit({
        [FILE]: rolloutYaml('checkout:1'),
        [CONFIG]: configYaml('1'),
        'apps/shop/other.yaml': deploymentYaml('checkout-config'),
      });
      const bad = commit({ [FILE]: rolloutYaml('checkout:2') });
      await ends(await world(good, bad), 'Pushed');
    });

    it('is blocked when an object of the closure is declared twice', async () => {
      const good = goodState();
      const bad = commit({ [FILE]: rolloutYaml('checkout:2'), 'apps/shop/copy.yaml': configYaml('2') });
      await ends(await world(good, bad), 'Blocked', 'UnreadableSource');
    });

    it('brings bytes back as they were: line ends, byte order mark, separators, comments', async () => {
      const odd = `\ufeff---\r\n# first\r\n${rolloutYaml('checkout:1').replaceAll('\n', '\r\n')}\r\n...\r\n---\r\n${configYaml('1')}---\n`;
      const good = commit({ [FILE]: odd });
      const bad = commit({ [FILE]: `${rolloutYaml('checkout:2')}---\n${configYaml('2')}` });
      await ends(await world(good, bad), 'Pushed');
      assert.equal(text(FILE), odd);
    });

    it('never writes over a symlink', async () => {
      const good = goodState();
      const linked = remote.add({
        parents: [good],
        tree: new Map([...treeOf(good), [CONFIG, { mode: '120000', oid: treeOf(good).get(CONFIG)?.oid ?? '' }]]),
        changes: new Map([[FILE, { content: rolloutYaml('checkout:2') }]]),
        author: { name: 'x', email: 'x' },
        date: instant(START),
        message: 'link',
      });
      remote.branches.set('main', linked);
      await ends(await world(good, linked), 'Blocked', 'UnsafeEntry');
    });
  });

  describe('the GitTarget', () => {
    it('is kept to when several Rollouts restore at once on an old view of its budget', async () => {
      const good = goodState();
      const bad = badState();
      const made = await world(good, bad, { target: { budget: { perHour: 1, perRolloutPerDay: 3 } } });
      let raced = false;
      made.cluster.onRequest((request) => {
        if (raced || request.verb !== 'update' || request.kind.kind !== 'Rollout') return undefined;
        raced = true;
        // Decided already: now another Rollout takes the last place.
        const target = made.cluster.snapshot(GIT_TARGET)[0]!;
        const restores = [{ rollout: 'shop/cart', id: 'other', at: '2023-11-14T22:10:00Z' }];
        void made.as.update(GIT_TARGET, { ...target, status: { observedGeneration: 1, restores } }, { subresource: 'status' });
        return undefined;
      });
      await ends(made, 'Blocked', 'BudgetExhausted');
      assert.ok(raced);
    });

    it('is never used unsigned when it asks for signatures, nor when the Rollout does not want a revert any more', async () => {
      const good = goodState();
      const bad = badState();
      const signing = { format: 'ssh', secretRef: { name: 'key' } };
      await ends(await world(good, bad, { target: { signing } }), 'Blocked', 'SigningUnsupported');
      await ends(await world(good, bad, { spec: { rollback: { onFailure: 'Abort' } } }), 'Blocked', 'NotWanted');
    });

    it('is looked at again when it changed between the decision and the push', async () => {
      const good = goodState();
      const bad = badState();
      const made = await world(good, bad);
      let changed = false;
      made.cluster.onRequest((request) => {
        if (changed || request.verb !== 'update' || request.kind.kind !== 'Rollout') return undefined;
        changed = true;
        const paths = [{ prefix: 'apps/bank', namespaces: ['shop'] }];
        void made.as.patch(GIT_TARGET, { name: 'shop' }, { type: 'merge', body: { spec: { paths } } });
        return undefined;
      });
      await assert.rejects(made.reconcile(), { code: 'conflict' });
      assert.equal(tip(), bad);
      await ends(made, 'Blocked', 'OutsidePrefixes');
    });
  });

  describe('after a push', () => {
    it('looks again when a refusal comes with a tip that moved: only words tell the two apart', async () => {
      const good = goodState();
      const bad = badState();
      let pushes = 0;
      repositories.onRequest((request) => {
        if (request.operation !== 'push' || (pushes += 1) > 1) return undefined;
        commit({ 'README.md': 'a race' });
        return { kind: 'refuse', message: 'incorrect old value, in words of their own' };
      });
      await ends(await world(good, bad), 'Pushed');
      assert.equal(pushes, 2);
    });

    it('never makes a commit again that somebody removed, at any later try', async () => {
      const good = goodState();
      const bad = badState();
      const made = await world(good, bad);
      let pushes = 0;
      repositories.onRequest((request) => {
        if (request.operation === 'push') pushes += 1;
        if (request.operation === 'fetch' && pushes > 0) remote.branches.set('main', bad);
        return undefined;
      });
      await made.reconcile();
      for (let tries = 0; tries < 3; tries += 1) {
        assert.deepEqual([made.rollback().state, made.rollback().reason], ['Blocked', 'RestoreRemoved']);
        made.clock.advance(600_000);
        made.restart();
        await made.reconcile();
      }
      assert.equal(pushes, 1);
    });

    it('waits for the decision on a spec that is newer than the intent', async () => {
      const good = goodState();
      const bad = badState();
      const made = await world(good, bad);
      await made.as.patch(ROLLOUT, { namespace: 'shop', name: 'checkout' }, { type: 'merge', body: { spec: { minReadySeconds: 3 } } });
      const { requeueAt } = await made.reconcile();
      assert.equal(tip(), bad);
      assert.ok(requeueAt !== undefined && requeueAt > made.clock.now());
    });

    it('tries what passes by itself after 15 s, then ever slower, and what a person has to do every ten minutes', async () => {
      const good = goodState();
      const bad = badState();
      repositories.onRequest(() => ({ kind: 'fail', failure: 'Unreachable' }));
      const made = await world(good, bad);
      const waits: number[] = [];
      for (let tries = 0; tries < 6; tries += 1) {
        const { requeueAt } = await made.reconcile();
        waits.push(((requeueAt ?? 0) - made.clock.now()) / 1000);
        made.clock.advance((requeueAt ?? 0) - made.clock.now());
      }
      assert.deepEqual(waits, [15, 30, 60, 120, 120, 120]);
      repositories.onRequest(() => ({ kind: 'fail', failure: 'Authentication' }));
      const { requeueAt } = await made.reconcile();
      assert.equal(((requeueAt ?? 0) - made.clock.now()) / 1000, 600);
    });
  });
});
