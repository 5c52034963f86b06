import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { CONFIG_MAP } from '../../src/api/kinds.ts';
import { instant, millis } from '../../src/api/time.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import { createResourceClient } from '../../src/kube/resource-client.ts';
import { createTransport } from '../../src/kube/transport.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { json, startFaultServer, status } from './fault-server.ts';
import { configMap } from './scripted-cluster.ts';

const directory = await mkdtemp(join(tmpdir(), 'sluice-kubeconfig-'));
after(() => rm(directory, { recursive: true }));
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function kubeconfig(name: string, cluster: object, user: object, context: object = {}): Promise<string> {
  const file = join(directory, name);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': 'ctx',
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

const clockAt = () => createVirtualClock(instant(1_800_000_000_000));
const pem = (text: string): string => Buffer.from(text).toString('base64');

describe('the kubeconfig', () => {
  it('speaks plain HTTP to a server that says so, with token, namespace and basic auth of the context', async () => {
    const server = await startFaultServer(json(200, configMap('a', 3)));
    cleanups.push(() => server.close());
    const clock = clockAt();
    const endpoint = loadKubeConfig({
      file: await kubeconfig('http', { server: server.url }, { token: 'abc' }, { namespace: 'shop' }),
      clock,
    });
    assert.equal(endpoint.namespace, 'shop');
    const transport = createTransport({ endpoint, clock, userAgent: 'sluice/test' });
    cleanups.push(() => transport.close());
    await createResourceClient(transport).get(CONFIG_MAP, { namespace: 'shop', name: 'a' });
    assert.equal(server.received[0]?.headers.authorization, 'Bearer abc');
    const basic = loadKubeConfig({ file: await kubeconfig('basic', { server: server.url }, { username: 'me', password: 'pw' }), clock });
    assert.equal((await basic.credentials()).headers['authorization'], `Basic ${pem('me:pw')}`);
  });

  it("follows a user's tokenFile, relative to the kubeconfig as kubectl has it", async () => {
    await writeFile(join(directory, 'followed-token'), 'one\n');
    const clock = clockAt();
    const endpoint = loadKubeConfig({
      file: await kubeconfig('kubectl-token-file', { server: 'http://127.0.0.1:1' }, { tokenFile: 'followed-token' }),
      clock,
    });
    assert.equal((await endpoint.credentials()).headers['authorization'], 'Bearer one');
    await writeFile(join(directory, 'followed-token'), 'two two\n');
    endpoint.rejected();
    assert.equal((await endpoint.credentials()).headers['authorization'], 'Bearer two two');
  });

  it('picks up a token that was rotated on disk, without reading the file for every request', async () => {
    const clock = clockAt();
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, 'first\n');
    const endpoint = loadKubeConfig({
      file: await kubeconfig(
        'token-file',
        { server: 'https://127.0.0.1:1' },
        { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } },
      ),
      clock,
    });
    const token = async (): Promise<unknown> => (await endpoint.credentials()).headers['authorization'];
    assert.equal(await token(), 'Bearer first');
    await writeFile(tokenFile, 'second');
    await utimes(tokenFile, 1, 1);
    assert.equal(await token(), 'Bearer first');
    await clock.runFor(millis(10_000));
    assert.equal(await token(), 'Bearer second');
    await writeFile(tokenFile, 'third!');
    endpoint.rejected();
    assert.equal(await token(), 'Bearer third!');
  });

  it('changes the TLS identity when CA or client certificate change, and only then', async () => {
    const clock = clockAt();
    const ca = join(directory, 'ca.crt');
    const cert = join(directory, 'client.crt');
    await writeFile(ca, 'CA one');
    await writeFile(cert, 'cert one');
    const cluster = { server: 'https://127.0.0.1:1', 'certificate-authority': ca, 'tls-server-name': 'kube' };
    const endpoint = loadKubeConfig({
      file: await kubeconfig('tls', cluster, { 'client-certificate': cert, 'client-key-data': pem('key') }),
      clock,
    });
    const first = await endpoint.credentials();
    assert.deepEqual(
      [String(first.tls.ca), String(first.tls.cert), String(first.tls.key), first.tls.servername],
      ['CA one', 'cert one', 'key', 'kube'],
    );
    await clock.runFor(millis(20_000));
    assert.equal((await endpoint.credentials()).tlsIdentity, first.tlsIdentity);
    await writeFile(ca, 'CA two, longer');
    await clock.runFor(millis(20_000));
    const second = await endpoint.credentials();
    assert.equal(String(second.tls.ca), 'CA two, longer');
    assert.notEqual(second.tlsIdentity, first.tlsIdentity);
  });

  it('starts a credential plugin once for 20 calls at a time, and again after a 401', async () => {
    const clock = clockAt();
    const count = join(directory, 'plugin-runs');
    const script = join(directory, 'plugin.mjs');
    await writeFile(
      script,
      `import { appendFileSync } from 'node:fs';
       appendFileSync(${JSON.stringify(count)}, 'x');
       const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
       console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: 'ExecCredential', status: { token: 'from-plugin' } }));`,
    );
    const server = await startFaultServer(json(200, configMap('a', 3)));
    cleanups.push(() => server.close());
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [script],
      env: null,
      interactiveMode: 'Never',
    };
    const endpoint = loadKubeConfig({ file: await kubeconfig('exec', { server: server.url }, { exec }), clock });
    const transport = createTransport({ endpoint, clock, userAgent: 'sluice/test' });
    cleanups.push(() => transport.close());
    const cluster = createResourceClient(transport);
    await Promise.all(Array.from({ length: 20 }, () => cluster.get(CONFIG_MAP, { namespace: 'shop', name: 'a' })));
    assert.equal(await readFile(count, 'utf8'), 'x');
    assert.ok(server.received.every((one) => one.headers.authorization === 'Bearer from-plugin'));
    server.answers = [status(401, 'Unauthorized', 'Unauthorized')];
    for (let attempt = 0; attempt < 3; attempt += 1)
      await assert.rejects(cluster.list(CONFIG_MAP), (error: unknown) => isSluiceError(error, 'forbidden'));
    assert.equal(await readFile(count, 'utf8'), 'xx');
  });

  it('says what is wrong with a plugin, a context or a file', async () => {
    const clock = clockAt();
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: join(directory, 'missing-plugin') };
    const endpoint = loadKubeConfig({ file: await kubeconfig('bad-exec', { server: 'https://127.0.0.1:1' }, { exec }), clock });
    await assert.rejects(
      endpoint.credentials(),
      (error: unknown) => isSluiceError(error, 'forbidden') && /no credentials for kubeconfig user "u": .*ENOENT/.test(error.message),
    );
    const file = await kubeconfig('context', { server: 'https://127.0.0.1:1' }, {});
    assert.throws(() => loadKubeConfig({ file, context: 'nope', clock }), /has no context "nope"; the contexts are: ctx/);
    assert.throws(() => loadKubeConfig({ file: join(directory, 'missing'), clock }), /cannot use the kubeconfig: .*ENOENT/);
  });
});
