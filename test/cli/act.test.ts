import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { millis } from '../../src/api/time.ts';
import { recordAt } from '../../src/cli/model/fields.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { CANARY, midway, restored, shop } from './fixtures.ts';
import { run } from './harness.ts';

const ID = '[a-z0-9]{10}';

/** Plays the controller: acknowledges whatever was asked, with this outcome. */
function answering(cluster: FakeCluster, outcome: 'Executed' | 'Refused' | 'Acknowledged', reason: string, message: string): FakeCluster {
  cluster.answer = (patched) => {
    const request = patched.metadata.annotations?.['sluice.dev/abort'] ?? patched.metadata.annotations?.['sluice.dev/request'] ?? '';
    const isAbort = patched.metadata.annotations?.['sluice.dev/abort'] !== undefined;
    const handled = isAbort ? { lastHandledAbort: request } : { lastHandledRequest: request };
    const requestOutcome = { request, verb: 'x', outcome, reason, message, at: '2026-11-23T12:00:01Z' };
    cluster.put(ROLLOUT, { ...patched, status: { ...recordAt(patched, 'status'), ...handled, requestOutcome } });
  };
  return cluster;
}

function annotationsOf(cluster: FakeCluster): Record<string, string> {
  const patch = cluster.patches[0]?.patch;
  assert.equal(cluster.patches.length, 1);
  assert.ok(patch?.type === 'merge');
  assert.deepEqual(Object.keys(patch.body), ['metadata']);
  assert.deepEqual(Object.keys(recordAt(patch.body, 'metadata')), ['annotations']);
  const annotations = Object.entries(recordAt(patch.body, 'metadata', 'annotations')).map(([key, value]) => [key, String(value)] as const);
  return Object.fromEntries(annotations);
}

