import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CONFIG_MAP, NAMESPACE } from '../../../src/api/kinds.ts';
import { isSluiceError } from '../../../src/ports/errors.ts';
import { ADDRESSES, ADMIN_TOKEN, portOf } from '../run/addresses.ts';
import { type Connection, connect } from '../run/lab-cluster.ts';
import { kubeconfigText } from '../run/write-config.ts';
import { auditedRequests } from './support/audit-log.ts';
import { makeCertificate } from './support/certificate.ts';
import { addConfigMap, newNamespace } from './support/config-maps.ts';
import { type Follower, follow, shows } from './support/follower.ts';
import { makeToken } from './support/service-account-token.ts';
import { type ProxyOptions, startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { theLab } from './support/the-lab.ts';
import { throttle } from './support/throttle.ts';
import { until } from './support/until.ts';

const lab = theLab();
const API_PORT = portOf(ADDRESSES.apiServer);
/** One of the pods' addresses, which the namespace routes to itself and no pod gets. */
const FAR_AWAY = '10.79.255.254';
/** Our own probes of a silent connection begin after 15 s and end 10 s later. */
const NOTICED_WITHIN = 45;

describe('connections to a real API server', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'sluice-connections-'));
  let admin: Connection;

  const kubeconfig = (name: string, text: string): string => {
    const file = path.join(scratch, name);
    writeFileSync(file, text);
    return file;
  };
  /** A namespace that goes with the test. */
  const namespaceOf = async (test: TestContext): Promise<string> => {
    const name = await newNamespace(admin.cluster, 'connections');
    test.after(() => admin.cluster.remove(NAMESPACE, { name }));
    return name;
  };
  const proxyOf = async (test: TestContext, options: ProxyOptions = {}): Promise<TcpProxy> => {
    const proxy = await startTcpProxy(API_PORT, options);
    test.after(() => proxy.close());
    return proxy;
  };
  const start = async (test: TestContext, file: string, namespace: string): Promise<Follower> => {
    const follower = follow(file, namespace);
    test.after(() => follower.close());
    await until('the cache is filled', () => follower.informer.hasSynced() || undefined);
    return follower;
  };

  before(() => {
    admin = connect(lab.kubeconfig);
  });
  after(async () => {
    await admin.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('throttled with 429, a cache asks seldom, and catches up once it may', async (test) => {
    const namespace = await namespaceOf(test);
    const { token } = await makeToken(admin.cluster, namespace, 'throttled', 'throttled');
    const username = `system:serviceaccount:${namespace}:throttled`;
    const proxy = await proxyOf(test);
    const file = kubeconfig('throttled', kubeconfigText(lab, { token }, { server: `https://127.0.0.1:${proxy.port}` }));
    await addConfigMap(admin.cluster, namespace, 'before');
    const follower = await start(test, file, namespace);
    const { occupy } = await throttle(lab, { namespace, name: 'throttled', token });
    const leave = occupy();
    test.after(leave);
    const direct = connect(kubeconfig('direct', kubeconfigText(lab, { token })));
    const refusal = await until('the API server throttles', async () => {
      const error = await direct.cluster.list(CONFIG_MAP, { namespace }).catch((failure: unknown) => failure);
      return isSluiceError(error, 'rate_limited') ? error : undefined;
    });
    assert.equal(refusal.retry.kind, 'after', 'the answer says when to come again');
    await direct.close();
    proxy.cut();
    await admin.cluster.remove(CONFIG_MAP, { namespace, name: 'before' });
    await addConfigMap(admin.cluster, namespace, 'meanwhile');
    const asked = auditedRequests(lab, username).length;
    proxy.mend();
    await delay(12_000);
    const refused = auditedRequests(lab, username).slice(asked);
    test.diagnostic(
      `${refused.length} requests in 12 s of throttling, answered ${[...new Set(refused.map(({ code }) => code))].join(', ')}`,
    );
    assert.ok(refused.length >= 2 && refused.length <= 12, `${refused.length} requests`);
    assert.deepEqual([...new Set(refused.map(({ code }) => code))], [429]);
    assert.deepEqual(follower.names(), ['before'], 'what it held is kept');
    leave();
    await shows(follower, ['meanwhile'], 60);
    assert.ok(follower.errors.includes('rate_limited'), follower.errors.join(', '));
  });

  it('a certificate and an authority that are replaced on disk are used without a restart', async (test) => {
    const namespace = await namespaceOf(test);
    const folders = ['first', 'second'].map((name) => path.join(scratch, name));
    for (const folder of folders) mkdirSync(folder);
    const [first, second] = await Promise.all(folders.map(makeCertificate));
    assert.ok(first !== undefined && second !== undefined);
    const authority = path.join(scratch, 'authority.crt');
    writeFileSync(authority, first.cert);
    const before = await proxyOf(test, { tls: first });
    const way = { server: `https://127.0.0.1:${before.port}`, authority };
    const file = kubeconfig('certificate', kubeconfigText(lab, { token: ADMIN_TOKEN }, way));
    const follower = await start(test, file, namespace);
    const reader = connect(file);
    test.after(() => reader.close());
    assert.ok(await reader.cluster.list(CONFIG_MAP, { namespace }));
    await before.close();
    await proxyOf(test, { tls: second, port: before.port });
    const error = await reader.cluster.list(CONFIG_MAP, { namespace }).catch((failure: unknown) => failure);
    assert.ok(isSluiceError(error, 'unavailable'), `a certificate that nobody vouches for is refused: ${String(error)}`);
    await addConfigMap(admin.cluster, namespace, 'after-certificate');
    writeFileSync(authority, second.cert);
    await shows(follower, ['after-certificate'], 60);
    assert.ok(await reader.cluster.list(CONFIG_MAP, { namespace }));
  });

  it('a connection whose other side vanished without a word is noticed, and the cache catches up', async (test) => {
    const namespace = await namespaceOf(test);
    const proxy = await proxyOf(test, { host: FAR_AWAY });
    const text = kubeconfigText(lab, { token: ADMIN_TOKEN }, { server: `https://${FAR_AWAY}:${proxy.port}` });
    // Its certificate is for another address.
    const file = kubeconfig(
      'half-open',
      text.replace('"certificate-authority"', '"tls-server-name":"kubernetes.default.svc","certificate-authority"'),
    );
    const follower = await start(test, file, namespace);
    const blackhole = ['route', 'add', 'blackhole', `${FAR_AWAY}/32`, 'table', 'local'];
    execFileSync('ip', blackhole);
    try {
      // Nothing of this reaches the cache, not even that its connection ended.
      proxy.cut();
      await addConfigMap(admin.cluster, namespace, 'unseen');
      const began = performance.now();
      await until('the cache knows that it follows nobody', () => (follower.errors.length > 0 ? true : undefined), NOTICED_WITHIN);
      test.diagnostic(`noticed after ${((performance.now() - began) / 1000).toFixed(1)} s: ${follower.errors[0]}`);
    } finally {
      execFileSync('ip', ['route', 'del', ...blackhole.slice(2)]);
    }
    proxy.mend();
    await shows(follower, ['unseen'], 60);
  });
});
