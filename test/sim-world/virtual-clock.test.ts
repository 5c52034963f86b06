import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, millis } from '../../src/api/time.ts';
import { sleep } from '../../src/ports/sleep.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';

const START = instant(1_000_000);

describe('the virtual clock', () => {
  it('stands still until it is told to move', async () => {
    const clock = createVirtualClock(START);
    await clock.settle();
    assert.equal(clock.now(), START);
    await clock.runFor(millis(1500));
    assert.equal(clock.now(), START + 1500);
    assert.equal(clock.monotonic(), 1500);
  });

  it('fires timers by time, then in the order in which they were started', async () => {
    const clock = createVirtualClock(START);
    const fired: string[] = [];
    for (const [name, delay] of [
      ['c', 30],
      ['a', 10],
      ['b', 10],
      ['d', 30],
    ] as const) {
      clock.startTimer(millis(delay), () => fired.push(`${name}@${clock.monotonic()}`));
    }
    await clock.runFor(millis(30));
    assert.deepEqual(fired, ['a@10', 'b@10', 'c@30', 'd@30']);
  });

  it('lets the promise work of a timer come to its end before the next timer fires', async () => {
    const clock = createVirtualClock(START);
    const seen: string[] = [];
    clock.startTimer(millis(1), () => {
      void (async () => {
        for (let hop = 0; hop < 50; hop += 1) await Promise.resolve();
        seen.push('work of the first');
      })();
    });
    clock.startTimer(millis(1), () => seen.push('second'));
    await clock.runFor(millis(1));
    assert.deepEqual(seen, ['work of the first', 'second']);
  });

  it('fires timers that were started while it ran, when they fall into the same stretch', async () => {
    const clock = createVirtualClock(START);
    const seen: number[] = [];
    void (async () => {
      for (let round = 0; round < 3; round += 1) {
        await sleep(clock, millis(10));
        seen.push(clock.monotonic());
      }
    })();
    await clock.runFor(millis(25));
    assert.deepEqual(seen, [10, 20]);
    assert.equal(clock.pending(), 1);
  });

  it('does not fire a cancelled timer', async () => {
    const clock = createVirtualClock(START);
    const timer = clock.startTimer(millis(5), () => assert.fail('it was cancelled'));
    timer.cancel();
    timer.cancel();
    await clock.runFor(millis(10));
    assert.equal(clock.pending(), 0);
  });

  it('stops at the moment a predicate holds, and says when the limit passed first', async () => {
    const clock = createVirtualClock(START);
    let ready = false;
    clock.startTimer(millis(40), () => {
      ready = true;
    });
    assert.equal(await clock.runUntil(() => ready, millis(30)), false);
    assert.equal(clock.monotonic(), 30);
    assert.equal(await clock.runUntil(() => ready, millis(30)), true);
    assert.equal(clock.monotonic(), 40);
  });

  it('never moves back', async () => {
    const clock = createVirtualClock(START);
    await clock.runFor(millis(100));
    await clock.advanceTo(START);
    assert.equal(clock.monotonic(), 100);
  });

  it('refuses to spin on timers without delay', async () => {
    const clock = createVirtualClock(START);
    const again = (): void => {
      clock.startTimer(millis(0), again);
    };
    again();
    await assert.rejects(clock.runFor(millis(1)), /virtual time stands still/);
  });

  it('wakes a sleeper at once when its signal aborts and leaves no timer behind', async () => {
    const clock = createVirtualClock(START);
    const stop = new AbortController();
    const slept = sleep(clock, millis(1000), stop.signal);
    stop.abort();
    await slept;
    assert.equal(clock.pending(), 0);
    await sleep(clock, millis(1000), stop.signal);
  });
});

describe('the seeded generator', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    const take = (seed: number): readonly number[] => Array.from({ length: 5 }, createRandom(seed));
    assert.deepEqual(take(7), take(7));
    assert.notDeepEqual(take(7), take(8));
  });

  it('spreads over [0, 1)', () => {
    const random = createRandom(42);
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 10_000; draw += 1) {
      const value = random();
      assert.ok(value >= 0 && value < 1);
      const bucket = Math.floor(value * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    assert.ok(
      buckets.every((count) => count > 850 && count < 1150),
      buckets.join(' '),
    );
  });
});
