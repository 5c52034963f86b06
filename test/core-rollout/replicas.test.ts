import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { drainOlder, growth, limitsOf, type Sizing, shrinkage, targetCounts } from '../../src/core/rollout/replicas.ts';

function firstMove(n: number, weight: number, surge: number, unavailable: number): { canary: number; stable: number } {
  const sizing: Sizing = {
    limits: limitsOf(n, surge, unavailable),
    target: targetCounts(n, weight, surge),
    canary: { spec: 0, available: 0 },
    stable: { spec: n, available: n },
    older: { spec: 0, available: 0 },
  };
  const change = growth(sizing) ?? shrinkage(sizing);
  const now = { canary: 0, stable: n };
  return change === undefined ? now : { ...now, [change.side]: change.to };
}

describe('replica counts of a canary without a router', () => {
  const targets: readonly (readonly [n: number, weight: number, surge: number, canary: number, stable: number])[] = [
    [10, 10, 3, 1, 9],
    [1, 5, 1, 1, 1],
    [1, 10, 0, 0, 1],
    [1, 50, 0, 1, 0],
    [3, 33, 1, 1, 2],
    [3, 50, 0, 2, 1],
    [10, 0, 3, 0, 10],
    [10, 100, 3, 10, 0],
    [0, 50, 1, 0, 0],
  ];
  for (const [n, weight, surge, canary, stable] of targets) {
    it(`${n} pods at weight ${weight} with surge ${surge} are ${canary} canary and ${stable} stable`, () => {
      assert.deepEqual(targetCounts(n, weight, surge), { canary, stable });
    });
  }

  it('10 pods at weight 30 with surge 3 and none unavailable start with 3 beside 10', () => {
    assert.deepEqual(firstMove(10, 30, 3, 0), { canary: 3, stable: 10 });
  });

  it('10 pods at weight 30 without surge and 5 unavailable start by scaling stable to 7', () => {
    assert.deepEqual(firstMove(10, 30, 0, 5), { canary: 0, stable: 7 });
  });

  it('rounds a surge percentage up, an unavailable percentage down, and lets one pod be missing when both come to nothing', () => {
    assert.deepEqual(limitsOf(10, '25%', '25%'), { replicas: 10, surge: 3, unavailable: 2 });
    assert.deepEqual(limitsOf(10, undefined, undefined), { replicas: 10, surge: 3, unavailable: 2 });
    assert.deepEqual(limitsOf(3, 0, '25%'), { replicas: 3, surge: 0, unavailable: 1 });
    assert.deepEqual(limitsOf(10, '20', 1), { replicas: 10, surge: 2, unavailable: 1 });
  });

  it('drains pods that serve nobody first, and then the newest as far as availability allows', () => {
    const limits = limitsOf(10, 3, 2);
    assert.deepEqual(
      drainOlder(limits, 9, [
        { spec: 3, available: 1 },
        { spec: 2, available: 2 },
      ]),
      [0, 2],
    );
    assert.deepEqual(drainOlder(limits, 8, [{ spec: 3, available: 3 }]), [3]);
  });

  it('sums to replicas or one more, never goes negative, and reaches both ends of the weight', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 5 }),
        (n, weight, surge) => {
          const { canary, stable } = targetCounts(n, weight, surge);
          assert.ok(canary >= 0 && stable >= 0 && Number.isInteger(canary) && Number.isInteger(stable));
          assert.ok(canary + stable === n || (surge > 0 && n > 0 && canary + stable === n + 1));
          if (weight === 0) assert.equal(canary, 0);
          if (weight === 100) assert.equal(stable, 0);
        },
      ),
      { seed: 20260101, numRuns: 2000 },
    );
  });

  it('never takes away serving pods below replicas - maxUnavailable, and never adds beyond replicas + maxSurge', () => {
    const count = fc
      .record({ spec: fc.integer({ min: 0, max: 20 }), broken: fc.integer({ min: 0, max: 20 }) })
      .map(({ spec, broken }) => ({ spec, available: Math.max(0, spec - broken) }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 100 }),
        fc.nat(5),
        fc.nat(5),
        count,
        count,
        (n, weight, surge, unavailable, canary, stable) => {
          const limits = limitsOf(n, surge, unavailable);
          const sizing: Sizing = {
            limits,
            target: targetCounts(n, weight, limits.surge),
            canary,
            stable,
            older: { spec: 0, available: 0 },
          };
          const grown = growth(sizing);
          if (grown !== undefined) {
            const other = grown.side === 'canary' ? stable : canary;
            assert.ok(grown.to + other.spec <= n + limits.surge);
          }
          const shrunk = shrinkage(sizing);
          if (shrunk !== undefined) {
            const [one, other] = shrunk.side === 'canary' ? [canary, stable] : [stable, canary];
            const after = Math.min(one.available, shrunk.to);
            assert.ok(after === one.available || after + other.available >= n - limits.unavailable);
          }
        },
      ),
      { seed: 20260102, numRuns: 3000 },
    );
  });
});
