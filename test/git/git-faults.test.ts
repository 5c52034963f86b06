import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { instant, millis } from '../../src/api/time.ts';
import type { RepositoryCredential } from '../../src/ports/repository.ts';
import { SecretValue } from '../../src/ports/secret.ts';
import { type BareRepository, createBareRepository } from './support/bare-repository.ts';
import { createGitLab, type GitLab } from './support/git-lab.ts';
import { configYaml, rolloutYaml } from './support/manifests.ts';
import { createRestoreWorld } from './support/restore-world.ts';
import { type SmartHttp, type SmartHttpOptions, serveSmartHttp } from './support/smart-http.ts';

const CANARY = 'canary-token-1f6d2a';
const USER = { name: 'bot', password: CANARY };
const BASIC: RepositoryCredential = { type: 'basic', username: 'bot', password: new SecretValue(CANARY) };
const FILE = 'apps/shop/checkout.yaml';

/** Command lines and environments of the git processes that run now and name `marker`. */
function processesNaming(marker: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => {
      try {
        return [`${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}\n${readFileSync(`/proc/${pid}/environ`, 'utf8')}`];
      } catch {
        return [];
      }
    })
    .filter((text) => text.includes(marker));
}

describe('git over a network that fails', () => {
  let bare: BareRepository;
  let lab: GitLab;
  let servers: SmartHttp[];
  beforeEach(() => {
    bare = createBareRepository();
    lab = createGitLab();
    servers = [];
  });
  afterEach(async () => {
    for (const server of servers) await server.close();
    bare.remove();
    lab.remove();
  });
  const serve = async (options: Partial<SmartHttpOptions> = {}): Promise<SmartHttp> => {
    const server = await serveSmartHttp({ directory: bare.directory, ...options });
    servers.push(server);
    return server;
  };
  const release = (): { readonly good: string; readonly bad: string } => ({
    good: bare.commit({ [FILE]: rolloutYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') }, 'one'),
    bad: bare.commit({ [FILE]: rolloutYaml('checkout:2') }, 'two'),
  });

  it('restores over smart HTTP with basic auth, and the token shows up nowhere', async () => {
    const { good, bad } = release();
    const seen: string[] = [];
    const server = await serve({
      user: USER,
      intercept: () => {
        seen.push(...processesNaming(lab.workDirectory));
        return false;
      },
    });
    const secret = new Map([
      ['username', new SecretValue('bot')],
      ['password', new SecretValue(CANARY)],
    ]);
    const made = await createRestoreWorld({
      repositories: lab.repositories,
      url: server.url,
      good,
      bad,
      target: { secretRef: { name: 'shop-git' } },
      secret,
    });
    await made.reconcile();
    assert.equal(made.rollback().state, 'Pushed', made.rollback().message);
    assert.ok(
      seen.some((text) => text.includes('remote-http')),
      'the processes were looked at',
    );
    const everything = [
      ...seen,
      ...made.lines,
      JSON.stringify(made.rollback()),
      bare.git('log', '--format=%B', 'main'),
      server.requests.join('\n'),
    ];
    assert.equal(
      everything.some((text) => text.includes(CANARY)),
      false,
    );
    assert.deepEqual(
      readdirSync(lab.workDirectory).filter((name) => name.startsWith('credential-')),
      [],
    );
  });

  it('adopts a push whose reply was lost, and makes no second one', async () => {
    const { good, bad } = release();
    let lose = true;
    const server = await serve({
      loseReplyOf: (request) => {
        const lost = lose && request.url?.endsWith('/git-receive-pack') === true;
        if (lost) lose = false;
        return lost;
      },
    });
    const made = await createRestoreWorld({ repositories: lab.repositories, url: server.url, good, bad });
    await made.reconcile();
    assert.equal(lose, false);
    assert.equal(made.rollback().state, 'Pushed', made.rollback().message);
    assert.equal(made.rollback().commit, bare.tip());
    assert.equal(bare.git('rev-list', '--count', `${bad}..main`), '1');
  });

  it('is blocked by a refused credential without showing it, and goes on with a good one', async () => {
    const { good, bad } = release();
    const server = await serve({ user: { name: 'bot', password: 'another' } });
    const made = await createRestoreWorld({
      repositories: lab.repositories,
      url: server.url,
      good,
      bad,
      target: { secretRef: { name: 'shop-git' } },
      secret: new Map([
        ['username', new SecretValue('bot')],
        ['password', new SecretValue(CANARY)],
      ]),
    });
    await made.reconcile();
    assert.deepEqual([made.rollback().state, made.rollback().reason], ['Blocked', 'AuthenticationFailed']);
    assert.ok(made.rollback().nextTryAt !== undefined);
    assert.equal(JSON.stringify(made.rollback()).includes(CANARY), false);
    assert.equal(bare.tip(), bad);
  });

  it('ends a call that hangs at its deadline and leaves no process behind', async () => {
    release();
    const server = await serve({ intercept: () => true });
    const repository = lab.repositories.open({ url: server.url, credential: BASIC });
    const started = Date.now();
    await assert.rejects(
      repository.fetch('main', { deadline: millis(700) }),
      (error: Error & { details?: Record<string, unknown> }) => error.details?.['git'] === 'Timeout',
    );
    assert.ok(Date.now() - started < 6000);
    assert.deepEqual(processesNaming(lab.workDirectory), []);
  });

  it('does not show a token that the other side echoes', async () => {
    release();
    bare.hook('pre-receive', `echo "bad token ${CANARY}" >&2; exit 1`);
    const server = await serve({ user: USER });
    const repository = lab.repositories.open({ url: server.url, credential: BASIC });
    const tip = await repository.fetch('main');
    const commit = await repository.buildCommit({
      parent: tip,
      changes: new Map([['x', { content: 'x' }]]),
      author: { name: 'S', email: 's@x' },
      date: instant(0),
      message: 'x\n',
    });
    const outcome = await repository.push({ commit, branch: 'main', expectedParent: tip });
    assert.equal(outcome.type, 'Refused');
    assert.equal(JSON.stringify(outcome).includes(CANARY), false);
  });

  it('does not follow a redirect with the credential', async () => {
    const other = await serve({ user: USER });
    const server = await serve({
      intercept: (request, response) => {
        response.writeHead(302, { Location: `${other.url}${request.url ?? ''}` }).end();
        return true;
      },
    });
    await assert.rejects(lab.repositories.open({ url: server.url, credential: BASIC }).fetch('main'));
    assert.deepEqual(other.requests, []);
  });

  it('reads from a server that knows no filters', async () => {
    const tip = bare.commit({ 'a.yaml': 'a: 1\n' }, 'one');
    bare.git('config', 'uploadpack.allowFilter', 'false');
    const server = await serve();
    const repository = lab.repositories.open({ url: server.url, credential: { type: 'none' } });
    assert.equal(await repository.fetch('main'), tip);
    const files = await repository.listFiles(tip, '');
    assert.equal([...(await repository.readBlobs(files.map((file) => file.oid))).values()][0], 'a: 1\n');
  });

  it('works on although an ended process left locks behind', async () => {
    const { bad } = release();
    const repository = lab.repositories.open({ url: bare.url, credential: { type: 'none' } });
    await repository.fetch('main');
    const { execFileSync } = await import('node:child_process');
    execFileSync(
      'sh',
      [
        '-c',
        'for f in $(find . -path "*refs/sluice/*" -type f); do touch $f.lock; done; touch $(ls -d *.git)/packed-refs.lock $(ls -d *.git)/config.lock',
      ],
      { cwd: lab.workDirectory },
    );
    const newer = bare.commit({ 'z.yaml': 'z' }, 'three');
    assert.notEqual(newer, bad);
    assert.equal(await repository.fetch('main'), newer);
  });
});

describe('what git may be asked for', () => {
  const lab = createGitLab({ allowLocal: false });
  afterEach(() => lab.remove());

  it('refuses every transport but https and ssh, options, and credentials in the address', () => {
    for (const url of [
      'file:///srv/x',
      'http://git.example.com/x',
      'ext::sh -c id',
      'git://x/y',
      '--upload-pack=id',
      '-oProxyCommand=id:x',
      'https://user:pw@git.example.com/x',
      'https://git.example.com/../x',
      'ssh://-oProxyCommand=id/x',
      'https://git.example.com/x y',
      '/srv/x',
      'fd::17',
    ]) {
      assert.throws(() => lab.repositories.open({ url, credential: { type: 'none' } }), { code: 'spec_invalid' }, url);
    }
  });
});

describe('a credential', () => {
  it('cannot be serialised, printed or cloned out', () => {
    const secret = new SecretValue(CANARY);
    const shown = [
      JSON.stringify({ secret }),
      String(secret),
      inspect(secret, { depth: 9, showHidden: true }),
      JSON.stringify(Object.entries(secret)),
      inspect(structuredClone(Object.fromEntries(Object.entries(secret)))),
    ];
    assert.equal(
      shown.some((text) => text.includes(CANARY)),
      false,
    );
    assert.equal(secret.reveal(), CANARY);
  });
});
