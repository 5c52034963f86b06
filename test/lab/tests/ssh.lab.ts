import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { instant } from '../../../src/api/time.ts';
import { isSluiceError } from '../../../src/ports/errors.ts';
import type { Repository, RepositoryCredential } from '../../../src/ports/repository.ts';
import { SecretValue } from '../../../src/ports/secret.ts';
import { bareRemote } from '../../git/support/bare-remote.ts';
import { type BareRepository, createBareRepository } from '../../git/support/bare-repository.ts';
import { describeRepositoryContract } from '../../git/support/describe-repository-contract.ts';
import { createGitLab, type GitLab } from '../../git/support/git-lab.ts';
import { tellLab } from '../run/control-api.ts';
import { knownHostsLine, makeSshKey, sshFiles, sshUrl } from '../run/ssh.ts';
import { breachAndRestore } from './support/breach-and-restore.ts';
import { type ControllerProcess, startController } from './support/controller-process.ts';
import { createGitRemote } from './support/git-remote.ts';
import type { Release } from './support/shop.ts';
import { createShopStage, type ShopStage } from './support/shop-stage.ts';
import { theLab } from './support/the-lab.ts';

const lab = theLab();
const keys = sshFiles(lab);

function credential(change: Partial<{ readonly identity: string; readonly knownHosts: string }> = {}): RepositoryCredential {
  const { identity = readFileSync(keys.identity, 'utf8'), knownHosts = readFileSync(keys.knownHosts, 'utf8') } = change;
  return { type: 'ssh', identity: new SecretValue(identity), knownHosts };
}

describeRepositoryContract('the git binary over ssh', async () => {
  const bare = createBareRepository();
  const cache = createGitLab({ allowLocal: false });
  const repository = cache.repositories.open({ url: sshUrl(bare.directory), credential: credential() });
  return bareRemote(bare, repository, cache.remove);
});

describe('the git adapter over ssh', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'sluice-ssh-'));
  let bare: BareRepository;
  let cache: GitLab;
  const open = (with_: RepositoryCredential, url = sshUrl(bare.directory)): Repository =>
    cache.repositories.open({ url, credential: with_ });
  const refused =
    (message: RegExp) =>
    (error: unknown): boolean =>
      isSluiceError(error, 'forbidden') && error.details['git'] === 'Authentication' && message.test(error.message);

  before(() => {
    bare = createBareRepository();
    bare.commit({ 'a.yaml': 'a' }, 'first');
    cache = createGitLab({ allowLocal: false });
  });
  after(() => {
    bare.remove();
    cache.remove();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('refuses a server whose key it does not know, before it shows who it is', async () => {
    await assert.rejects(open(credential({ knownHosts: '' })).fetch('main'), refused(/host key/i));
  });

  it('refuses a server that shows another key than the known one', async () => {
    const knownHosts = knownHostsLine(makeSshKey(path.join(scratch, 'another-host')));
    await assert.rejects(open(credential({ knownHosts })).fetch('main'), refused(/host key/i));
  });

  it('says that it was not let in when the server does not know its key', async () => {
    makeSshKey(path.join(scratch, 'stranger'));
    const identity = readFileSync(path.join(scratch, 'stranger'), 'utf8');
    await assert.rejects(open(credential({ identity })).fetch('main'), refused(/permission denied/i));
  });

  it('names a repository that is not there', async () => {
    const url = sshUrl(path.join(bare.root, 'no-such.git'));
    await assert.rejects(open(credential(), url).fetch('main'), (error) => isSluiceError(error, 'not_found'));
  });

  it('reports a push that a hook of the server refused, with what the hook said', async () => {
    const repository = open(credential());
    const tip = await repository.fetch('main');
    const changes = new Map([['a.yaml', { content: 'b' }]]);
    const author = { name: 'Sluice', email: 'sluice@example.com' };
    const commit = await repository.buildCommit({ parent: tip, changes, author, date: instant(1_700_000_000_000), message: 'x\n' });
    bare.hook('pre-receive', 'echo "main is protected here" >&2; exit 1');
    const result = await repository.push({ commit, branch: 'main', expectedParent: tip });
    assert.notEqual(result.type, 'Accepted');
    assert.match(JSON.stringify(result), /main is protected here/);
    assert.equal(bare.tip(), tip);
  });

  it('leaves no key behind in its work directory', () => {
    assert.deepEqual(
      readdirSync(cache.workDirectory).filter((name) => name.startsWith('credential-')),
      [],
    );
  });

  it('calls a server that is gone unreachable, and goes on when it is back', async () => {
    const repository = open(credential());
    await tellLab(lab, { do: 'stop', part: 'sshd', signal: 'SIGKILL' });
    await assert.rejects(
      repository.latest('main'),
      (error) => isSluiceError(error, 'unavailable') && error.details['git'] === 'Unreachable',
    );
    await tellLab(lab, { do: 'start', part: 'sshd' });
    assert.equal(await repository.latest('main'), bare.tip());
  });
});

const GOOD: Release = { tag: '1', errorRate: 0, paymentTimeout: '2s' };
const BAD: Release = { tag: '2', errorRate: 0.5, paymentTimeout: '20ms' };

describe('the story with Git over ssh', () => {
  let stage: ShopStage;
  let controller: ControllerProcess;
  before(async () => {
    stage = await createShopStage(lab, 'ssh', GOOD, { remote: await createGitRemote(lab, 'ssh', 'ssh') });
    controller = startController(lab, stage.installation.kubeconfig, 'controller-ssh');
  });
  after(async () => {
    await stage.close();
    await controller.stop();
  });

  it('GitSync fetches, and the restore commit is pushed, with a key and the known host', async (test) => {
    await stage.untilHealthyWith(GOOD, 60);
    const good = (await stage.remote.log())[0]?.oid ?? '';
    stage.load.reset();
    test.diagnostic(await breachAndRestore(stage, { good, goodRelease: GOOD, bad: BAD, limit: 90 }));
  });
});
