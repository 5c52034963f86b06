import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, millis } from '../../src/api/time.ts';
import { createLazyWrites } from '../../src/controllers/runtime/lazy-writes.ts';
import { isUrgent } from '../../src/core/rollout/is-urgent.ts';

const GATHER = millis(3000);

describe('a write that may wait', () => {
  it('is gathered for a while, and a change during it does not make it longer', () => {
    let now = instant(0);
    const lazy = createLazyWrites({ now: () => now });
    assert.equal(lazy.postponed('shop/a', GATHER), instant(3000));
    now = instant(600);
    assert.equal(lazy.postponed('shop/a', GATHER), instant(3000));
    assert.equal(lazy.postponed('shop/b', GATHER), instant(3600), 'each key has its own');
    now = instant(3000);
    assert.equal(lazy.postponed('shop/a', GATHER), undefined);
    assert.equal(lazy.postponed('shop/a', GATHER), instant(6000), 'the next one waits anew');
  });

  it('is written sooner when it may wait less than before', () => {
    let now = instant(0);
    const lazy = createLazyWrites({ now: () => now });
    lazy.postponed('shop/a', GATHER);
    now = instant(100);
    assert.equal(lazy.postponed('shop/a', millis(500)), instant(600));
    now = instant(600);
    assert.equal(lazy.postponed('shop/a', GATHER), undefined);
  });

  it('is not held by a clock that was set back', () => {
    let now = instant(10_000_000);
    const lazy = createLazyWrites({ now: () => now });
    lazy.postponed('shop/a', GATHER);
    now = instant(0);
    assert.equal(lazy.postponed('shop/a', GATHER), instant(3000));
    now = instant(3000);
    assert.equal(lazy.postponed('shop/a', GATHER), undefined);
  });

  it('is one that differs in numbers of pods and their words alone', () => {
    const before = { observedGeneration: 1, replicas: 1, message: '1 of 2 pods serve', currentStepIndex: 0 };
    assert.equal(isUrgent(before, { ...before, replicas: 2, message: '2 of 2 pods serve' }), false);
    assert.equal(isUrgent(before, { ...before, currentStepIndex: 1 }), true);
    assert.equal(isUrgent(before, { ...before, observedGeneration: 2 }), true);
    assert.equal(isUrgent(undefined, before), true);
    const condition = { type: 'Ready', status: 'Unknown', reason: 'Progressing', message: 'a', lastTransitionTime: 't' } as const;
    const told = { ...before, conditions: [condition] };
    assert.equal(isUrgent(told, { ...told, conditions: [{ ...condition, message: 'b' }] }), false);
    assert.equal(isUrgent(told, { ...told, conditions: [{ ...condition, status: 'True' }] }), true);
  });
});
