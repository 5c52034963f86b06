import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CONFIG_MAP, NAMESPACE } from '../../../src/api/kinds.ts';
import { isSluiceError } from '../../../src/ports/errors.ts';
import { ADDRESSES, portOf } from '../run/addresses.ts';
import { tellLab } from '../run/control-api.ts';
import { type Connection, connect } from '../run/lab-cluster.ts';
import { kubeconfigText } from '../run/write-config.ts';
import { addConfigMap, newNamespace } from './support/config-maps.ts';
import { compactEtcd } from './support/etcd.ts';
import { type Follower, follow, shows } from './support/follower.ts';
import { makeToken } from './support/service-account-token.ts';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.ts';
import { theLab } from './support/the-lab.ts';
import { until } from './support/until.ts';

const OBJECTS = 5000;
const lab = theLab();

describe('the Kubernetes layer on a real API server', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'sluice-kube-layer-'));
  let admin: Connection;
  let proxy: TcpProxy;
  let namespace: string;
  let behindProxy: string;
  const open: Follower[] = [];

  const start = async (kubeconfig: string): Promise<Follower> => {
    const follower = follow(kubeconfig, namespace);
    open.push(follower);
    await until('the cache is filled', () => follower.informer.hasSynced() || undefined);
    return follower;
  };

  before(async () => {
    admin = connect(lab.kubeconfig);
    proxy = await startTcpProxy(portOf(ADDRESSES.apiServer));
    behindProxy = path.join(scratch, 'kubeconfig');
    writeFileSync(behindProxy, readFileSync(lab.kubeconfig, 'utf8').replace(ADDRESSES.apiServer, `https://127.0.0.1:${proxy.port}`));
    namespace = await newNamespace(admin.cluster, 'kube-layer');
  });
  after(async () => {
    for (const follower of open) await follower.close();
    await admin.cluster.remove(NAMESPACE, { name: namespace });
    await admin.close();
    await proxy.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('the cache learns what was deleted while its history was compacted away', async () => {
    const { cluster } = admin;
    await addConfigMap(cluster, namespace, 'deleted-meanwhile');
    await addConfigMap(cluster, namespace, 'changed-meanwhile', 'old');
    const follower = await start(behindProxy);
    proxy.cut();
    await cluster.remove(CONFIG_MAP, { namespace, name: 'deleted-meanwhile' });
    await cluster.patch(CONFIG_MAP, { namespace, name: 'changed-meanwhile' }, { type: 'merge', body: { data: { value: 'new' } } });
    await addConfigMap(cluster, namespace, 'made-meanwhile');
    await compactEtcd();
    // A server that has just started remembers nothing of before either.
    await tellLab(lab, { do: 'stop', part: 'apiserver', signal: 'SIGKILL' });
    await tellLab(lab, { do: 'start', part: 'apiserver' });
    proxy.mend();
    await shows(follower, ['changed-meanwhile', 'made-meanwhile']);
    const changed = follower.informer.store.get(`${namespace}/changed-meanwhile`);
    assert.deepEqual(changed?.['data'], { value: 'new' });
    assert.deepEqual(follower.deleted, [`${namespace}/deleted-meanwhile`]);
    assert.ok(follower.errors.includes('expired'), `no 410 was seen: ${follower.errors.join(', ')}`);
  });

  it('the cache goes on when the API server is killed and comes back', async () => {
    const { cluster } = admin;
    const follower = await start(lab.kubeconfig);
    await tellLab(lab, { do: 'stop', part: 'apiserver', signal: 'SIGKILL' });
    const error = await addConfigMap(cluster, namespace, 'refused').catch((failure: unknown) => failure);
    assert.ok(isSluiceError(error, 'unavailable'), String(error));
    await tellLab(lab, { do: 'start', part: 'apiserver' });
    await addConfigMap(cluster, namespace, 'after-restart');
    await cluster.remove(CONFIG_MAP, { namespace, name: 'made-meanwhile' });
    await shows(follower, ['after-restart', 'changed-meanwhile']);
  });

  it('the cache goes on when etcd stood still for ten seconds', async () => {
    const { cluster } = admin;
    const follower = await start(lab.kubeconfig);
    await tellLab(lab, { do: 'signal', part: 'etcd', signal: 'SIGSTOP' });
    const written = addConfigMap(cluster, namespace, 'during-pause').then(
      () => undefined,
      (error: unknown) => error,
    );
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    await tellLab(lab, { do: 'signal', part: 'etcd', signal: 'SIGCONT' });
    const error = await written;
    // Either answer is right; that the cache and the cluster agree on what became of it is what matters.
    assert.ok(error === undefined || isSluiceError(error), String(error));
    await until('etcd takes writes again', async () => {
      try {
        return await addConfigMap(cluster, namespace, 'after-pause');
      } catch (failure) {
        if (isSluiceError(failure, 'already_exists')) return true;
        return undefined;
      }
    });
    const there = (await cluster.list(CONFIG_MAP, { namespace })).items
      .map((item) => item.metadata.name)
      .filter((name) => name !== 'kube-root-ca.crt');
    await shows(follower, there);
  });

  it('a token that is replaced on disk is used before the old one is missed', async () => {
    const { cluster } = admin;
    const first = await makeToken(cluster, namespace, 'reader', 'first');
    const second = await makeToken(cluster, namespace, 'reader', 'second');
    const tokenFile = path.join(scratch, 'token');
    const kubeconfig = path.join(scratch, 'token-kubeconfig');
    writeFileSync(tokenFile, first.token);
    writeFileSync(kubeconfig, kubeconfigText(lab, { tokenFile }));
    const { cluster: reader, close } = connect(kubeconfig);
    assert.ok(await reader.list(CONFIG_MAP, { namespace }));
    writeFileSync(tokenFile, second.token);
    await first.revoke();
    // Until our own look at the file, and the server's memory of tokens, are both over, either token may serve; then only the new one does.
    await until(
      'the old token is refused',
      async () => {
        const old = connect(oldTokenKubeconfig(scratch, first.token));
        const refusal = await old.cluster.list(CONFIG_MAP, { namespace }).catch((error: unknown) => error);
        await old.close();
        return isSluiceError(refusal, 'forbidden') && refusal.details['status'] === 401 ? true : undefined;
      },
      30,
    );
    // A request that meets the refusal may fail once; the next one has looked at the file.
    await reader.list(CONFIG_MAP, { namespace }).catch((error: unknown) => assert.ok(isSluiceError(error, 'forbidden'), String(error)));
    assert.ok(await reader.list(CONFIG_MAP, { namespace }));
    await close();
  });

  it(`${OBJECTS} objects come in pages, all of them and each once`, async () => {
    const { cluster } = admin;
    const many = await newNamespace(cluster, 'many');
    const names = Array.from({ length: OBJECTS }, (_, index) => `object-${String(index).padStart(5, '0')}`);
    const queue = [...names];
    const worker = async (): Promise<void> => {
      for (let name = queue.pop(); name !== undefined; name = queue.pop()) await addConfigMap(cluster, many, name);
    };
    await Promise.all(Array.from({ length: 24 }, worker));
    const follower = follow(lab.kubeconfig, many);
    open.push(follower);
    await until('the cache is filled', () => follower.informer.hasSynced() || undefined);
    assert.deepEqual(follower.names(), names);
    assert.ok(follower.pages.length >= OBJECTS / 500, `pages: ${follower.pages.join(', ')}`);
    await cluster.remove(CONFIG_MAP, { namespace: many, name: 'object-00007' });
    await until('the deletion is seen', () => follower.deleted.includes(`${many}/object-00007`) || undefined);
    await cluster.remove(NAMESPACE, { name: many });
  });
});

function oldTokenKubeconfig(directory: string, token: string): string {
  const file = path.join(directory, 'old-token-kubeconfig');
  writeFileSync(file, kubeconfigText(lab, { token }));
  return file;
}
