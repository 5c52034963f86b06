import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createExpectations } from '../../src/kube/expectations.ts';
import { createInformer } from '../../src/kube/informer.ts';
import { createWorkQueue } from '../../src/kube/work-queue.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { field } from './field.ts';
import { quietLog } from './quiet-log.ts';

function setup() {
  const clock = createVirtualClock(instant(1_800_000_000_000));
  const sim = createSimCluster({ clock, crds: [] });
  const cluster = sim.as({ name: 'controller', groups: ['system:masters'] });
  const informer = createInformer<KubeObject>({
    cluster,
    kind: CONFIG_MAP,
    namespace: 'default',
    parse: (object) => object,
    clock,
    random: createRandom(11),
    log: quietLog(),
  });
  const stop = new AbortController();
  const same = (): void => {
    const truth = sim.snapshot(CONFIG_MAP).filter((object) => object.metadata.namespace === 'default');
    const versions = (objects: readonly KubeObject[]): string[] =>
      objects.map((object) => `${object.metadata.name}@${object.metadata.resourceVersion}`).sort();
    assert.deepEqual(versions(informer.store.list()), versions(truth));
  };
  const map = (name: string, value: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data: { value },
  });
  return { clock, sim, cluster, informer, stop, same, map };
}

describe('the informer over the simulated cluster', () => {
  it('lists 1,200 objects in pages, follows changes for hours of watches, and survives forgotten history', async () => {
    const { clock, sim, cluster, informer, stop, same, map } = setup();
    for (let index = 0; index < 1_200; index += 1) await cluster.create(CONFIG_MAP, map(`c-${index}`, '0'));
    const done = informer.run(stop.signal);
    await clock.settle();
    assert.equal(informer.hasSynced(), true);
    same();
    for (let hour = 0; hour < 3; hour += 1) {
      await cluster.patch(CONFIG_MAP, { namespace: 'default', name: 'c-7' }, { type: 'merge', body: { data: { value: `hour ${hour}` } } });
      await cluster.remove(CONFIG_MAP, { namespace: 'default', name: `c-${hour}` });
      sim.compact();
      await clock.runFor(millis(3_600_000));
      same();
    }
    stop.abort();
    await done;
    await clock.settle();
  });

  it('survives every request failing once with 429, 500, 503, 504 and 410', async () => {
    const { clock, sim, cluster, informer, stop, same, map } = setup();
    await cluster.create(CONFIG_MAP, map('a', '0'));
    const statuses = [429, 500, 503, 504, 410];
    let turn = 0;
    sim.onRequest((request) => {
      if (request.verb !== 'list' && request.verb !== 'watch') return undefined;
      turn += 1;
      if (turn % 2 === 0) return undefined;
      const status = statuses[((turn - 1) / 2) % statuses.length] ?? 500;
      const reason = status === 410 ? 'Expired' : 'InternalError';
      return { kind: 'fail', status, reason, message: 'injected', applied: false };
    });
    const done = informer.run(stop.signal);
    for (let round = 0; round < 20; round += 1) {
      await cluster.patch(CONFIG_MAP, { namespace: 'default', name: 'a' }, { type: 'merge', body: { data: { value: String(round) } } });
      await clock.runFor(millis(700_000));
      same();
    }
    assert.ok(turn > 40, `${turn} requests`);
    stop.abort();
    await done;
  });

  it('AR#3316: a reconcile never acts on a copy that is older than its own last write', async () => {
    const { clock, sim, cluster, informer, stop, map } = setup();
    await cluster.create(CONFIG_MAP, map('counter', '0'));
    const queue = createWorkQueue({ clock, random: createRandom(3) });
    const expectations = createExpectations({ clock, onReleased: (key) => queue.add(key) });
    expectations.follow(informer);
    informer.onChange((change) => queue.add(change.key));
    let conflicts = 0;
    const synced = informer.run(stop.signal);
    await clock.settle();
    const working = queue.run(
      async (key) => {
        if (expectations.isParked(key)) return;
        const held = informer.store.get(key) ?? assert.fail('it is not in the cache');
        const value = Number(field(held, 'data', 'value'));
        if (value >= 20) return;
        try {
          const written = await cluster.update(CONFIG_MAP, { ...held, data: { value: String(value + 1) } });
          expectations.expectWritten(key, informer.store, key, written.metadata.resourceVersion ?? '');
        } catch (error) {
          conflicts += 1;
          throw error;
        } finally {
          // What Argo's reconcilers saw: something else brings the key at once, before the watch has shown the write.
          queue.add(key);
        }
      },
      2,
      stop.signal,
    );
    await clock.runFor(millis(60_000));
    const counter = sim.snapshot(CONFIG_MAP).find((object) => object.metadata.name === 'counter');
    assert.deepEqual(counter?.['data'], { value: '20' });
    assert.equal(conflicts, 0);
    stop.abort();
    await Promise.all([synced, working]);
  });
});