describe('the verbs', () => {
  const verbs: readonly (readonly [words: string, request: string])[] = [
    ['pause checkout', 'pause'],
    ['resume checkout', 'resume'],
    ['promote checkout', 'promote'],
    ['promote checkout --full', 'promote-full'],
    ['promote --full rollout/checkout', 'promote-full'],
    ['retry rollout checkout', 'retry'],
    ['skip-step ro/checkout', 'skip-step'],
    ['restart checkout', 'restart'],
    ['restart checkout --in 10m', 'restart=10m'],
  ];
  for (const [words, request] of verbs) {
    it(`write exactly the request annotation with the current hash and an id: ${words}`, async () => {
      const cluster = answering(shop(), 'Executed', 'Executed', 'done as asked');
      const result = await run(`${words} -n shop`, { cluster });
      const annotations = annotationsOf(cluster);
      assert.deepEqual(Object.keys(annotations), ['sluice.dev/request']);
      assert.match(annotations['sluice.dev/request'] ?? '', new RegExp(`^${request}:${CANARY}@${ID}$`));
      assert.deepEqual(cluster.patches[0]?.ref, { namespace: 'shop', name: 'checkout' });
      assert.equal(cluster.patches[0]?.options?.fieldManager, 'kubectl-sluice');
      assert.deepEqual(
        [result.code, result.out, result.err],
        [0, `rollout.sluice.dev/checkout: ${request.split('=')[0]}: done as asked\n`, ''],
      );
      assert.equal(result.closed, result.connected);
    });
  }

  it('write abort into an annotation of its own', async () => {
    const cluster = answering(shop(), 'Executed', 'Executed', 'traffic goes back');
    const result = await run('abort checkout', { cluster });
    const annotations = annotationsOf(cluster);
    assert.deepEqual(Object.keys(annotations), ['sluice.dev/abort']);
    assert.match(annotations['sluice.dev/abort'] ?? '', new RegExp(`^${CANARY}@${ID}$`));
    assert.equal(result.code, 0);
  });

  it('work in the namespace that -n names, before or after the verb', async () => {
    for (const words of ['pause checkout -n other --no-wait', '-n other pause checkout --no-wait', 'pause checkout -n=other --no-wait']) {
      const cluster = shop();
      cluster.put(ROLLOUT, { ...midway(), metadata: { ...midway().metadata, namespace: 'other' } });
      assert.equal((await run(words, { cluster })).code, 0);
      assert.deepEqual(cluster.patches[0]?.ref, { namespace: 'other', name: 'checkout' });
    }
  });

  it('report a refusal with its reason and what to do, and exit 1', async () => {
    const cluster = answering(shop(), 'Refused', 'StaleRequest', `revision ${CANARY} is no longer current`);
    const result = await run('promote checkout', { cluster });
    assert.equal(result.code, 1);
    assert.equal(result.out, '');
    assert.equal(
      result.err,
      `error: promote refused (StaleRequest): revision ${CANARY} is no longer current; ` +
        'the revision has changed since you looked: kubectl sluice get rollout checkout -n shop shows what is possible now, then repeat\n',
    );
  });

  it('report what was acknowledged without being executed as not done', async () => {
    const result = await run('pause checkout', {
      cluster: answering(shop(), 'Acknowledged', 'FirstSight', 'seen before the status existed'),
    });
    assert.equal(result.code, 1);
    assert.match(result.err, /^error: pause was seen but not executed \(FirstSight\)/);
  });

  it('wait ten seconds for the controller, and then say that the request stays', async () => {
    const cluster = shop();
    let isWaiting = false;
    const meanwhile = (clock: Clock) => {
      clock.startTimer(millis(9999), () => (isWaiting = cluster.watching === 1));
    };
    const result = await run('promote checkout', { cluster, meanwhile });
    assert.ok(isWaiting);
    assert.equal(result.code, 1);
    assert.match(result.err, /^error: promote is written, but no controller handled it in time; it stays written/);
    assert.equal(cluster.watching, 0);
  });

  it('take a late answer within the time limit', async () => {
    const cluster = shop();
    const result = await run('promote checkout --timeout 1m', {
      cluster,
      meanwhile: (clock) => {
        clock.startTimer(millis(50_000), () => {
          const asked = annotationsOf(cluster)['sluice.dev/request'];
          const rollout = midway({ lastHandledRequest: asked });
          cluster.put(ROLLOUT, { ...rollout, metadata: { ...rollout.metadata, annotations: { 'sluice.dev/request': asked ?? '' } } });
        });
      },
    });
    assert.deepEqual([result.code, result.out], [0, 'rollout.sluice.dev/checkout: promote handled\n']);
  });

  it('say so when another request takes their place', async () => {
    const cluster = shop();
    cluster.answer = (patched) => {
      cluster.answer = undefined;
      cluster.put(ROLLOUT, { ...patched, metadata: { ...patched.metadata, annotations: { 'sluice.dev/request': 'pause:x@later' } } });
    };
    const result = await run('promote checkout', { cluster });
    assert.equal(result.code, 1);
    assert.match(result.err, /"pause:x@later" took its place/);
  });

  it('tell that they replace a request that nobody has handled', async () => {
    const rollout = midway();
    const cluster = answering(
      shop({ ...rollout, metadata: { ...rollout.metadata, annotations: { 'sluice.dev/request': 'pause:x@1' } } }),
      'Executed',
      'x',
      '',
    );
    const result = await run('promote checkout', { cluster });
    assert.equal(result.code, 0);
    assert.match(result.err, /^note: this replaces "pause:x@1"/);
  });

  it('are refused while there is no current revision', async () => {
    const fresh: KubeObject = { ...midway(), status: { observedGeneration: -1 } };
    const cluster = shop(fresh);
    const result = await run('promote checkout', { cluster });
    assert.equal(result.code, 1);
    assert.match(result.err, /has no current revision yet, so there is nothing to promote/);
    assert.equal(cluster.patches.length, 0);
  });

  it('print the patch and send nothing with --dry-run=client', async () => {
    const cluster = shop();
    const result = await run('abort checkout --dry-run=client', { cluster });
    assert.equal(cluster.patches.length, 0);
    assert.match(JSON.parse(result.out).metadata.annotations['sluice.dev/abort'], new RegExp(`^${CANARY}@`));
  });

  it('let the server check with --dry-run, and do not wait', async () => {
    for (const flag of ['--dry-run', '--dry-run=server']) {
      const cluster = shop();
      const result = await run(`pause ${flag} checkout`, { cluster });
      assert.equal(cluster.patches[0]?.options?.dryRun, true);
      assert.deepEqual([result.code, result.out], [0, 'rollout.sluice.dev/checkout: pause would be requested (server dry run)\n']);
    }
  });

  it('give every request another id', async () => {
    const first = shop();
    await run('pause checkout --no-wait', { cluster: first });
    const again = answering(shop(), 'Executed', 'x', '');
    await run('pause checkout --no-wait', { cluster: again });
    assert.deepEqual(annotationsOf(first), annotationsOf(again), 'one seed gives one id: it comes from the injected generator');
    const { createRequestId } = await import('../../src/cli/request.ts');
    const ids = new Set(Array.from({ length: 1000 }, () => createRequestId(Math.random)));
    assert.equal(ids.size, 1000);
  });

  it('show on a terminal that they still wait', async () => {
    const result = await run('pause checkout', { cluster: shop(), terminal: true });
    assert.match(result.err, /Waiting for the controller to handle pause \(2s\)/);
    const piped = await run('pause checkout', { cluster: shop() });
    assert.doesNotMatch(piped.err, /Waiting/);
  });
});

