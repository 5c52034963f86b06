import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { IntOrPercent } from '../../src/api/int-or-percent.ts';
import { type Count, growth, limitsOf, type Sizing, shrinkage, targetCounts } from '../../src/core/rollout/replicas.ts';

/** Canary and stable pods that come closest, by replicas, maxSurge and weight: the numbers that teams of Argo Rollouts plan with. */
const CLOSEST: readonly (readonly [replicas: number, surge: number, byWeight: Readonly<Record<number, string>>])[] = [
  [0, 0, { 0: '0+0', 50: '0+0', 100: '0+0' }],
  [0, 1, { 0: '0+0', 50: '0+0', 100: '0+0' }],
  [1, 0, { 0: '0+1', 1: '0+1', 49: '0+1', 50: '1+0', 99: '1+0', 100: '1+0' }],
  [1, 1, { 0: '0+1', 1: '1+1', 49: '1+1', 50: '1+1', 99: '1+1', 100: '1+0' }],
  [2, 0, { 0: '0+2', 1: '1+1', 50: '1+1', 99: '1+1', 100: '2+0' }],
  [2, 1, { 0: '0+2', 1: '1+2', 50: '1+1', 99: '2+1', 100: '2+0' }],
  [3, 0, { 10: '1+2', 25: '1+2', 33: '1+2', 34: '1+2', 49: '1+2', 50: '2+1' }],
  [3, 1, { 10: '1+3', 25: '1+3', 33: '1+2', 34: '1+2', 49: '2+2', 50: '2+2' }],
  [10, 0, { 1: '1+9', 14: '1+9', 15: '2+8', 16: '2+8', 99: '9+1' }],
  [10, 1, { 0: '0+10', 1: '1+10', 18: '2+9', 19: '2+9', 20: '2+8', 23: '2+8', 24: '3+8', 25: '3+8', 99: '10+1', 100: '10+0' }],
];

/** What happens to the sizes while no pod changes its readiness. */
interface Case {
  readonly name: string;
  readonly replicas: number;
  readonly weight: number;
  readonly surge: IntOrPercent;
  readonly unavailable: IntOrPercent;
  /** `size/available`. */
  readonly canary: string;
  readonly stable: string;
  readonly older?: string;
  /** Canary and stable afterwards. */
  readonly becomes: string;
}

