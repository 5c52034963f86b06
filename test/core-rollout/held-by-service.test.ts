import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { hashOf, healthyWorld, type World } from './world.ts';

const STEPS = [{ setWeight: 30 }, { setWeight: 60 }];

/** Two revisions, the second of which has the stable Service already but is not stable yet. */
function almostPromoted(steps = STEPS): World {
  const world = healthyWorld({
    replicas: 3,
    strategy: { canary: { maxSurge: 0, maxUnavailable: 0, stableService: 'stable', canaryService: 'canary', steps } },
  });
  world.deploy('v2');
  world.until(() => world.services.get('stable')?.selector[POD_TEMPLATE_HASH] === hashOf('v2'));
  assert.equal(world.status?.stableRS, hashOf('v1'));
  return world;
}

describe('a release that replaces one which had the stable Service already, without surge,', () => {
  for (const ticks of [0, 1, 2, 3]) {
    it(`ends, when it comes ${ticks} looks after the Service went over`, () => {
      const world = almostPromoted();
      world.run(ticks);
      world.deploy('v3');
      world.run(40);
      assert.equal(world.status?.phase, 'Healthy', world.status?.message);
      assert.equal(world.status.stableRS, hashOf('v3'));
      assert.equal(world.services.get('stable')?.selector[POD_TEMPLATE_HASH], hashOf('v3'));
    });

    it(`ends although stable cannot serve any more, when it comes ${ticks} looks after the Service went over`, () => {
      const world = almostPromoted();
      world.run(ticks);
      world.fail('v1');
      world.deploy('v3');
      world.run(40);
      assert.equal(world.status?.phase, 'Healthy', world.status?.message);
      assert.equal(world.status.stableRS, hashOf('v3'));
    });
  }
});
