import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { CONFIG_MAP } from '../../src/api/kinds.ts';
import { instant } from '../../src/api/time.ts';
import type { Credentials } from '../../src/kube/api-endpoint.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import type { KubeConfigOverrides } from '../../src/kube/kube-config-overrides.ts';
import { createResourceClient } from '../../src/kube/resource-client.ts';
import { createTransport } from '../../src/kube/transport.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { json, startFaultServer } from './fault-server.ts';
import { configMap } from './scripted-cluster.ts';

const directory = await mkdtemp(join(tmpdir(), 'sluice-overrides-'));
after(() => rm(directory, { recursive: true }));

const clock = createVirtualClock(instant(1_800_000_000_000));
const data = (text: string): string => Buffer.from(text).toString('base64');
const file = join(directory, 'config');
const ACTING = { as: 'jane', 'as-uid': '7', 'as-groups': ['a', 'b'], 'as-user-extra': { 'example.com/Reason': ['x'] } };
await writeFile(
  file,
  JSON.stringify({
    clusters: [
      { name: 'near', cluster: { server: 'https://near:6443', 'certificate-authority-data': data('CA near'), 'tls-server-name': 'kube' } },
      { name: 'far', cluster: { server: 'https://far:6443', 'insecure-skip-tls-verify': true } },
    ],
    users: [
      { name: 'me', user: { token: 'mine', 'client-certificate-data': data('cert'), 'client-key-data': data('key') } },
      { name: 'acting', user: { token: 'mine', ...ACTING } },
      { name: 'half', user: { 'as-groups': ['a'] } },
    ],
    contexts: [{ name: 'ctx', context: { cluster: 'near', user: 'me', namespace: 'shop' } }],
    'current-context': 'ctx',
  }),
);
for (const name of ['ca', 'cert', 'key']) await writeFile(join(directory, name), `${name} of a flag`);

function load(overrides: KubeConfigOverrides, from = file) {
  return loadKubeConfig({ file: from, overrides, clock });
}

async function tlsOf(overrides: KubeConfigOverrides): Promise<Readonly<Record<string, string>>> {
  const { tls } = await load(overrides).credentials();
  const { ca, cert, key, servername, rejectUnauthorized } = tls;
  return Object.fromEntries(
    Object.entries({ ca, cert, key, servername, rejectUnauthorized }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
}

function impersonating(headers: Credentials['headers']): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('impersonate-')));
}

describe('flags in place of what the kubeconfig says', () => {
  it('name another cluster and another user of it, and the namespace of the context stays', async () => {
    const endpoint = load({ cluster: 'far', user: 'acting' });
    assert.deepEqual([endpoint.server, endpoint.namespace], ['https://far:6443', 'shop']);
    const { tls, headers } = await endpoint.credentials();
    assert.equal(tls.rejectUnauthorized, false);
    assert.equal(headers['authorization'], 'Bearer mine');
  });

  it('of a CA replace the CA and any leave to skip the check, and those of that leave replace the CA', async () => {
    const own = { ca: 'CA near', cert: 'cert', key: 'key', servername: 'kube' };
    assert.deepEqual(await tlsOf({}), own);
    const certificateAuthority = join(directory, 'ca');
    assert.deepEqual(await tlsOf({ certificateAuthority }), { ...own, ca: 'ca of a flag' });
    assert.deepEqual(await tlsOf({ cluster: 'far', certificateAuthority }), { ca: 'ca of a flag', cert: 'cert', key: 'key' });
    const { ca: _ca, ...unchecked } = own;
    assert.deepEqual(await tlsOf({ insecureSkipTlsVerify: true }), { ...unchecked, rejectUnauthorized: 'false' });
  });

  it('of another server leave the TLS name of the former one behind', async () => {
    const server = 'https://127.0.0.1:7443';
    assert.equal(load({ server }).server, server);
    assert.equal((await tlsOf({ server }))['servername'], undefined);
    assert.equal((await tlsOf({ server, tlsServerName: 'other' }))['servername'], 'other');
    assert.equal((await tlsOf({ tlsServerName: 'other' }))['servername'], 'other');
  });

  it('of a client certificate and its key replace those that the kubeconfig holds', async () => {
    const { cert, key } = await tlsOf({ clientCertificate: join(directory, 'cert'), clientKey: join(directory, 'key') });
    assert.deepEqual([cert, key], ['cert of a flag', 'key of a flag']);
  });

  it('of a server do without a context', async () => {
    const empty = join(directory, 'empty');
    await writeFile(empty, '{}');
    const endpoint = load({ server: 'https://127.0.0.1:7443' }, empty);
    assert.deepEqual([endpoint.server, endpoint.namespace], ['https://127.0.0.1:7443', undefined]);
    assert.equal((await endpoint.credentials()).headers['authorization'], undefined);
    assert.throws(() => load({}, empty), /it has no current context/);
  });

  it('that name what is not there are refused with what there is', () => {
    assert.throws(() => load({ cluster: 'nope' }), /it has no cluster "nope"; the clusters are: near, far/);
    assert.throws(() => load({ user: 'nope' }), /it has no user "nope"; the users are: me, acting, half/);
  });
});

describe('whom requests act as', () => {
  it('is as the kubeconfig says, with uid, groups and extra fields', async () => {
    assert.deepEqual(impersonating((await load({ user: 'acting' }).credentials()).headers), {
      'impersonate-user': 'jane',
      'impersonate-uid': '7',
      'impersonate-group': ['a', 'b'],
      'impersonate-extra-example.com%2Freason': ['x'],
    });
    assert.deepEqual(impersonating((await load({}).credentials()).headers), {});
  });

  it('is as the flags say, each in place of its own part', async () => {
    assert.deepEqual(impersonating((await load({ as: 'Jane Doe', asGroup: ['x'] }).credentials()).headers), {
      'impersonate-user': 'Jane Doe',
      'impersonate-group': ['x'],
    });
    const headers = (await load({ user: 'acting', as: 'john' }).credentials()).headers;
    assert.deepEqual([headers['impersonate-user'], headers['impersonate-group']], ['john', ['a', 'b']]);
  });

  it('is never a group of nobody, nor what a header would lose', () => {
    assert.throws(() => load({ user: 'half' }), /asks to act with a uid, groups or extra fields, and not as whom/);
    assert.throws(() => load({ as: 'jane', asGroup: [' '] }), /refusing to impersonate an empty user or group/);
    assert.throws(() => load({ as: 'ja\nne' }), /not printable ASCII/);
  });

  it('is given up as a whole, groups included, by a request that acts as somebody else', async () => {
    const server = await startFaultServer(json(200, configMap('a', 3)));
    const transport = createTransport({ endpoint: load({ user: 'acting', server: server.url }), clock, userAgent: 'sluice/test' });
    try {
      const cluster = createResourceClient(transport);
      const ref = { namespace: 'shop', name: 'a' };
      await cluster.get(CONFIG_MAP, ref);
      await cluster.impersonate('system:serviceaccount:shop:deployer', []).get(CONFIG_MAP, ref);
      const sent = server.received.map(({ headers }) => [
        headers['impersonate-user'],
        headers['impersonate-group'],
        headers['impersonate-uid'],
      ]);
      assert.deepEqual(sent, [
        ['jane', 'a, b', '7'],
        ['system:serviceaccount:shop:deployer', undefined, undefined],
      ]);
      assert.equal(server.received[1]?.headers.authorization, 'Bearer mine');
    } finally {
      await transport.close();
      await server.close();
    }
  });
});
