import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant, millis } from '../../src/api/time.ts';
import { type Change, createInformer } from '../../src/kube/informer.ts';
import type { ListPage } from '../../src/ports/cluster.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { field } from './field.ts';
import { quietLog } from './quiet-log.ts';
import { configMap, createScriptedCluster, type OpenWatch, page } from './scripted-cluster.ts';

const MINUTE = 60_000;
const expired = (): SluiceError => new SluiceError('expired', 'too old resource version');

function setup(...lists: ListPage[]) {
  const clock = createVirtualClock(instant(1_800_000_000_000));
  const cluster = createScriptedCluster(...lists);
  const changes: string[] = [];
  const messages: string[] = [];
  const informer = createInformer<KubeObject>({
    cluster,
    kind: CONFIG_MAP,
    namespace: 'shop',
    parse(object) {
      if (object.metadata.name === 'poison' && object.metadata.resourceVersion !== '1') throw new Error('cannot parse');
      return object;
    },
    indexes: { value: (object) => [String(field(object, 'data', 'value'))] },
    clock,
    random: createRandom(7),
    log: quietLog(messages),
  });
  const version = (object: KubeObject | undefined): string => object?.metadata.resourceVersion ?? '-';
  informer.onChange((change: Change<KubeObject>) => changes.push(`${change.key} ${version(change.previous)}>${version(change.current)}`));
  const stop = new AbortController();
  const done = informer.run(stop.signal);
  const lastWatch = (): OpenWatch => cluster.watches.at(-1) ?? assert.fail('no watch was opened');
  const held = (): string[] =>
    informer.store
      .list()
      .map((object) => `${object.metadata.name}@${object.metadata.resourceVersion}`)
      .sort();
  return { clock, cluster, informer, changes, messages, stop, done, lastWatch, held };
}

describe('the informer in ordinary life', () => {
  it('lists in pages of 500, then watches from the list with bookmarks and a random timeout of 300 to 600 s', async () => {
    const { clock, cluster, informer, lastWatch, held, stop, done } = setup(
      page([configMap('a', 3)], 9, 'more'),
      page([configMap('b', 5)], 9),
    );
    assert.equal(informer.hasSynced(), false);
    await clock.settle();
    assert.equal(informer.hasSynced(), true);
    assert.deepEqual(held(), ['a@3', 'b@5']);
    assert.deepEqual(
      cluster.listCalls.map((call) => [call.limit, call.continue]),
      [
        [500, undefined],
        [500, 'more'],
      ],
    );
    const { resourceVersion, allowBookmarks, timeout } = lastWatch().options;
    assert.deepEqual([resourceVersion, allowBookmarks], ['9', true]);
    assert.ok(timeout !== undefined && timeout >= 300_000 && timeout <= 600_000);
    stop.abort();
    await done;
  });

  it('follows events, tells previous and current, and keeps the indexes right', async () => {
    const { clock, informer, changes, lastWatch, stop, done } = setup(page([configMap('a', 3, { data: 'x' })], 9));
    await clock.settle();
    lastWatch().send(
      { type: 'MODIFIED', object: configMap('a', 10, { data: 'y' }) },
      { type: 'ADDED', object: configMap('b', 11, { data: 'y' }) },
      { type: 'DELETED', object: configMap('a', 12, { data: 'y' }) },
    );
    await clock.settle();
    assert.deepEqual(changes, ['shop/a ->3', 'shop/a 3>10', 'shop/b ->11', 'shop/a 10>-']);
    assert.deepEqual(informer.store.byIndex('value', 'x'), []);
    assert.deepEqual(
      informer.store.byIndex('value', 'y').map((object) => object.metadata.name),
      ['b'],
    );
    assert.throws(() => informer.store.byIndex('nothing', 'y'), /no index "nothing"/);
    stop.abort();
    await done;
  });

  it('resumes from the last bookmark when the server ends the watch', async () => {
    const { clock, cluster, lastWatch, stop, done } = setup(page([], 9));
    await clock.settle();
    lastWatch().send({ type: 'BOOKMARK', resourceVersion: '40' });
    lastWatch().end();
    await clock.settle();
    assert.equal(cluster.watches.length, 2);
    assert.equal(lastWatch().options.resourceVersion, '40');
    assert.equal(cluster.listCalls.length, 1);
    stop.abort();
    await done;
  });

  it('survives a parse that throws, keeps what was readable, and still tells of other objects', async () => {
    const { clock, lastWatch, held, messages, stop, done } = setup(page([configMap('poison', 1)], 9));
    await clock.settle();
    lastWatch().send({ type: 'MODIFIED', object: configMap('poison', 10) }, { type: 'ADDED', object: configMap('b', 11) });
    await clock.settle();
    assert.deepEqual(held(), ['b@11', 'poison@1']);
    assert.ok(messages.some((message) => message.includes('could not be read')));
    stop.abort();
    await done;
  });

  it('isolates a listener that throws', async () => {
    const { clock, informer, changes, stop, done } = setup(page([configMap('a', 3)], 9));
    informer.onChange(() => {
      throw new Error('listener');
    });
    const after: string[] = [];
    informer.onChange((change) => after.push(change.key));
    await clock.settle();
    assert.deepEqual(changes, ['shop/a ->3']);
    assert.deepEqual(after, ['shop/a']);
    stop.abort();
    await done;
  });

  it('ends when its signal aborts, leaving no timer behind', async () => {
    const { clock, lastWatch, stop, done } = setup(page([], 9));
    await clock.settle();
    stop.abort();
    await done;
    await clock.settle();
    assert.equal(clock.pending(), 0);
    assert.equal(lastWatch().isOpen, false);
  });
});