const CASES: readonly Case[] = [
  {
    name: 'stable keeps pods beyond its size while the canary is not up',
    replicas: 10,
    weight: 100,
    surge: 3,
    unavailable: 0,
    stable: '7/8',
    canary: '6/3',
    becomes: '6+7',
  },
  {
    name: 'the canary grows within maxSurge',
    replicas: 10,
    weight: 20,
    surge: 2,
    unavailable: 0,
    stable: '10/10',
    canary: '0/0',
    becomes: '2+10',
  },
  {
    name: 'the canary grows within maxSurge in percent',
    replicas: 10,
    weight: 20,
    surge: '20%',
    unavailable: 0,
    stable: '10/10',
    canary: '0/0',
    becomes: '2+10',
  },
  {
    name: 'stable gives way once the canary serves',
    replicas: 10,
    weight: 20,
    surge: '20%',
    unavailable: 0,
    stable: '10/10',
    canary: '2/2',
    becomes: '2+8',
  },
  {
    name: 'the canary stops at maxSurge',
    replicas: 10,
    weight: 30,
    surge: 2,
    unavailable: 0,
    stable: '10/10',
    canary: '0/0',
    becomes: '2+10',
  },
  {
    name: 'without surge stable shrinks by maxUnavailable first',
    replicas: 10,
    weight: 20,
    surge: 0,
    unavailable: 2,
    stable: '10/10',
    canary: '0/0',
    becomes: '0+8',
  },
  {
    name: 'the same with maxUnavailable in percent',
    replicas: 10,
    weight: 20,
    surge: 0,
    unavailable: '20%',
    stable: '10/10',
    canary: '0/0',
    becomes: '0+8',
  },
  {
    name: 'stable does not go below maxUnavailable',
    replicas: 10,
    weight: 30,
    surge: 0,
    unavailable: 2,
    stable: '10/10',
    canary: '0/0',
    becomes: '0+8',
  },
  { name: 'both limits work together', replicas: 10, weight: 50, surge: 2, unavailable: 1, stable: '10/10', canary: '0/0', becomes: '2+9' },
  {
    name: 'weight 0 takes the canary away',
    replicas: 10,
    weight: 0,
    surge: 1,
    unavailable: 1,
    stable: '10/10',
    canary: '1/1',
    becomes: '0+10',
  },
  {
    name: 'weight 100 takes stable away',
    replicas: 10,
    weight: 100,
    surge: 1,
    unavailable: 1,
    stable: '1/1',
    canary: '10/10',
    becomes: '10+0',
  },
  {
    name: 'one pod with surge has both sides at a small weight',
    replicas: 1,
    weight: 20,
    surge: 1,
    unavailable: 0,
    stable: '1/1',
    canary: '0/0',
    becomes: '1+1',
  },
  {
    name: 'one pod with surge has both sides at a large weight',
    replicas: 1,
    weight: 90,
    surge: 1,
    unavailable: 0,
    stable: '1/1',
    canary: '0/0',
    becomes: '1+1',
  },
  {
    name: 'one pod without surge stays stable below half',
    replicas: 1,
    weight: 49,
    surge: 0,
    unavailable: 1,
    stable: '1/1',
    canary: '0/0',
    becomes: '0+1',
  },
  {
    name: 'one pod without surge leaves stable above half',
    replicas: 1,
    weight: 51,
    surge: 0,
    unavailable: 1,
    stable: '1/1',
    canary: '0/0',
    becomes: '0+0',
  },
  { name: 'and comes up as the canary', replicas: 1, weight: 51, surge: 0, unavailable: 1, stable: '0/0', canary: '0/0', becomes: '1+0' },
  {
    name: 'both sides shrink to an even share',
    replicas: 10,
    weight: 30,
    surge: 0,
    unavailable: 3,
    stable: '8/5',
    canary: '4/4',
    becomes: '3+7',
  },
  // Unlike Argo Rollouts, where stable grows first: pods of a revision in between stand in for stable, and only the new revision can relieve them.
  {
    name: 'a new revision grows before stable while a revision in between stands in',
    replicas: 10,
    weight: 30,
    surge: 1,
    unavailable: 0,
    stable: '1/1',
    canary: '0/0',
    older: '3/3',
    becomes: '3+5',
  },
  {
    name: 'a small weight without surge makes room first',
    replicas: 10,
    weight: 5,
    surge: 0,
    unavailable: 1,
    stable: '10/10',
    canary: '0/0',
    becomes: '0+9',
  },
  { name: 'and uses it', replicas: 10, weight: 5, surge: 0, unavailable: 1, stable: '9/9', canary: '0/0', becomes: '1+9' },
  {
    name: 'two limits of 0% let one pod be missing',
    replicas: 10,
    weight: 10,
    surge: '0%',
    unavailable: '0%',
    stable: '10/10',
    canary: '0/0',
    becomes: '0+9',
  },
  {
    name: 'a broken stable does not widen maxSurge',
    replicas: 4,
    weight: 100,
    surge: 1,
    unavailable: 0,
    stable: '4/1',
    canary: '0/0',
    becomes: '1+4',
  },
  {
    name: 'shrinks to maxUnavailable without growing beyond maxSurge',
    replicas: 3,
    weight: 99,
    surge: 0,
    unavailable: 2,
    stable: '3/3',
    canary: '0/0',
    becomes: '0+1',
  },
  { name: 'and grows into the room', replicas: 3, weight: 99, surge: 0, unavailable: 2, stable: '1/1', canary: '0/0', becomes: '2+1' },
  {
    name: 'back to stable: it grows before the canary shrinks',
    replicas: 4,
    weight: 0,
    surge: 1,
    unavailable: 0,
    stable: '0/0',
    canary: '4/4',
    becomes: '4+1',
  },
  {
    name: 'back to stable: nothing moves until its pod serves',
    replicas: 4,
    weight: 0,
    surge: 1,
    unavailable: 0,
    stable: '1/0',
    canary: '4/4',
    becomes: '4+1',
  },
  {
    name: 'a full promotion moves everything at once when the limits allow it',
    replicas: 4,
    weight: 100,
    surge: 4,
    unavailable: 4,
    stable: '4/4',
    canary: '0/0',
    becomes: '4+0',
  },
  {
    name: 'a full promotion keeps within maxSurge and maxUnavailable',
    replicas: 4,
    weight: 100,
    surge: 3,
    unavailable: 0,
    stable: '4/4',
    canary: '0/0',
    becomes: '3+4',
  },
];

function count(text: string): Count {
  const [spec = 0, available = 0] = text.split('/').map(Number);
  return { spec, available };
}

/** One round of moves as the controller makes them: what grows, and then what shrinks; the pods that serve stay as they are, as far as they were asked for. */
function settle(one: Case): string {
  const limits = limitsOf(one.replicas, one.surge, one.unavailable);
  const [canary, stable] = [count(one.canary), count(one.stable)];
  let sizing: Sizing = {
    limits,
    target: targetCounts(one.replicas, one.weight, limits.surge),
    canary,
    stable,
    older: count(one.older ?? '0/0'),
  };
  for (const move of [growth, growth, shrinkage, shrinkage]) {
    const change = move(sizing);
    if (change === undefined) continue;
    const available = Math.min(change.to, change.side === 'canary' ? canary.available : stable.available);
    sizing = { ...sizing, [change.side]: { spec: change.to, available } };
  }
  return `${sizing.canary.spec}+${sizing.stable.spec}`;
}

describe('replica counts that teams know from Argo Rollouts', () => {
  for (const [replicas, surge, byWeight] of CLOSEST) {
    it(`${replicas} replicas with surge ${surge} come closest to every weight in the same way`, () => {
      const actual = Object.keys(byWeight).map((weight) => {
        const { canary, stable } = targetCounts(replicas, Number(weight), surge);
        return [weight, `${canary}+${stable}`];
      });
      assert.deepEqual(Object.fromEntries(actual), Object.fromEntries(Object.entries(byWeight)));
    });
  }

  for (const one of CASES) {
    it(one.name, () => assert.equal(settle(one), one.becomes));
  }
});
