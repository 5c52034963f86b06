import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { NAMESPACE, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { recordAt } from '../../src/cli/model/fields.ts';
import { createSimCluster, type SimUser } from '../../src/sim/cluster/sim-cluster.ts';
import { type SimFront, serveSimCluster } from '../../src/sim/http/serve-sim-cluster.ts';
import { CANARY, midway, replicaSet, STABLE } from './fixtures.ts';
import { runConnected } from './run-connected.ts';

const ADMIN: SimUser = { name: 'admin', groups: ['system:masters'] };

describe('the plugin against an API server over HTTP', () => {
  const clock = createSystemClock();
  const cluster = createSimCluster({ clock, crds: ownCrds() });
  const admin = cluster.as(ADMIN);
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-sluice-'));
  const kubeconfig = join(folder, 'config');
  let front: SimFront;

  before(async () => {
    front = await serveSimCluster({ cluster, users: { key: ADMIN }, port: 0 });
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'sim', cluster: { server: front.urlFor('key') } }],
      users: [{ name: 'admin', user: {} }],
      contexts: [
        { name: 'sim', context: { cluster: 'sim', user: 'admin', namespace: 'shop' } },
        { name: 'nobody', context: { cluster: 'sim', user: 'admin' } },
      ],
      'current-context': 'sim',
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    const present = await admin.get(NAMESPACE, { name: 'shop' });
    if (present === undefined) await admin.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    const rollout = midway();
    const { status: _status, ...manifest } = rollout;
    const created = await admin.create(ROLLOUT, { ...manifest, metadata: { name: 'checkout', namespace: 'shop' } });
    const generation = created.metadata.generation ?? 1;
    await admin.update(
      ROLLOUT,
      { ...created, status: { ...recordAt(rollout, 'status'), observedGeneration: generation } },
      { subresource: 'status' },
    );
  });

  after(async () => {
    await front.close();
    rmSync(folder, { recursive: true });
  });

  const run = (words: string, file = kubeconfig): ReturnType<typeof runConnected> => runConnected(words, file, clock);

  it('reads the rollout in the namespace of the context', async () => {
    const { code, out, err } = await run('get rollout checkout');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^Name: +checkout\nNamespace: +shop\nStatus: +◌ Progressing\n/);
    assert.match(out, /Weight: +25 desired, 25 actual, verified/);
  });

  it('writes a request that the server stores, and sees the acknowledgement through its watch', async () => {
    const asked = run('promote checkout');
    const hash = String(recordAt(midway(), 'status')['currentPodHash']);
    for await (const event of admin.watch(ROLLOUT, { namespace: 'shop', resourceVersion: '', timeout: undefined })) {
      if (event.type === 'BOOKMARK') continue;
      const request = event.object.metadata.annotations?.['sluice.dev/request'];
      if (request === undefined) continue;
      assert.ok(request.startsWith(`promote:${hash}@`), request);
      const requestOutcome = {
        request,
        verb: 'promote',
        outcome: 'Executed',
        reason: 'Executed',
        message: 'one step further',
        at: '2026-11-23T12:00:00Z',
      };
      const status = { ...recordAt(event.object, 'status'), lastHandledRequest: request, requestOutcome };
      await admin.update(ROLLOUT, { ...event.object, status }, { subresource: 'status' });
      break;
    }
    assert.deepEqual(await asked, { code: 0, out: 'rollout.sluice.dev/checkout: promote: one step further\n', err: '' });
  });

  it('stores nothing on a server dry run', async () => {
    assert.equal((await run('abort checkout --dry-run')).code, 0);
    assert.equal(
      (await admin.get(ROLLOUT, { namespace: 'shop', name: 'checkout' }))?.metadata.annotations?.['sluice.dev/abort'],
      undefined,
    );
  });

  it('undoes to the template of the revision before, which the server accepts as the next generation', async () => {
    const ref = { namespace: 'shop', name: 'checkout' };
    const before = await admin.get(ROLLOUT, ref);
    assert.ok(before !== undefined);
    for (const set of [replicaSet(STABLE, 7, 0, 0, '1.4.2'), replicaSet(CANARY, 8, 0, 0, '1.5.0')]) {
      const { uid: _uid, ...metadata } = set.metadata;
      const ownerReferences = (metadata.ownerReferences ?? []).map((owner) => ({ ...owner, uid: before.metadata.uid ?? '' }));
      const { status: _status, ...manifest } = set;
      const selector = { matchLabels: { app: 'checkout', [POD_TEMPLATE_HASH]: set.metadata.labels?.[POD_TEMPLATE_HASH] ?? '' } };
      const spec = { ...recordAt(manifest, 'spec'), selector };
      await admin.create(REPLICA_SET, { ...manifest, spec, metadata: { ...metadata, ownerReferences } });
    }
    const refused = await run('undo checkout');
    assert.deepEqual([refused.code, refused.out], [1, '']);
    const done = await run('undo checkout --force');
    assert.deepEqual(done, { code: 0, out: `rollout.sluice.dev/checkout: template of revision 7 (${STABLE}) restored\n`, err: '' });
    const present = await admin.get(ROLLOUT, ref);
    assert.equal(present?.metadata.generation, (before.metadata.generation ?? 0) + 1);
    const template = recordAt(present, 'spec', 'template');
    assert.deepEqual(recordAt(template, 'metadata', 'labels'), { app: 'checkout' });
    assert.match(JSON.stringify(template), /checkout:1\.4\.2/);
  });

  it('leaves the selection by labels to the server, and says what it cannot read of them', async () => {
    assert.match((await run('list rollouts -l !team')).out, /^checkout /m);
    assert.equal((await run('list rollouts -l team')).err, 'no rollouts in namespace "shop" with the labels team\n');
    const wrong = await run('list rollouts -l a=b=c,(');
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /^error: "a=b=c,\(" selects nothing: .*unable to parse requirement.*; write labels as app=checkout/);
  });

  it('exits 1 when it is not there, 2 for a context that is not there, 3 when nobody listens', async () => {
    assert.equal((await run('get rollout nope')).code, 1);
    const wrongContext = await run('get rollout checkout --context prod');
    assert.equal(wrongContext.code, 2);
    assert.match(wrongContext.err, /has no context "prod"; the contexts are: sim, nobody/);
    const dead = join(folder, 'dead');
    writeFileSync(
      dead,
      `{"clusters":[{"name":"a","cluster":{"server":"http://127.0.0.1:1"}}],"contexts":[{"name":"a","context":{"cluster":"a","user":"a"}}],"users":[],"current-context":"a"}`,
    );
    const unreachable = await run('get rollout checkout', dead);
    assert.equal(unreachable.code, 3);
    assert.equal(unreachable.err.trimEnd().split('\n').length, 1);
  });
});
