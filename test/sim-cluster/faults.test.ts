import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import type { Fault, SimRequest } from '../../src/sim/cluster/sim-cluster.ts';
import { refused, WIDGET, WIDGET_CRD, widget } from '../contract/fixtures.ts';
import { ADMIN, configMap, configMaps, startBench } from './support.ts';

function onCreate(fault: Fault): (request: SimRequest) => Fault | undefined {
  return (request) => (request.verb === 'create' && request.name === 'target' ? fault : undefined);
}

const FAILURE = { kind: 'fail', status: 503, reason: 'ServiceUnavailable', message: 'try later', retryAfterSeconds: 7 } as const;

describe('fault injection', () => {
  it('fails a request that was not applied, with its Retry-After', async () => {
    const { sim, cluster } = await startBench();
    sim.onRequest(onCreate({ ...FAILURE, applied: false }));
    const error = await refused(cluster.create(CONFIG_MAP, configMap('target')), 'unavailable', 503, 'ServiceUnavailable');
    assert.deepEqual(error.retry, { kind: 'after', delay: 7000 });
    assert.deepEqual(configMaps(sim), []);
  });

  it('fails a request that was applied all the same', async () => {
    const { sim, cluster } = await startBench();
    sim.onRequest(onCreate({ ...FAILURE, status: 504, reason: 'Timeout', applied: true }));
    await refused(cluster.create(CONFIG_MAP, configMap('target')), 'timeout', 504, 'Timeout');
    assert.deepEqual(configMaps(sim), ['target']);
  });

  for (const when of ['before', 'after'] as const) {
    it(`kills a client ${when} its write: no call of it answers again, and others go on`, async () => {
      const { sim, cluster, clock } = await startBench();
      const victim = sim.as(ADMIN);
      const shadow = victim.impersonate('system:serviceaccount:shop:deployer', []);
      sim.onRequest(onCreate({ kind: 'crash', when }));
      const answers: string[] = [];
      const note = (promise: Promise<unknown>): void =>
        void promise.then(
          () => answers.push('answered'),
          () => answers.push('failed'),
        );
      const events = victim.watch(CONFIG_MAP, { namespace: 'shop' })[Symbol.asyncIterator]();
      note(events.next());
      await clock.settle();
      note(victim.create(CONFIG_MAP, configMap('target')));
      note(victim.list(CONFIG_MAP));
      note(shadow.list(CONFIG_MAP));
      await clock.settle();
      assert.deepEqual(configMaps(sim), when === 'before' ? [] : ['target']);
      await cluster.create(CONFIG_MAP, configMap('other'));
      await clock.settle();
      assert.deepEqual(answers, []);
    });
  }

  it('delays a request on the clock', async () => {
    const { sim, cluster, clock } = await startBench();
    sim.onRequest(onCreate({ kind: 'delay', delay: millis(3000) }));
    const start = clock.now();
    const creating = cluster.create(CONFIG_MAP, configMap('target')).then(() => clock.now() - start);
    await clock.runFor(millis(2999));
    assert.deepEqual(configMaps(sim), []);
    await clock.runFor(millis(1));
    assert.equal(await creating, 3000);
  });

  it('numbers requests and tells listeners of every committed write at once', async () => {
    const { sim, cluster } = await startBench();
    const writes: string[] = [];
    const stop = sim.onWrite(({ request, before, after }) => {
      writes.push(`${request.verb} ${request.user.name} ${String(before?.metadata.generation)}-${String(after?.metadata.generation)}`);
    });
    await cluster.create(WIDGET, widget('shop', 'w'));
    await cluster.patch(WIDGET, { namespace: 'shop', name: 'w' }, { type: 'merge', body: { spec: { replicas: 2 } } });
    await cluster.create(WIDGET, widget('shop', 'dry'), { dryRun: true });
    await cluster.remove(WIDGET, { namespace: 'shop', name: 'w' });
    stop();
    await cluster.create(WIDGET, widget('shop', 'unseen'));
    assert.deepEqual(writes, ['create admin undefined-1', 'patch admin 1-2', 'delete admin 2-undefined']);
  });
});

describe('history', () => {
  it('forgets versions on compact: continue tokens and old watches are refused', async () => {
    const { sim, cluster } = await startBench();
    for (const name of ['a', 'b', 'c']) await cluster.create(CONFIG_MAP, configMap(name));
    const page = await cluster.list(CONFIG_MAP, { namespace: 'shop', limit: 2 });
    await cluster.create(CONFIG_MAP, configMap('d'));
    sim.compact();
    await refused(cluster.list(CONFIG_MAP, { namespace: 'shop', limit: 2, continue: page.continue }), 'expired', 410, 'Expired');
    const watching = cluster.watch(CONFIG_MAP, { namespace: 'shop', resourceVersion: page.resourceVersion })[Symbol.asyncIterator]().next();
    await refused(watching, 'expired', 410, 'Expired');
  });

  it('ends a watch on the clock, after a bookmark when bookmarks are wanted', async () => {
    const { cluster, clock } = await startBench();
    const seen: string[] = [];
    const { resourceVersion } = await cluster.list(CONFIG_MAP);
    const watching = (async () => {
      for await (const event of cluster.watch(CONFIG_MAP, { resourceVersion, allowBookmarks: true, timeout: millis(60_000) }))
        seen.push(event.type);
    })();
    await clock.runFor(millis(59_999));
    assert.deepEqual(seen, []);
    await clock.runFor(millis(1));
    await watching;
    assert.deepEqual(seen, ['BOOKMARK']);
    assert.equal(clock.pending(), 0);
  });
});

describe('definitions', () => {
  it('are refused when a rule cannot be evaluated, naming the rule', async () => {
    const { sim } = await startBench();
    const text = JSON.stringify(WIDGET_CRD).replace('self.color == oldSelf.color', 'unheardOf(self.color)');
    assert.throws(() => sim.installCrd(JSON.parse(text)), /unheardOf\(self.color\).*cannot be evaluated/u);
  });
});
