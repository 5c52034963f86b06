import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleOf } from '../../src/app/rollout-metrics.ts';
import { routed } from '../core-rollout/routed-strategy.ts';
import { healthyWorld } from '../core-rollout/world.ts';

describe('the metrics of a Rollout', () => {
  it('say its strategy, router, phase, weight, step and pods', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    const { gates, ...sample } = sampleOf(world.rollout());
    assert.deepEqual(gates, []);
    assert.deepEqual(sample, {
      namespace: 'shop',
      name: 'checkout',
      strategy: 'canary',
      router: 'gatewayAPI',
      phase: 'Paused',
      canaryWeight: 20,
      step: { index: 1, count: 4 },
      replicas: { desired: 10, available: 12, updated: 2 },
    });
  });
});