describe('F3: dropped, merged, duplicated and reordered events', () => {
  it('ignores duplicates and events older than what is held', async () => {
    const { clock, changes, held, lastWatch, stop, done } = setup(page([configMap('a', 3)], 9));
    await clock.settle();
    const newest = { type: 'MODIFIED', object: configMap('a', 100) } as const;
    lastWatch().send(newest, newest, { type: 'MODIFIED', object: configMap('a', 99) });
    await clock.settle();
    assert.deepEqual(changes, ['shop/a ->3', 'shop/a 3>100']);
    assert.deepEqual(held(), ['a@100']);
    stop.abort();
    await done;
  });

  it('keeps both objects when the events of two are swapped, and does not resume behind them', async () => {
    const { clock, held, lastWatch, stop, done } = setup(page([], 9));
    await clock.settle();
    lastWatch().send({ type: 'ADDED', object: configMap('b', 11) }, { type: 'ADDED', object: configMap('a', 10) });
    lastWatch().end();
    await clock.settle();
    assert.deepEqual(held(), ['a@10', 'b@11']);
    assert.equal(lastWatch().options.resourceVersion, '11');
    stop.abort();
    await done;
  });

  it('does not bring back a deleted object when its modification comes late', async () => {
    const { clock, held, lastWatch, stop, done } = setup(page([configMap('a', 3)], 9));
    await clock.settle();
    lastWatch().send({ type: 'DELETED', object: configMap('a', 12) }, { type: 'MODIFIED', object: configMap('a', 11) });
    await clock.settle();
    assert.deepEqual(held(), []);
    lastWatch().send({ type: 'ADDED', object: configMap('a', 13, { uid: 'second' }) });
    await clock.settle();
    assert.deepEqual(held(), ['a@13']);
    stop.abort();
    await done;
  });

  it('keeps a re-created object when the deletion of the first comes late, and tells of both when it was merged away', async () => {
    const { clock, changes, held, lastWatch, stop, done } = setup(page([configMap('a', 3)], 9));
    await clock.settle();
    lastWatch().send({ type: 'ADDED', object: configMap('a', 12, { uid: 'second' }) }, { type: 'DELETED', object: configMap('a', 11) });
    await clock.settle();
    assert.deepEqual(held(), ['a@12']);
    assert.deepEqual(changes, ['shop/a ->3', 'shop/a 3>-', 'shop/a ->12']);
    stop.abort();
    await done;
  });

  it('ignores the replay of an object that the list already showed to be gone', async () => {
    const { clock, held, lastWatch, stop, done } = setup(page([], 9));
    await clock.settle();
    lastWatch().send({ type: 'ADDED', object: configMap('a', 8) });
    await clock.settle();
    assert.deepEqual(held(), []);
    stop.abort();
    await done;
  });

  it('heals an event that was dropped, within one relist', async () => {
    const { clock, cluster, held, stop, done } = setup(page([configMap('a', 3)], 9), page([configMap('a', 10)], 20));
    cluster.watch = ((watch) => (kind, options) => {
      const opened = watch(kind, options);
      const signal = options?.signal;
      const timeout = options?.timeout ?? millis(0);
      if (signal !== undefined) clock.startTimer(timeout, () => cluster.watches.at(-1)?.end());
      return opened;
    })(cluster.watch.bind(cluster));
    await clock.settle();
    assert.deepEqual(held(), ['a@3']);
    await clock.runFor(millis(41 * MINUTE));
    assert.deepEqual(held(), ['a@10']);
    stop.abort();
    await done;
  });

  it('F3 410 in the stream: lists again at once and tells the difference as add, update and delete', async () => {
    const { clock, cluster, changes, held, lastWatch, stop, done } = setup(
      page([configMap('a', 3), configMap('b', 4), configMap('same', 5)], 9),
      page([configMap('a', 30), configMap('c', 31), configMap('same', 5)], 40),
    );
    await clock.settle();
    changes.length = 0;
    lastWatch().fail(expired());
    await clock.settle();
    assert.deepEqual(changes.sort(), ['shop/a 3>30', 'shop/b 4>-', 'shop/c ->31']);
    assert.deepEqual(held(), ['a@30', 'c@31', 'same@5']);
    assert.equal(cluster.listCalls.length, 2);
    assert.equal(lastWatch().options.resourceVersion, '40');
    stop.abort();
    await done;
  });

  it('F3 410 from every watch: backs off instead of listing in a storm', async () => {
    const { clock, cluster, stop, done } = setup(page([], 9));
    for (let count = 0; count < 1000; count += 1) cluster.refusals.push(expired());
    await clock.runFor(millis(60_000));
    assert.ok(cluster.listCalls.length >= 3 && cluster.listCalls.length <= 12, `${cluster.listCalls.length} lists in a minute`);
    stop.abort();
    await done;
  });

  it('F3 410 between two pages: starts the list over and shows nothing of the first half', async () => {
    const { clock, cluster, held, stop, done } = setup(
      page([configMap('old', 1)], 9, 'more'),
      page([], 0),
      page([configMap('new', 12)], 20),
    );
    cluster.lists[1] = () => {
      throw expired();
    };
    await clock.settle();
    assert.deepEqual(held(), ['new@12']);
    assert.deepEqual(
      cluster.listCalls.map((call) => call.continue),
      [undefined, 'more', undefined],
    );
    stop.abort();
    await done;
  });

  it('F3 empty list: is synced, and later deletes what a later empty list does not show', async () => {
    const { clock, informer, held, lastWatch, changes, stop, done } = setup(page([], 9), page([], 30));
    await clock.settle();
    assert.equal(informer.hasSynced(), true);
    lastWatch().send({ type: 'ADDED', object: configMap('a', 10) });
    await clock.settle();
    assert.deepEqual(held(), ['a@10']);
    lastWatch().fail(expired());
    await clock.settle();
    assert.deepEqual(held(), []);
    assert.deepEqual(changes, ['shop/a ->10', 'shop/a 10>-']);
    stop.abort();
    await done;
  });

  it('F3 watch open but silent: gives it up 30 s after its timeout and resumes from the last version', async () => {
    const { clock, cluster, lastWatch, held, stop, done } = setup(page([], 9));
    await clock.settle();
    const timeout = lastWatch().options.timeout ?? assert.fail('no timeout');
    await clock.runFor(millis(timeout + 29_000));
    assert.equal(cluster.watches.length, 1);
    await clock.runFor(millis(2_000));
    assert.equal(cluster.watches.length, 2);
    assert.equal(cluster.watches[0]?.isOpen, false);
    assert.equal(lastWatch().options.resourceVersion, '9');
    lastWatch().send({ type: 'ADDED', object: configMap('a', 10) });
    await clock.settle();
    assert.deepEqual(held(), ['a@10']);
    stop.abort();
    await done;
  });

  it('gives up a silent watch even when its source does not listen to the signal', async () => {
    const { clock, cluster, stop, done } = setup(page([], 9));
    let opened = 0;
    cluster.watch = () => {
      opened += 1;
      return { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) };
    };
    await clock.runFor(millis(11 * MINUTE));
    assert.equal(opened, 2);
    stop.abort();
    await done;
  });

  it('refuses to travel back in time when another API server answers with an older list', async () => {
    const { clock, lastWatch, held, stop, done } = setup(
      page([configMap('a', 30)], 40),
      page([configMap('a', 3)], 9),
      page([configMap('a', 50)], 60),
    );
    await clock.settle();
    lastWatch().fail(expired());
    await clock.settle();
    assert.deepEqual(held(), ['a@30']);
    await clock.runFor(millis(2_000));
    assert.deepEqual(held(), ['a@50']);
    stop.abort();
    await done;
  });
});

