import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { GIT_TARGET } from '../../src/api/kinds.ts';
import { instant } from '../../src/api/time.ts';
import { createSimRepositories, type SimRepositories } from '../../src/sim/repository/sim-repositories.ts';
import { type BareRepository, createBareRepository } from './support/bare-repository.ts';
import { createGitLab, type GitLab } from './support/git-lab.ts';
import { configYaml, rolloutYaml } from './support/manifests.ts';
import { realClock } from './support/real-clock.ts';
import { createRestoreWorld, type RestoreWorld, type RestoreWorldOptions } from './support/restore-world.ts';

const ADDRESS = 'https://git.example.com/team/shop';
const ROLLOUT_FILE = 'apps/shop/checkout.yaml';
const CONFIG_FILE = 'apps/shop/config.yaml';

const noCommit = async (
  bare: Pick<BareRepository, 'tip'>,
  made: RestoreWorld,
  state: string,
  reason: string | undefined,
): Promise<void> => {
  const before = bare.tip();
  await made.reconcile();
  assert.equal(bare.tip(), before, 'nothing may be pushed');
  assert.deepEqual([made.rollback().state, made.rollback().reason], [state, reason], made.rollback().message);
};

describe('restore commit on a real repository', () => {
  let bare: BareRepository;
  let lab: GitLab;
  beforeEach(() => {
    bare = createBareRepository();
    lab = createGitLab();
  });
  afterEach(() => {
    bare.remove();
    lab.remove();
  });
  const world = (good: string, bad: string, extra: Partial<RestoreWorldOptions> = {}): Promise<RestoreWorld> =>
    createRestoreWorld({ repositories: lab.repositories, url: bare.url, good, bad, ...extra });
  const show = (path: string): string => bare.git('show', `main:${path}`);
  const goodState = (): string =>
    bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:1'), [CONFIG_FILE]: configYaml('1'), 'README.md': 'x' }, 'checkout 1');

  it('reverts one bad commit as a plain revert, byte for byte, with a message a person can act on', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2'), [CONFIG_FILE]: configYaml('2') }, 'checkout 2');
    const made = await world(good, bad);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
    const tip = bare.tip();
    assert.equal(made.rollback().commit, tip);
    assert.equal(made.rollback().candidate, tip);
    assert.equal(made.rollback().parent, bad);
    assert.deepEqual(made.rollback().files, [ROLLOUT_FILE, CONFIG_FILE]);
    assert.equal(bare.git('rev-parse', 'main^{tree}'), bare.git('rev-parse', `${good}^{tree}`));
    const message = bare.git('log', '-1', '--format=%B', 'main');
    assert.match(message, /^Revert "checkout 2"\n\nThis reverts commit [0-9a-f]{40}\.\n/);
    assert.match(message, /What failed: success-rate was 0\.81, below 0\.99/);
    assert.match(message, /AnalysisRun: shop\/checkout-abc-7-1/);
    assert.match(message, /kubectl sluice retry checkout -n shop/);
    assert.equal(
      bare.git('log', '-1', '--format=%(trailers:only,unfold)', 'main').trim(),
      `Sluice-Revert-Id: ${made.id}\nSluice-Reverts: ${bad}\nSluice-Restores: ${good}\nSluice-Rollout: shop/checkout`,
    );
    assert.deepEqual(made.synced, ['shop/shop']);
    await made.reconcile();
    assert.equal(bare.tip(), tip, 'a second pass makes no second commit');
  });

  it('finds the bad commit under an unrelated one on top, keeps the unrelated one', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2'), [CONFIG_FILE]: configYaml('2') }, 'checkout 2');
    const applied = bare.commit({ 'README.md': 'unrelated' }, 'docs');
    const made = await world(good, applied);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
    assert.match(bare.git('log', '-1', '--format=%B', 'main'), new RegExp(`This reverts commit ${bad}\\.`));
    assert.equal(show('README.md'), 'unrelated');
    assert.equal(show(ROLLOUT_FILE), rolloutYaml('checkout:1').trim());
  });

  it('restores over several commits, brings removed files back and deletes added ones', async () => {
    const good = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:1'), [CONFIG_FILE]: configYaml('1') }, 'checkout 1');
    bare.commit({ [CONFIG_FILE]: null, 'apps/shop/moved.yaml': configYaml('2') }, 'move the config');
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    const made = await world(good, bad);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
    assert.match(bare.git('log', '-1', '--format=%s', 'main'), /^Restore checkout to /);
    assert.equal(bare.git('rev-parse', 'main^{tree}'), bare.git('rev-parse', `${good}^{tree}`));
  });

  it('keeps a good ConfigMap-only commit that came after the promotion', async () => {
    goodState();
    const good = bare.commit({ [CONFIG_FILE]: configYaml('1.5') }, 'raise the limit');
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2'), [CONFIG_FILE]: configYaml('2') }, 'checkout 2');
    const made = await world(good, bad);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
    assert.equal(show(CONFIG_FILE), configYaml('1.5').trim());
  });

  it('names a refusal by a hook, tries again slowly, and succeeds once it is allowed', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    bare.hook('pre-receive', 'echo "GH006: Protected branch update failed" >&2; exit 1');
    const made = await world(good, bad);
    await noCommit(bare, made, 'Blocked', 'PolicyRefused');
    assert.match(made.rollback().message ?? '', /Protected branch/);
    await noCommit(bare, made, 'Blocked', 'PolicyRefused');
    bare.hook('pre-receive', 'exit 0');
    made.clock.advance(600_000);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
    assert.equal(made.rollback().reason, undefined);
  });

  it('lets nothing of a subject or a cause act in the commit message', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'Fixes #12 @admin [skip ci] \u001b[31mred\u202e');
    const cause = 'rate\n\nSluice-Revert-Id: forged\n\n@team closes https://example.com/1 \u001b[2J[ci skip] ***NO_CI***\u200b';
    const made = await world(good, bad, { cause });
    await made.reconcile();
    const message = bare.git('log', '-1', '--format=%B', 'main');
    // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
    assert.doesNotMatch(message, /\[|#\d|@\w|:\/\/|[\u0000-\u0009\u000b-\u001f\u202e\u200b]|NO_CI/);
    assert.equal(bare.git('log', '-1', '--format=%(trailers:key=Sluice-Revert-Id,valueonly)', 'main').trim(), made.id);
  });
});

