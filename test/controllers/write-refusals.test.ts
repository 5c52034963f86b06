import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Instant, instant } from '../../src/api/time.ts';
import { createWriteRefusals } from '../../src/controllers/rollout/write-refusals.ts';
import type { Action } from '../../src/core/plan/plan.ts';
import { SluiceError } from '../../src/ports/errors.ts';

const KEY = 'shop/web';
const REFUSED = new SluiceError('spec_invalid', 'denied by a policy');
const HOUR = 3_600_000;

function creation(name: string): Action {
  return { type: 'createReplicaSet', object: { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name } }, why: '' };
}

function at(milliseconds: number): Instant {
  return instant(milliseconds);
}

describe('the memory of refused writes', () => {
  it('waits twice as long after each refusal of the same write, and starts over with another one', () => {
    const refusals = createWriteRefusals();
    const until = (now: number): number => {
      refusals.failed(KEY, creation('a'), REFUSED, at(now));
      return (refusals.met(KEY, [creation('a')], at(now))[0]?.until ?? 0) - now;
    };
    assert.deepEqual([until(0), until(2000), until(6000)], [2000, 4000, 8000]);
    refusals.succeeded(KEY, creation('a'));
    assert.equal(until(20_000), 2000);
  });

  it('holds nothing of a write that nobody has wanted for long: it does not grow with the releases (AR#4571)', () => {
    const refusals = createWriteRefusals();
    refusals.failed(KEY, creation('a'), REFUSED, at(0));
    refusals.failed(KEY, creation('b'), REFUSED, at(HOUR));
    refusals.failed(KEY, creation('a'), REFUSED, at(HOUR));
    const [first] = refusals.met(KEY, [creation('a')], at(HOUR));
    assert.equal(first?.until, HOUR + 2000, 'as if it had never been refused');
  });
});
