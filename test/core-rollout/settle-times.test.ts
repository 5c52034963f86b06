import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { millis } from '../../src/api/time.ts';
import { routed } from './routed-strategy.ts';
import { hashOf, healthyWorld, type World } from './world.ts';
import type { WorldRouter } from './world-router.ts';

/** Ten seconds until routes that are made anew are followed, six behind a weight alone. */
function atRest(settle?: string): { readonly world: World; readonly router: WorldRouter } {
  const trafficRouting = { gatewayAPI: {}, ...(settle === undefined ? {} : { settle }) };
  const world = healthyWorld(
    routed({ trafficRouting, steps: [{ setWeight: 20 }, { pause: { duration: '1m' } }, { setWeight: 60 }, { pause: {} }] }),
  );
  const { router } = world;
  assert.ok(router);
  router.settle = millis(10_000);
  router.weightSettle = millis(6_000);
  return { world, router };
}

/** Whole seconds from now until what the routes say counts as served. */
function untilVerified(world: World): number {
  const since = world.now;
  while (world.status?.canary?.weights?.verified !== true) world.tick(1);
  return (world.now - since) / 1000;
}

/** Until this weight is written, and no longer. */
function written(world: World, weight: number): void {
  while (world.router?.written.weight !== weight) world.tick(1);
}

/** In the middle of a release, with this weight served. */
function at(weight: number): { readonly world: World; readonly router: WorldRouter } {
  const stage = atRest();
  stage.world.deploy('v2');
  written(stage.world, weight);
  untilVerified(stage.world);
  return stage;
}

describe('how long a weight settles, where weights are followed sooner than new routes', () => {
  it('counts the shorter time behind a change of the weight alone', () => {
    const { world } = atRest();
    world.deploy('v2');
    written(world, 20);
    assert.equal(untilVerified(world), 6);
    assert.equal(world.status?.traffic?.remade, undefined);
    written(world, 60);
    assert.equal(untilVerified(world), 6);
  });

  it('counts the longer one behind routes that somebody took away, and that are made anew', () => {
    const { world, router } = at(60);
    router.unmake(world.now);
    written(world, 60);
    assert.equal(world.status?.traffic?.remade, true);
    assert.equal(untilVerified(world), 10);
  });

  it('counts the longer one for a weight that comes behind such routes before they have settled', () => {
    const { world, router } = at(60);
    router.unmake(world.now);
    written(world, 60);
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    written(world, 0);
    assert.equal(untilVerified(world), 10);
  });

  it('counts the longer one for a weight of which a crash left no record: it may stand in routes made anew', () => {
    const { world, router } = at(60);
    router.unmake(world.now);
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.crashAfter = 1;
    written(world, 0);
    assert.equal(world.status?.traffic?.remade, true);
    assert.equal(untilVerified(world), 10);
  });

  it('counts the longer one as well when the next weight is another than the one without record', () => {
    const { world, router } = at(20);
    router.unmake(world.now);
    world.annotations['sluice.dev/request'] = `promote:${hashOf('v2')}@1`;
    const recorded = world.status?.traffic;
    written(world, 60);
    assert.ok(world.status);
    world.status = { ...world.status, traffic: recorded };
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@2`;
    written(world, 0);
    assert.equal(untilVerified(world), 10);
  });

  const DISTURBANCES = {
    'takes the route away': ({ router, now }: World) => router?.unmake(now),
    'puts another weight there': ({ router, now }: World) => router?.meddle(0, now),
  };
  for (const [what, disturb] of Object.entries(DISTURBANCES)) {
    it(`counts from its own write when somebody ${what} and a crash leaves that write without a record`, () => {
      const { world, router } = at(60);
      disturb(world);
      world.pass();
      assert.notEqual(router.written.weight, 60, 'that it is written again is noted first');
      world.crashAfter = 1;
      world.pass();
      assert.equal(router.written.weight, 60);
      assert.equal(world.status?.traffic?.late, true);
      world.tick(0);
      assert.equal(untilVerified(world), 10);
    });
  }

  it('takes the word of the spec for both', () => {
    const { world, router } = atRest('3s');
    world.deploy('v2');
    written(world, 60);
    assert.equal(untilVerified(world), 3);
    router.unmake(world.now);
    written(world, 60);
    assert.equal(world.status?.traffic?.remade, undefined);
    assert.equal(untilVerified(world), 3);
  });
});
