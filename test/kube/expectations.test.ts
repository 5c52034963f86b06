import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, millis } from '../../src/api/time.ts';
import { createExpectations } from '../../src/kube/expectations.ts';
import { compareResourceVersions } from '../../src/kube/resource-version.ts';
import { createWatchCache } from '../../src/kube/watch-cache.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { quietLog } from './quiet-log.ts';
import { configMap } from './scripted-cluster.ts';

function setup() {
  const clock = createVirtualClock(instant(1_800_000_000_000));
  const released: string[] = [];
  const expectations = createExpectations({ clock, onReleased: (key) => released.push(key) });
  const cache = createWatchCache({ parse: (object) => object, log: quietLog() });
  expectations.follow(cache);
  return { clock, released, expectations, cache };
}

describe('expectations after a write', () => {
  it('a stale event never overwrites a newer own write: the key stays parked through it', () => {
    const { released, expectations, cache, clock } = setup();
    cache.upsert(configMap('a', 8));
    expectations.expectWritten('shop/r', cache.store, 'shop/a', '12');
    assert.equal(expectations.isParked('shop/r'), true);
    cache.upsert(configMap('a', 9));
    assert.equal(expectations.isParked('shop/r'), true);
    cache.upsert(configMap('a', 12));
    cache.upsert(configMap('a', 9));
    assert.deepEqual(released, ['shop/r']);
    assert.equal(expectations.isParked('shop/r'), false);
    assert.equal(cache.store.resourceVersionOf('shop/a'), '12');
    assert.equal(clock.pending(), 0);
  });

  it('counts a newer version of the same object as shown, by number and not by text', () => {
    const { expectations, cache } = setup();
    expectations.expectWritten('shop/r', cache.store, 'shop/a', '9');
    cache.upsert(configMap('a', 10));
    assert.equal(expectations.isParked('shop/r'), false);
    assert.ok((compareResourceVersions('99999999999999999998', '99999999999999999999') ?? 0) < 0);
    assert.equal(compareResourceVersions('a', '1'), undefined);
  });

  it('waits for every object that was written, and for the newest write of each', () => {
    const { released, expectations, cache } = setup();
    expectations.expectWritten('shop/r', cache.store, 'shop/a', '9');
    expectations.expectWritten('shop/r', cache.store, 'shop/a', '11');
    expectations.expectWritten('shop/r', cache.store, 'shop/b', '10');
    cache.upsert(configMap('a', 9));
    cache.upsert(configMap('b', 10));
    assert.equal(expectations.isParked('shop/r'), true);
    assert.deepEqual(released, []);
    cache.upsert(configMap('a', 11));
    assert.deepEqual(released, ['shop/r']);
  });

  it('waits until a deleted object is gone, and takes a successor of the same name for gone', () => {
    const { released, expectations, cache } = setup();
    cache.upsert(configMap('a', 8));
    cache.upsert(configMap('b', 8));
    expectations.expectGone('shop/r', cache.store, 'shop/a', 'uid-a');
    expectations.expectGone('shop/s', cache.store, 'shop/b', 'uid-b');
    assert.equal(expectations.isParked('shop/r'), true);
    cache.remove(configMap('a', 9));
    cache.upsert(configMap('b', 12, { uid: 'second' }));
    assert.deepEqual(released.toSorted(), ['shop/r', 'shop/s']);
  });

  it('is right before the listeners were told, and does not release a key twice', () => {
    const { released, expectations, cache } = setup();
    const asked: boolean[] = [];
    const early = createExpectations({ clock: createVirtualClock(instant(0)) });
    cache.onChange(() => asked.push(early.isParked('shop/r')));
    early.expectWritten('shop/r', cache.store, 'shop/a', '9');
    cache.upsert(configMap('a', 9));
    assert.deepEqual(asked, [false]);
    expectations.expectWritten('shop/r', cache.store, 'shop/a', '9');
    assert.equal(expectations.isParked('shop/r'), false);
    assert.deepEqual(released, []);
  });

  it('never stands still: the key is released after 30 s when the cache never shows the write', async () => {
    const { clock, released, expectations, cache } = setup();
    expectations.expectWritten('shop/r', cache.store, 'shop/a', '9');
    await clock.runFor(millis(29_999));
    assert.equal(expectations.isParked('shop/r'), true);
    await clock.runFor(millis(1));
    assert.deepEqual(released, ['shop/r']);
    assert.equal(expectations.isParked('shop/r'), false);
    assert.equal(expectations.isParked('shop/other'), false);
  });
});
