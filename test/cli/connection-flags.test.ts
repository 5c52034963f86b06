import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { type FaultServer, json, startFaultServer } from '../kube/fault-server.ts';
import { run } from './harness.ts';
import { runConnected } from './run-connected.ts';

describe('the flags that say where to connect and as whom', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-sluice-flags-'));
  const kubeconfig = join(folder, 'config');
  let server: FaultServer;

  before(async () => {
    server = await startFaultServer(json(200, { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '1' }, items: [] }));
    writeFileSync(kubeconfig, JSON.stringify({ clusters: [], users: [{ name: 'me', user: { token: 'mine' } }], contexts: [] }));
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it('reach every request, with the credentials that the kubeconfig holds', async () => {
    const words = `list rollouts -s ${server.url} --user=me --as jane --as-group team-a --as-group=team-b --as-uid 7`;
    const { code, err } = await runConnected(words, kubeconfig, createSystemClock());
    assert.deepEqual([code, err], [0, 'no rollouts in namespace "default"\n']);
    const { headers } = server.received.at(-1) ?? assert.fail('nothing was asked');
    assert.deepEqual(
      [headers.authorization, headers['impersonate-user'], headers['impersonate-group'], headers['impersonate-uid']],
      ['Bearer mine', 'jane', 'team-a, team-b', '7'],
    );
  });

  it('give a request up after --request-timeout', async () => {
    const silent = await startFaultServer(() => undefined);
    try {
      const { code, err } = await runConnected(`list rollouts -s ${silent.url} --request-timeout 50ms`, kubeconfig, createSystemClock());
      assert.equal(code, 3);
      assert.match(err, /^error: the API server did not answer within 0\.05 s; /);
    } finally {
      await silent.close();
    }
  });

  it('are those of the completion too, whatever a value holds', async () => {
    const { asked } = await run('__complete --as jane --as-group a --as-group b --user=me=too --insecure-skip-tls-verify promote x');
    const { as, asGroup, user, insecureSkipTlsVerify } = asked ?? {};
    assert.deepEqual([as, asGroup, user, insecureSkipTlsVerify], ['jane', ['a', 'b'], 'me=too', true]);
  });

  const refused: readonly (readonly [flags: string, line: RegExp])[] = [
    [
      '--token abc',
      /^error: --token is not taken: other programs of this machine can read what stands on a command line; put it into a kub/,
    ],
    ['--password=abc', /^error: --password is not taken/],
    ['--as-group team', /^error: --as-group goes with a user; name one with --as\n$/],
    ['--as-uid 7', /^error: --as-uid goes with a user; name one with --as\n$/],
    ['--as=', /^error: "" is nobody to act as; /],
    ['--server kube:6443', /^error: "kube:6443" is no address of a server; write it as https:/],
    ['--insecure-skip-tls-verify --certificate-authority ca', /^error: --certificate-authority has no use with --insecure-skip-tls-verify/],
    ['--request-timeout soon', /^error: "soon" is not a duration; /],
  ];
  for (const [flags, line] of refused) {
    it(`are refused before anything is sent: ${flags}`, async () => {
      const { code, err, connected } = await run(`list rollouts ${flags}`);
      assert.deepEqual([code, connected], [2, 0]);
      assert.match(err, line);
      assert.ok(!err.includes('abc'), 'a credential is not repeated');
    });
  }

  it('are refused when a file of theirs cannot be read, or the kubeconfig does not hold what they name', async () => {
    for (const [flags, line] of [
      ['--certificate-authority /nowhere/ca', /^error: cannot read "\/nowhere\/ca" of --certificate-authority: ENOENT/],
      ['--user nobody', /^error: cannot use the kubeconfig: it has no user "nobody"; the users are: me; /],
    ] as const) {
      const { code, err } = await runConnected(`list rollouts -s ${server.url} ${flags}`, kubeconfig, createSystemClock());
      assert.equal(code, 2);
      assert.match(err, line);
    }
  });
});