describe('undo', () => {
  const handmade = () => midway({ provenance: undefined });

  it('puts the template of the revision before back, without the hash label, on exactly the generation that was read', async () => {
    const cluster = shop(handmade());
    const result = await run('undo checkout', { cluster });
    assert.equal(result.code, 0);
    const patch = cluster.patches[0]?.patch;
    assert.ok(patch?.type === 'json');
    assert.deepEqual(patch.operations, [
      { op: 'test', path: '/metadata/uid', value: 'b4c1f0d2-0001' },
      { op: 'test', path: '/metadata/generation', value: 8 },
      {
        op: 'replace',
        path: '/spec/template',
        value: {
          metadata: { labels: { app: 'checkout' } },
          spec: { containers: [{ name: 'app', image: 'registry.example/shop/checkout:1.4.2' }] },
        },
      },
    ]);
    assert.match(result.out, /template of revision 7 \(5d8f7b6c9d\) restored/);
  });

  it('leaves out what Sluice put into the template: copies of configuration, metadata and distance of its part', async () => {
    const cluster = shop(handmade());
    const hash = 'sluice.dev/pod-template-hash';
    const before = (await run('undo checkout', { cluster })).out;
    const patchOf = (made: typeof cluster): unknown => JSON.parse(JSON.stringify(made.patches[0]?.patch));
    const worn = shop(handmade());
    for (const set of (await worn.list(REPLICA_SET)).items) {
      const template = recordAt(set, 'spec', 'template');
      const term = {
        labelSelector: { matchExpressions: [{ key: hash, operator: 'In', values: ['x'] }] },
        topologyKey: 'kubernetes.io/hostname',
      };
      const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
      const metadata = { ...recordAt(template, 'metadata'), labels: { ...recordAt(template, 'metadata', 'labels'), role: 'stable' } };
      const spec = { ...recordAt(set, 'spec'), template: { ...template, metadata, spec: { ...recordAt(template, 'spec'), affinity } } };
      const annotations = { ...set.metadata.annotations, 'sluice.dev/pod-metadata': '{"annotations":{},"labels":{"role":"stable"}}' };
      worn.put(REPLICA_SET, { ...set, metadata: { ...set.metadata, annotations }, spec });
    }
    assert.equal((await run('undo checkout', { cluster: worn })).out, before);
    assert.deepEqual(patchOf(worn), patchOf(cluster));
  });

  it('takes the revision that --to-revision names', async () => {
    const cluster = shop(handmade());
    assert.match((await run('undo checkout --to-revision 6', { cluster })).out, /template of revision 6/);
  });

  it("refuses a revision that is not there, is another Rollout's, or is the present one", async () => {
    for (const [revision, problem] of [
      ['42', /has no revision 42; there are: 8, 7, 6/],
      ['3', /has no revision 3; there are: 8, 7, 6/],
      ['8', /revision 8 is the present one/],
    ] as const) {
      const cluster = shop(handmade());
      const result = await run(`undo checkout --to-revision ${revision}`, { cluster });
      assert.equal(result.code, 1);
      assert.match(result.err, problem);
      assert.equal(cluster.patches.length, 0);
    }
  });

  it('refuses when Git is the source, and prints the command to run there', async () => {
    const cluster = shop();
    const result = await run('undo checkout', { cluster });
    assert.equal(result.code, 1);
    assert.match(result.err, /git revert --no-edit 4f2a91c07d3e5b6a8c9d0e1f2a3b4c5d6e7f8091 && git push origin HEAD:main; --force/);
    assert.equal(cluster.patches.length, 0);
    assert.equal((await run('undo checkout --force', { cluster })).code, 0);
    assert.equal(cluster.patches.length, 1);
  });

  it('says to wait when a restore commit is on its way', async () => {
    assert.match(
      (await run('undo checkout', { cluster: shop(midway(restored())) })).err,
      /a restore commit is on its way \(Pushed\): wait for it/,
    );
  });

  it('goes past a revision that breached, and takes it only when it is named', async () => {
    const breached = { podTemplateHash: '5d8f7b6c9d', revision: 7, cause: 'success-rate 0.71', at: '2026-11-23T11:00:00Z' };
    const bad = () => midway({ provenance: undefined, quarantine: [breached] });
    const other = await run('undo checkout', { cluster: shop(bad()) });
    assert.deepEqual([other.code, other.err], [0, '']);
    assert.match(other.out, /template of revision 6 /);
    const named = await run('undo checkout --to-revision 7', { cluster: shop(bad()) });
    assert.equal(named.code, 0);
    assert.match(named.err, /^note: revision 7 is quarantined, because it breached: .* until kubectl sluice retry checkout -n shop\n$/);
    assert.match((await run('undo checkout --to-revision 9', { cluster: shop(bad()) })).err, /there are: 8, 7 \(quarantined\), 6/);
  });

  it('never tells to revert a restore commit, nor the last commit for a revision that is further back', async () => {
    const source = recordAt(midway(), 'status', 'provenance', 'current');
    const applied = { ...recordAt(restored(), 'rollback'), state: 'Applied', commit: source['commit'] };
    const after = await run('undo checkout', { cluster: shop(midway({ rollback: applied })) });
    assert.match(after.err, /find the commit with: git log --oneline/);
    assert.doesNotMatch(after.err, /git revert/);
    assert.match((await run('undo checkout --to-revision 6', { cluster: shop() })).err, /find the commit with: git log --oneline/);
    assert.match((await run('undo checkout --to-revision 7', { cluster: shop() })).err, /git revert --no-edit/);
  });

  it('puts no word of the cluster into a shell command unquoted', async () => {
    const source = {
      ...recordAt(midway(), 'status', 'provenance', 'current'),
      commit: '$(reboot)',
      branch: "a'; rm -rf /",
      file: 'x y',
    };
    const { err } = await run('undo checkout', { cluster: shop(midway({ provenance: { current: source } })) });
    assert.doesNotMatch(err, /reboot/);
    assert.match(err, /git log --oneline -- 'x y'/);
    assert.match(err, /git push origin HEAD:'a'\\''; rm -rf \/'/);
  });

  it('patches the Deployment of a workloadRef', async () => {
    const { DEPLOYMENT } = await import('../../src/api/kinds.ts');
    const cluster = shop(
      midway({ provenance: undefined }, { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout-app' } }),
    );
    cluster.put(DEPLOYMENT, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'checkout-app', namespace: 'shop', uid: 'd', generation: 3 },
      spec: {},
    });
    const result = await run('undo checkout', { cluster });
    assert.equal(result.code, 0);
    assert.equal(cluster.patches[0]?.kind, 'Deployment');
    assert.deepEqual(cluster.patches[0]?.ref, { namespace: 'shop', name: 'checkout-app' });
  });
});

describe('status', () => {
  it('waits until the rollout is Healthy and exits 0', async () => {
    const cluster = shop();
    const result = await run('status checkout', {
      cluster,
      meanwhile: (clock) => {
        clock.startTimer(millis(5000), () => cluster.put(ROLLOUT, midway({ phase: 'Paused', message: 'pause step' })));
        clock.startTimer(millis(60_000), () => cluster.put(ROLLOUT, midway({ phase: 'Healthy', message: '' })));
      },
    });
    assert.equal(result.code, 0);
    assert.equal(result.out, '◌ Progressing - step 4 of 6: analysis success-rate\n‖ Paused - pause step\n✔ Healthy\n');
  });

  it('exits 1 when the rollout is Degraded, with the reason on one line', async () => {
    const result = await run('status checkout', { cluster: shop(midway(restored())) });
    assert.deepEqual([result.code, result.out, result.err], [1, '✖ Degraded - revision 8 breached: success-rate 0.71 is below 0.95\n', '']);
    assert.equal((await run('status checkout --no-watch', { cluster: shop(midway(restored())) })).code, 1);
  });

  it('prints the status once with --no-watch, also as --watch=false', async () => {
    for (const flag of ['--no-watch', '--watch=false']) {
      const result = await run(`status checkout ${flag}`, { cluster: shop() });
      assert.deepEqual([result.code, result.out.split('\n').length, result.err], [0, 2, ''], flag);
    }
  });

  it('exits 1 when the time is up', async () => {
    const result = await run('status checkout --timeout 5m', { cluster: shop() });
    assert.equal(result.code, 1);
    assert.equal(
      result.err,
      'error: rollout "checkout" did not become Healthy within 5m; kubectl sluice get rollout checkout -n shop shows what it waits for\n',
    );
  });

  it('exits 1 when the rollout is deleted meanwhile', async () => {
    const cluster = shop();
    const meanwhile = (clock: Clock) => {
      clock.startTimer(millis(3000), () => cluster.drop(ROLLOUT, { namespace: 'shop', name: 'checkout' }));
    };
    assert.equal((await run('status checkout', { cluster, meanwhile })).code, 1);
  });

  it('opens a broken watch again', async () => {
    const cluster = shop();
    const result = await run('status checkout', {
      cluster,
      meanwhile: (clock) => {
        const watch = cluster.watch.bind(cluster);
        let broken = 0;
        cluster.watch = (kind, options) => {
          broken += 1;
          if (broken < 3) throw new SluiceError(broken === 1 ? 'expired' : 'unavailable', 'gone');
          return watch(kind, options);
        };
        clock.startTimer(millis(30_000), () => cluster.put(ROLLOUT, midway({ phase: 'Healthy', message: '' })));
      },
    });
    assert.deepEqual([result.code, result.out.split('\n').at(-2)], [0, '✔ Healthy']);
  });
});
