import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { instant } from '../../../src/api/time.ts';
import { isSluiceError } from '../../../src/ports/errors.ts';
import type { Repository } from '../../../src/ports/repository.ts';

/** One repository, seen by the adapter under test, and by the people who push to it. */
export interface ContractRemote {
  readonly repository: Repository;
  commit(files: Readonly<Record<string, string | null>>, message: string): Promise<string>;
  rewind(oid: string): Promise<void>;
  tip(): string;
  close(): Promise<void>;
}

const AUTHOR = { name: 'Sluice', email: 'sluice@example.com' };
const DATE = instant(1_700_000_100_000);

/** What every adapter of the repository port must do; each test opens a remote of its own. */
export function describeRepositoryContract(name: string, open: () => Promise<ContractRemote>): void {
  describe(`repository contract: ${name}`, () => {
    let remote: ContractRemote;
    let repository: Repository;
    beforeEach(async () => {
      remote = await open();
      repository = remote.repository;
    });
    afterEach(() => remote.close());

    it('fetches the tip and reads files under a directory, and nothing beside it', async () => {
      await remote.commit({ 'apps/shop/a.yaml': 'a: 1\n', 'apps/shop-2/b.yaml': 'b: 1\n', 'apps/shop/deep/c.yaml': 'c: ü\n' }, 'first');
      const tip = await repository.fetch('main');
      assert.equal(tip, remote.tip());
      assert.equal(await repository.latest('main'), tip);
      const files = await repository.listFiles(tip, 'apps/shop');
      assert.deepEqual(
        files.map((file) => [file.path, file.type]),
        [
          ['apps/shop/a.yaml', 'file'],
          ['apps/shop/deep/c.yaml', 'file'],
        ],
      );
      const texts = await repository.readBlobs(files.map((file) => file.oid));
      assert.deepEqual(
        files.map((file) => texts.get(file.oid)),
        ['a: 1\n', 'c: ü\n'],
      );
      assert.deepEqual(await repository.listFiles(tip, 'no/such'), []);
      assert.equal((await repository.listFiles(tip, '')).length, 3);
    });

    it('answers the first-parent log with files and trailers, newest first, and says when it is cut', async () => {
      const first = await remote.commit({ 'a.yaml': '1' }, 'first');
      const second = await remote.commit({ 'a.yaml': '2', 'b.yaml': '1' }, 'second "quoted"\n\nbody\n\nSluice-Revert-Id: abc\nOther: x');
      const third = await remote.commit({ 'b.yaml': null }, 'third');
      await repository.fetch('main');
      const log = await repository.log({ from: first, to: third, limit: 10 });
      assert.equal(log.truncated, false);
      assert.deepEqual(log.entries, [
        { oid: third, parents: [second], subject: 'third', trailers: [], files: ['b.yaml'] },
        {
          oid: second,
          parents: [first],
          subject: 'second "quoted"',
          trailers: [
            { key: 'Sluice-Revert-Id', value: 'abc' },
            { key: 'Other', value: 'x' },
          ],
          files: ['a.yaml', 'b.yaml'],
        },
      ]);
      const cut = await repository.log({ from: first, to: third, limit: 1 });
      assert.deepEqual([cut.entries.map((entry) => entry.oid), cut.truncated], [[third], true]);
      assert.deepEqual((await repository.log({ from: third, to: third, limit: 5 })).entries, []);
    });

    it('finds a trailer by its exact value only, and not the same words in a body', async () => {
      const first = await remote.commit({ 'a.yaml': '1' }, 'first');
      const carrier = await remote.commit({ 'a.yaml': '2' }, 'second\n\nSluice-Revert-Id: abcdef');
      await remote.commit({ 'a.yaml': '3' }, 'third\n\nSluice-Revert-Id: quoted here\n\nthe end');
      const tip = await repository.fetch('main');
      const find = (value: string): Promise<string | undefined> =>
        repository.findTrailer({ from: first, to: tip, trailer: { key: 'Sluice-Revert-Id', value } });
      assert.equal(await find('abcdef'), carrier);
      assert.equal(await find('abc'), undefined);
      assert.equal(await find('quoted here'), undefined);
    });

    it('knows ancestors, and calls a commit that it has never seen none', async () => {
      const first = await remote.commit({ 'a.yaml': '1' }, 'first');
      const second = await remote.commit({ 'a.yaml': '2' }, 'second');
      await repository.fetch('main');
      assert.equal(await repository.isAncestor(first, second), true);
      assert.equal(await repository.isAncestor(second, first), false);
      assert.equal(await repository.isAncestor('1'.repeat(40), second), false);
    });

    it('builds the same object id from the same inputs, and pushes it as a fast-forward', async () => {
      const first = await remote.commit({ 'a.yaml': 'good', 'gone.yaml': 'x', 'keep.yaml': 'k' }, 'first');
      await remote.commit({ 'a.yaml': 'bad', 'gone.yaml': null, 'new.yaml': 'n' }, 'second');
      const tip = await repository.fetch('main');
      const good = await repository.listFiles(first, '');
      const entry = (path: string): { oid: string; mode: string } => {
        const found = good.find((file) => file.path === path);
        assert.ok(found);
        return { oid: found.oid, mode: found.mode };
      };
      await repository.readBlobs(good.map((file) => file.oid));
      const changes = new Map([
        ['a.yaml', entry('a.yaml')],
        ['gone.yaml', entry('gone.yaml')],
        ['new.yaml', null],
      ]);
      const request = { parent: tip, changes, author: AUTHOR, date: DATE, message: 'Restore\n\nwhy\n\nSluice-Revert-Id: id1\n' };
      const commit = await repository.buildCommit(request);
      assert.equal(await repository.buildCommit(request), commit);
      assert.notEqual(await repository.buildCommit({ ...request, date: instant(DATE + 1000) }), commit);
      assert.deepEqual(await repository.push({ commit, branch: 'main', expectedParent: tip }), { type: 'Accepted' });
      assert.equal(remote.tip(), commit);
      const now = await repository.fetch('main');
      assert.deepEqual(
        (await repository.listFiles(now, '')).map((file) => [file.path, file.oid]),
        good.map((file) => [file.path, file.oid]),
      );
    });

    /** A commit on `parent` that changes a.yaml. */
    const changeOn = (parent: string): Promise<string> =>
      repository.buildCommit({ parent, changes: new Map([['a.yaml', { content: '0' }]]), author: AUTHOR, date: DATE, message: 'x\n' });

    it('reports a branch that moved on, and does not touch it', async () => {
      await remote.commit({ 'a.yaml': '1' }, 'first');
      const tip = await repository.fetch('main');
      const commit = await changeOn(tip);
      const newer = await remote.commit({ 'a.yaml': '2' }, 'second');
      assert.equal((await repository.push({ commit, branch: 'main', expectedParent: tip })).type, 'Moved');
      assert.equal(remote.tip(), newer);
    });

    it('does not bring back commits that somebody removed from the branch in the meantime', async () => {
      const first = await remote.commit({ 'a.yaml': '1' }, 'first');
      await remote.commit({ 'a.yaml': '2' }, 'second');
      const tip = await repository.fetch('main');
      const commit = await changeOn(tip);
      await remote.rewind(first);
      assert.equal((await repository.push({ commit, branch: 'main', expectedParent: tip })).type, 'Moved');
      assert.equal(remote.tip(), first);
    });

    it('names a branch that is missing', async () => {
      await remote.commit({ 'a.yaml': '1' }, 'first');
      await assert.rejects(repository.fetch('nope'), (error) => isSluiceError(error, 'not_found') && error.details['git'] === 'Missing');
      await assert.rejects(repository.latest('nope'), (error) => isSluiceError(error, 'not_found'));
    });

    it('refuses names that git could read as options or that leave the tree', async () => {
      const first = await remote.commit({ 'a.yaml': '1' }, 'first');
      await repository.fetch('main');
      const invalid = (error: unknown): boolean => isSluiceError(error, 'spec_invalid');
      for (const branch of ['--upload-pack=touch /tmp/x', '-c', 'a..b', 'a b', 'x.lock', 'refs/heads/main', 'a\nb', ''])
        await assert.rejects(repository.fetch(branch), invalid, branch);
      for (const oid of ['--all', 'main', 'HEAD', '1234']) await assert.rejects(repository.listFiles(oid, ''), invalid);
      for (const path of ['../x', '/etc', 'a/../b', '.git/config', 'a//b']) {
        await assert.rejects(repository.listFiles(first, path), invalid);
        const changes = new Map([[path, { content: 'x' }]]);
        await assert.rejects(repository.buildCommit({ parent: first, changes, author: AUTHOR, date: DATE, message: 'x' }), invalid);
      }
      await assert.rejects(repository.log({ from: '--output=/tmp/x', to: first, limit: 1 }), invalid);
      await assert.rejects(repository.push({ commit: '--force', branch: 'main', expectedParent: first }), invalid);
    });
  });
}
