import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../src/api/metadata.ts';
import { createWatchCache } from '../../src/kube/watch-cache.ts';
import { quietLog } from './quiet-log.ts';
import { configMap } from './scripted-cluster.ts';

interface Told {
  readonly type: 'upsert' | 'remove';
  readonly object: KubeObject;
}

/** A history that a real server could tell: creations, changes and deletions of three names, versions growing from 10 on. */
function historyOf(steps: readonly { name: string; act: 'write' | 'delete' }[]): { events: Told[]; alive: Map<string, KubeObject> } {
  const events: Told[] = [];
  const alive = new Map<string, KubeObject>();
  let version = 10;
  for (const { name, act } of steps) {
    const before = alive.get(name);
    if (act === 'delete' && before === undefined) continue;
    version += 1;
    const object = configMap(name, version, { uid: before?.metadata.uid ?? `${name}-${version}` });
    events.push({ type: act === 'delete' ? 'remove' : 'upsert', object });
    if (act === 'delete') alive.delete(name);
    else alive.set(name, object);
  }
  return { events, alive };
}

const step = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  act: fc.constantFrom('write' as const, 'write' as const, 'delete' as const),
});
const steps = fc.array(step, { maxLength: 14 });
const heldBy = (cache: { store: { list(): readonly KubeObject[] } }): string[] =>
  cache.store
    .list()
    .map((object) => `${object.metadata.uid}@${object.metadata.resourceVersion}`)
    .toSorted();
const shown = (alive: Map<string, KubeObject>): string[] =>
  [...alive.values()].map((object) => `${object.metadata.uid}@${object.metadata.resourceVersion}`).toSorted();

describe('F3: the cache under any order of events', () => {
  it('ends at the truth however the events of a history are ordered and repeated', () => {
    const told = steps.chain((history) => {
      const { events, alive } = historyOf(history);
      const indexes = events.map((_event, index) => index);
      return fc.record({
        alive: fc.constant(alive),
        events: fc.constant(events),
        order: fc.shuffledSubarray([...indexes, ...indexes], { minLength: indexes.length * 2, maxLength: indexes.length * 2 }),
      });
    });
    fc.assert(
      fc.property(told, ({ alive, events, order }) => {
        const cache = createWatchCache({ parse: (object) => object, log: quietLog() });
        cache.replace([], '10');
        for (const index of order) {
          const one = events[index];
          if (one !== undefined) cache[one.type](one.object);
        }
        assert.deepEqual(heldBy(cache), shown(alive));
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });

  it('ends at the truth after one relist when events were dropped, and its changes add up to what it holds', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }), (history, kept) => {
        const { events, alive } = historyOf(history);
        const cache = createWatchCache({ parse: (object) => object, log: quietLog() });
        const mirror = new Map<string, string>();
        cache.onChange((change) => {
          assert.equal(mirror.get(change.key), change.previous?.metadata.resourceVersion);
          if (change.current === undefined) mirror.delete(change.key);
          else mirror.set(change.key, change.current.metadata.resourceVersion ?? '');
        });
        cache.replace([], '10');
        for (const [index, one] of events.entries()) if (kept[index] === true) cache[one.type](one.object);
        cache.replace(
          [...alive.values()].map((object) => cache.prepare(object)),
          '1000',
        );
        assert.deepEqual(heldBy(cache), shown(alive));
        assert.deepEqual(
          [...mirror.values()].toSorted(),
          [...alive.values()].map((object) => object.metadata.resourceVersion ?? '').toSorted(),
        );
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });
});

describe('the cache of a watch with a label selector', () => {
  const left = configMap('a', 12, { uid: 'a-11' });
  const back = configMap('a', 13, { uid: 'a-11' });

  it('takes an object back that left the selection and came back by its labels', () => {
    const cache = createWatchCache({ parse: (object) => object, log: quietLog(), isSelective: true });
    cache.replace([], '10');
    cache.upsert(configMap('a', 11, { uid: 'a-11' }));
    cache.remove(left);
    assert.deepEqual(heldBy(cache), []);
    cache.upsert(configMap('a', 11, { uid: 'a-11' }));
    assert.deepEqual(heldBy(cache), [], 'not by an event that is older than its leaving');
    cache.upsert(back);
    assert.deepEqual(heldBy(cache), ['a-11@13']);
  });

  it('is the only one that does: without a selector the same uid is gone', () => {
    const cache = createWatchCache({ parse: (object) => object, log: quietLog() });
    cache.replace([], '10');
    cache.upsert(configMap('a', 11, { uid: 'a-11' }));
    cache.remove(left);
    cache.upsert(back);
    assert.deepEqual(heldBy(cache), []);
  });
});
