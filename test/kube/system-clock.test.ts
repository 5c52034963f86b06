import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { millis } from '../../src/api/time.ts';

describe('the system clock', () => {
  it('fires a timer after its delay and never a cancelled one', async () => {
    const clock = createSystemClock();
    const before = clock.monotonic();
    let cancelled = 0;
    clock
      .startTimer(millis(1), () => {
        cancelled += 1;
      })
      .cancel();
    await new Promise<void>((resolve) => {
      clock.startTimer(millis(15), resolve);
    });
    assert.ok(clock.monotonic() - before >= 14);
    assert.equal(cancelled, 0);
  });

  it('does not fire at once for a delay beyond what setTimeout takes', async () => {
    const clock = createSystemClock();
    let fired = false;
    const timer = clock.startTimer(millis(90 * 24 * 3_600_000), () => {
      fired = true;
    });
    await new Promise<void>((resolve) => {
      clock.startTimer(millis(10), resolve);
    });
    assert.equal(fired, false);
    timer.cancel();
  });
});