describe('F4: API errors under an informer', () => {
  const failures: readonly [string, SluiceError][] = [
    ['500', new SluiceError('unavailable', 'internal error')],
    ['a reset', new SluiceError('unavailable', 'connection reset')],
    ['a timeout', new SluiceError('timeout', 'gateway timeout')],
    ['409', new SluiceError('conflict', 'conflict')],
    ['a 403', new SluiceError('forbidden', 'forbidden')],
  ];
  for (const [what, error] of failures) {
    it(`goes on after ${what} of the list and of the watch, with growing backoff from the last version`, async () => {
      const { clock, cluster, informer, lastWatch, stop, done } = setup(page([], 0), page([], 9));
      cluster.lists[0] = () => {
        throw error;
      };
      for (let count = 0; count < 6; count += 1) cluster.refusals.push(error);
      await clock.settle();
      assert.equal(informer.hasSynced(), false);
      await clock.runFor(millis(800));
      assert.equal(informer.hasSynced(), true);
      assert.equal(cluster.watches.length, 1);
      await clock.runFor(millis(90_000));
      assert.equal(cluster.watches.length, 7);
      assert.equal(cluster.listCalls.length, 2);
      assert.equal(lastWatch().options.resourceVersion, '9');
      stop.abort();
      await done;
    });
  }

  it('waits as long as Retry-After of a 429 says', async () => {
    const { clock, cluster, stop, done } = setup(page([], 9));
    cluster.refusals.push(new SluiceError('rate_limited', 'slow down', { retry: { kind: 'after', delay: millis(20_000) } }));
    await clock.runFor(millis(19_999));
    assert.equal(cluster.watches.length, 1);
    await clock.runFor(millis(2));
    assert.equal(cluster.watches.length, 2);
    stop.abort();
    await done;
  });

  it('does not reconnect in a storm to a server that ends every watch at once', async () => {
    const { clock, cluster, stop, done } = setup(page([], 9));
    cluster.watch = ((watch) => (kind, options) => {
      const opened = watch(kind, options);
      cluster.watches.at(-1)?.end();
      return opened;
    })(cluster.watch.bind(cluster));
    await clock.runFor(millis(60_000));
    assert.ok(cluster.watches.length >= 3 && cluster.watches.length <= 10, `${cluster.watches.length} watches in a minute`);
    stop.abort();
    await done;
  });
});
