import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, millis } from '../../src/api/time.ts';
import { createWorkQueue, type Handler } from '../../src/kube/work-queue.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';

function setup(handler: (key: string) => Promise<void> | void, workers = 1) {
  const clock = createVirtualClock(instant(1_800_000_000_000));
  const errors: string[] = [];
  const queue = createWorkQueue({ clock, random: () => 1, onError: (key) => errors.push(key) });
  const stop = new AbortController();
  const seen: string[] = [];
  const at: number[] = [];
  const start = clock.now();
  const work: Handler = async (key) => {
    seen.push(key);
    at.push(clock.now() - start);
    await handler(key);
  };
  const begin = (): Promise<void> => queue.run(work, workers, stop.signal);
  return { clock, queue, stop, seen, at, errors, start, begin };
}

describe('the work queue', () => {
  it('works on a key once however often it was added', async () => {
    const { clock, queue, seen, begin, stop } = setup(() => undefined);
    for (let count = 0; count < 5; count += 1) queue.add('a');
    assert.equal(queue.depth(), 1);
    const done = begin();
    await clock.settle();
    assert.deepEqual(seen, ['a']);
    assert.equal(queue.depth(), 0);
    stop.abort();
    await done;
  });

  it('never gives one key to two workers, and brings back a key that was added while it was worked on', async () => {
    let now = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const { clock, queue, seen, begin, stop } = setup(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((resolve) => gates.push(resolve));
      now -= 1;
    }, 4);
    const done = begin();
    queue.add('a');
    await clock.settle();
    queue.add('a');
    queue.add('a');
    await clock.settle();
    assert.deepEqual(seen, ['a']);
    assert.equal(queue.depth(), 1);
    gates.shift()?.();
    await clock.settle();
    assert.deepEqual(seen, ['a', 'a']);
    gates.shift()?.();
    await clock.settle();
    assert.deepEqual(seen, ['a', 'a']);
    assert.equal(most, 1);
    stop.abort();
    await done;
  });

  it('lets other keys pass one that hangs', async () => {
    const { clock, queue, seen, begin, stop } = setup((key) => (key === 'hangs' ? new Promise(() => undefined) : undefined), 2);
    void begin();
    for (const key of ['hangs', 'b', 'c', 'd']) queue.add(key);
    await clock.settle();
    assert.deepEqual(seen, ['hangs', 'b', 'c', 'd']);
    stop.abort();
  });

  it('takes people first, then changes, then the periodic look, and moves a key up', async () => {
    const { clock, queue, seen, begin, stop } = setup(() => undefined);
    queue.add('resync', { priority: 'resync' });
    queue.add('up', { priority: 'resync' });
    queue.add('spec');
    queue.add('user', { priority: 'user' });
    queue.add('up', { priority: 'user' });
    queue.add('user', { priority: 'resync' });
    const done = begin();
    await clock.settle();
    assert.deepEqual(seen, ['user', 'up', 'spec', 'resync']);
    stop.abort();
    await done;
  });

  it('keeps the earliest deadline of a key', async () => {
    const { clock, queue, at, start, begin, stop } = setup(() => undefined);
    const done = begin();
    queue.addAt('a', instant(start + 5_000));
    queue.addAt('a', instant(start + 1_000));
    queue.addAt('a', instant(start + 9_000));
    await clock.runFor(millis(20_000));
    assert.deepEqual(at, [1_000]);
    stop.abort();
    await done;
  });

  it('keeps a deadline that is still to come when the key is worked on before', async () => {
    const { clock, queue, at, start, begin, stop } = setup(() => undefined);
    const done = begin();
    queue.addAt('a', instant(start + 5_000));
    queue.add('a');
    await clock.runFor(millis(10_000));
    assert.deepEqual(at, [0, 5_000]);
    stop.abort();
    await done;
  });

  it('works through many deadlines in the order of time', async () => {
    const { clock, queue, seen, start, begin, stop } = setup(() => undefined);
    const done = begin();
    const order = [7, 3, 9, 1, 8, 2, 6, 4, 5, 0];
    for (const second of order) queue.addAt(`k${second}`, instant(start + second * 1_000));
    await clock.runFor(millis(20_000));
    assert.deepEqual(
      seen,
      [...order].sort((a, b) => a - b).map((second) => `k${second}`),
    );
    stop.abort();
    await done;
  });

  it('tries a failing key again after 5, 10, 20 ms and so on up to 1,000 s, and starts over after a success', async () => {
    let failing = true;
    const { clock, queue, at, begin, stop, errors } = setup(() => {
      if (failing) throw new Error('no');
    });
    const done = begin();
    queue.add('a');
    await clock.runFor(millis(3_000_000));
    assert.deepEqual(at.slice(0, 5), [0, 5, 15, 35, 75]);
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    assert.equal(gaps.at(-1), 1_000_000);
    assert.equal(errors.length, at.length);
    failing = false;
    await clock.runFor(millis(1_000_000));
    const succeeded = at.length;
    failing = true;
    queue.add('a');
    await clock.runFor(millis(16));
    assert.deepEqual(
      at.slice(succeeded).map((time) => time - (at[succeeded] ?? 0)),
      [0, 5, 15],
    );
    stop.abort();
    await done;
  });

  it('F4 429: honours Retry-After even when the key is added meanwhile, without losing its priority', async () => {
    let calls = 0;
    const { clock, queue, at, begin, stop } = setup(() => {
      calls += 1;
      if (calls === 1) throw new SluiceError('rate_limited', 'slow', { retry: { kind: 'after', delay: millis(10_000) } });
    });
    const done = begin();
    queue.add('a');
    await clock.runFor(millis(4_000));
    queue.add('a', { priority: 'user' });
    await clock.runFor(millis(30_000));
    assert.deepEqual(at, [0, 10_000]);
    stop.abort();
    await done;
  });

  it('F4 409: a conflict that stays is tried with backoff, not in a hot loop', async () => {
    const { clock, queue, at, begin, stop } = setup(() => {
      throw new SluiceError('conflict', 'stale');
    });
    const done = begin();
    queue.add('a');
    await clock.runFor(millis(60_000));
    assert.ok(at.length >= 10 && at.length <= 15, `${at.length} tries in a minute`);
    stop.abort();
    await done;
  });

  it('leaves a key alone that can only fail, until it is added again', async () => {
    const { clock, queue, at, begin, stop } = setup(() => {
      throw new SluiceError('spec_invalid', 'wrong');
    });
    const done = begin();
    queue.add('a');
    await clock.runFor(millis(3_600_000));
    assert.deepEqual(at, [0]);
    queue.add('a');
    await clock.settle();
    assert.equal(at.length, 2);
    stop.abort();
    await done;
  });

  it('waits for the handlers at work when it stops, takes nothing new, and leaves no timer', async () => {
    let finish = (): void => undefined;
    const { clock, queue, seen, start, begin, stop } = setup(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    let ended = false;
    const done = begin().then(() => {
      ended = true;
    });
    queue.add('a');
    queue.addAt('later', instant(start + 5_000));
    await clock.settle();
    queue.add('b');
    stop.abort();
    await clock.settle();
    assert.equal(ended, false);
    finish();
    await done;
    assert.deepEqual(seen, ['a']);
    assert.equal(clock.pending(), 0);
  });
});