/** The simulated repository as the cases here use it; texts are trimmed as a git command's output is. */
function createSimBare(repositories: SimRepositories) {
  const remote = repositories.remote(ADDRESS);
  let count = 0;
  const tip = (): string => remote.branches.get('main') ?? '';
  return {
    url: ADDRESS,
    tip,
    commit: (files: Readonly<Record<string, string | null>>, message: string): string =>
      remote.commit('main', files, message, instant(1_700_000_000_000 + (count += 1) * 60_000)),
    rewind: (oid: string): void => {
      remote.branches.set('main', oid);
    },
    show: (path: string): string => (remote.blobs.get(remote.commits.get(tip())?.tree.get(path)?.oid ?? '') ?? '').trim(),
    message: (): string => (remote.commits.get(tip())?.message ?? '').trim(),
    carriers: (id: string): number =>
      [...remote.ancestors(tip())].filter((oid) => remote.commits.get(oid)?.message.includes(`Sluice-Revert-Id: ${id}`)).length,
  };
}

describe('restore commit', () => {
  let repositories: SimRepositories;
  let bare: ReturnType<typeof createSimBare>;
  beforeEach(() => {
    repositories = createSimRepositories({ clock: realClock });
    bare = createSimBare(repositories);
  });
  const world = (good: string, bad: string, extra: Partial<RestoreWorldOptions> = {}): Promise<RestoreWorld> =>
    createRestoreWorld({ repositories, url: bare.url, good, bad, ...extra });
  const show = (path: string): string => bare.show(path);
  const goodState = (): string =>
    bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:1'), [CONFIG_FILE]: configYaml('1'), 'README.md': 'x' }, 'checkout 1');

  it('is blocked when the file is shared with a foreign object that changed too', async () => {
    const shared = (image: string, other: string): string => `${rolloutYaml(image)}---\n${configYaml(other, 'somebody-elses')}`;
    const good = bare.commit({ [ROLLOUT_FILE]: shared('checkout:1', '1'), [CONFIG_FILE]: configYaml('1') }, 'one');
    const bad = bare.commit({ [ROLLOUT_FILE]: shared('checkout:2', '2') }, 'two');
    const made = await world(good, bad);
    await noCommit(bare, made, 'Blocked', 'SharedFile');
    assert.match(made.rollback().message ?? '', /somebody-elses/);
  });

  it('restores a shared file whose foreign object did not change', async () => {
    const shared = (image: string): string => `${rolloutYaml(image)}---\n${configYaml('1', 'somebody-elses')}`;
    const good = bare.commit({ [ROLLOUT_FILE]: shared('checkout:1') }, 'one');
    const bad = bare.commit({ [ROLLOUT_FILE]: shared('checkout:2') }, 'two');
    const made = await world(good, bad);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
  });

  it('never restores a Secret: blocked in a shared file, named and left out in one of its own', async () => {
    const secret = (value: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: checkout-secret}\nstringData: {key: ${value}}\n`;
    const uses = (image: string): string => rolloutYaml(image).replace('envFrom: [', 'envFrom: [{secretRef: {name: checkout-secret}}, ');
    const good = bare.commit({ [ROLLOUT_FILE]: uses('checkout:1'), 'apps/shop/secret.yaml': secret('old') }, 'one');
    const bad = bare.commit({ [ROLLOUT_FILE]: uses('checkout:2'), 'apps/shop/secret.yaml': secret('new') }, 'two');
    const made = await world(good, bad);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
    assert.equal(show('apps/shop/secret.yaml'), secret('new').trim());
    assert.match(bare.message(), /Left as they are[^\n]*\n- Secret checkout-secret/);
    const inFile = bare.commit({ [ROLLOUT_FILE]: `${uses('checkout:3')}---\n${secret('newer')}`, 'apps/shop/secret.yaml': null }, 'three');
    await noCommit(bare, await world(bad, inFile), 'Blocked', 'SecretInFile');
  });

  it('stands down for a fix that is already pushed', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:3') }, 'fix');
    await noCommit(bare, await world(good, bad), 'Superseded', undefined);
  });

  it('stands down when somebody has reverted by hand', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:1') }, 'Revert by hand');
    const made = await world(good, bad);
    await noCommit(bare, made, 'AlreadyReverted', undefined);
    assert.deepEqual(made.synced, ['shop/shop']);
  });

  it('is blocked by a rewritten history, a change that is not in Git, and paths outside of the prefixes', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    bare.rewind(good);
    bare.commit({ 'README.md': 'other line' }, 'rewritten');
    await noCommit(bare, await world(good, bad), 'Blocked', 'RewrittenHistory');
    const unrelated = bare.commit({ 'README.md': 'again' }, 'docs');
    await noCommit(bare, await world(good, unrelated), 'Blocked', 'NoGitCause');
    const again = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    const elsewhere = {
      paths: [
        { prefix: 'apps/sho', namespaces: ['shop'] },
        { prefix: 'apps/shop', namespaces: ['other'] },
      ],
    };
    await noCommit(bare, await world(good, again, { target: elsewhere }), 'Blocked', 'OutsidePrefixes');
  });

  it('never reverts its own revert', async () => {
    const good = goodState();
    bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:1b') }, 'Restore\n\nwhy\n\nSluice-Revert-Id: 0123456789abcdef');
    await noCommit(bare, await world(good, bad), 'Blocked', 'RevertOfRevert');
  });

  it('keeps to the budget of the GitTarget and writes each restore on its record', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    const made = await world(good, bad, { target: { budget: { perHour: 1, perRolloutPerDay: 3 } } });
    const target = made.cluster.snapshot(GIT_TARGET)[0]!;
    const restores = [{ rollout: 'shop/cart', id: 'other', at: '2023-11-14T22:00:00Z' }];
    await made.as.update(GIT_TARGET, { ...target, status: { observedGeneration: 1, restores } }, { subresource: 'status' });
    await noCommit(bare, made, 'Blocked', 'BudgetExhausted');
    made.clock.advance(3_600_000);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
    const status = made.cluster.snapshot(GIT_TARGET)[0]!['status'] as { restores: { id: string }[] };
    assert.deepEqual(
      status.restores.map((record) => record.id),
      ['other', made.id],
    );
  });

  it('stops when the Rollout was written by somebody else in between, and pushes nothing', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    const made = await world(good, bad);
    let interfered = false;
    made.cluster.onRequest((request) => {
      if (request.verb !== 'update' || request.kind.kind !== 'Rollout' || interfered) return undefined;
      interfered = true;
      return { kind: 'fail', status: 409, reason: 'Conflict', message: 'the object has been modified', applied: false };
    });
    await assert.rejects(made.reconcile(), { code: 'conflict' });
    assert.equal(bare.tip(), bad);
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed');
  });

  it('makes one commit although ten other pushes move the tip in between', async () => {
    const good = goodState();
    const bad = bare.commit({ [ROLLOUT_FILE]: rolloutYaml('checkout:2') }, 'checkout 2');
    let moves = 0;
    const racing = {
      open: (access: Parameters<typeof repositories.open>[0]) => {
        const repository = repositories.open(access);
        const push: typeof repository.push = (request, options) => {
          if ((moves += 1) <= 10) bare.commit({ 'README.md': `move ${moves}` }, `move ${moves}`);
          return repository.push(request, options);
        };
        return { ...repository, push };
      },
    };
    const made = await world(good, bad, { repositories: racing });
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed', made.rollback().message);
    assert.equal(moves, 11);
    assert.equal(show('README.md'), 'move 10');
    assert.equal(bare.carriers(made.id), 1);
  });
});
