import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gitEnvironment } from '../../src/adapters/git/git-command.ts';
import { lendCredential, sshCommand, writeAskpass } from '../../src/adapters/git/git-credentials.ts';
import { showForeign } from '../../src/adapters/git/git-error.ts';
import { repositoryCredential } from '../../src/controllers/restore/repository-credential.ts';
import { SecretValue } from '../../src/ports/secret.ts';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-key-5b1e\n-----END OPENSSH PRIVATE KEY-----';

function problemOf(...args: Parameters<typeof repositoryCredential>): string {
  const found = repositoryCredential(...args);
  return typeof found === 'string' ? found : '';
}

/** The words that a shell makes of the line, as git's shell would. */
function words(line: string): readonly string[] {
  return execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

describe('a lent credential', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-lend-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

  it('gives ssh this key and these host keys alone, and no way to ask, forward or read a configuration', () => {
    const line = words(sshCommand('/work/credential-x/identity', '/work/credential-x/known_hosts'));
    assert.deepEqual(line.slice(0, 5), ['ssh', '-F', '/dev/null', '-i', '/work/credential-x/identity']);
    const options = line.filter((_word, index) => line[index - 1] === '-o');
    assert.deepEqual(options, [
      'IdentitiesOnly=yes',
      'IdentityAgent=none',
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      'UserKnownHostsFile="/work/credential-x/known_hosts"',
      'GlobalKnownHostsFile=/dev/null',
      'ClearAllForwardings=yes',
      'ConnectTimeout=15',
    ]);
    assert.equal(line.length, 5 + 2 * options.length);
  });

  it('keeps paths with spaces and quotes in one word, and runs nothing in them', () => {
    const line = words(sshCommand("/a b/it's $(id)/identity", "/a b/it's $(id)/known_hosts"));
    assert.ok(line.includes("/a b/it's $(id)/identity"));
    assert.ok(line.includes(`UserKnownHostsFile="/a b/it's $(id)/known_hosts"`));
  });

  it('lies in files that only this user can read, and is gone after the call', async () => {
    const askpass = await writeAskpass(directory);
    assert.equal(modeOf(askpass), '700');
    for (const credential of [
      { type: 'ssh', identity: new SecretValue(KEY), knownHosts: 'git.example.com ssh-ed25519 AAAA' },
      { type: 'basic', username: 'bot', password: new SecretValue('canary-token-5b1e') },
    ] as const) {
      const lent = await lendCredential(credential, directory, askpass);
      const [name = ''] = readdirSync(directory).filter((entry) => entry.startsWith('credential-'));
      const lentDirectory = join(directory, name);
      assert.equal(modeOf(lentDirectory), '700');
      for (const file of readdirSync(lentDirectory)) assert.equal(modeOf(join(lentDirectory, file)), '600', file);
      assert.doesNotMatch(JSON.stringify(lent.env), /canary/);
      if (credential.type === 'ssh')
        assert.equal(readFileSync(join(lentDirectory, 'identity'), 'utf8'), `${KEY}\n`, 'ssh needs the last line break');
      else
        assert.equal(
          execFileSync(askpass, ['Password for x: '], { env: { PATH: process.env['PATH'] ?? '', ...lent.env }, encoding: 'utf8' }),
          'canary-token-5b1e',
        );
      await lent.release();
      assert.deepEqual(readdirSync(directory), ['askpass']);
    }
  });

  it('is chosen by the address, and says which keys are missing', () => {
    const key = new Map([['identity', new SecretValue(KEY)]]);
    assert.match(problemOf(key, 'git@git.example.com:team/shop'), /known_hosts/);
    assert.match(problemOf(key, 'https://git.example.com/shop'), /username and password/);
    assert.match(problemOf(undefined, 'ssh://git@git.example.com/shop'), /does not exist/);
    const whole = repositoryCredential(new Map([...key, ['known_hosts', new SecretValue('host key')]]), 'ssh://git@git.example.com/shop');
    assert.equal(typeof whole === 'string' ? whole : whole.type, 'ssh');
  });

  it('that names its repository is lent for no other, whoever points where', () => {
    const bound = new Map([
      ['password', new SecretValue('canary-token-5b1e')],
      ['url', new SecretValue('https://git.example.com/team/shop.git')],
    ]);
    for (const url of ['https://git.example.com/team/shop', 'https://GIT.example.com:443/team/shop.git'])
      assert.equal(problemOf(bound, url), '');
    for (const url of [
      'https://git.example.com/team/shop-2',
      'https://git.example.com.evil.example/team/shop',
      'https://git.example.com:8443/team/shop',
      'http://git.example.com/team/shop',
      'file:///team/shop',
    ])
      assert.match(problemOf(bound, url), /names another repository/, url);
    const odd = new Map([...bound, ['url', new SecretValue('*')]]);
    assert.match(problemOf(odd, 'https://git.example.com/team/shop'), /names another repository/);
  });

  it('leaves nothing of our own environment to git but what it needs', () => {
    const environment = {
      PATH: '/bin',
      HOME: '/root',
      SSH_AUTH_SOCK: '/x',
      GIT_SSH_COMMAND: 'evil',
      GIT_CONFIG_COUNT: '1',
      AWS_SECRET_ACCESS_KEY: 'x',
      HTTPS_PROXY: 'p',
    };
    const made = gitEnvironment({ workDirectory: '/work', allowLocal: false, environment });
    assert.deepEqual(
      Object.keys(environment).filter((name) => made[name] === environment[name as keyof typeof environment]),
      ['PATH', 'HTTPS_PROXY'],
    );
    assert.equal(made['GIT_ALLOW_PROTOCOL'], 'https:ssh');
  });

  it('gives one failure one message, whatever it took', () => {
    const shown = (took: number) => showForeign(`fatal: Failed to connect to git.example.com port 443 after ${took} ms: Couldn't connect`);
    assert.equal(shown(3), shown(1417));
  });
});
