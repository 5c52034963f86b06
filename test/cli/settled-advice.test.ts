import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatInstant, instant } from '../../src/api/time.ts';
import { healthyWorld } from '../core-rollout/world.ts';
import { adviceOn } from './advice-on.ts';

const SERVICES = { stableService: 'stable', canaryService: 'canary' };

describe('what is said of a Rollout while nothing is under test', () => {
  it('counts down to a restart that is planned, by request or in the manifest', () => {
    const world = healthyWorld({ strategy: { canary: { ...SERVICES, steps: [] } } });
    world.annotations['sluice.dev/request'] = 'restart=10m@1';
    world.tick();
    assert.equal(world.status?.phase, 'Healthy');
    assert.match(world.status?.requestOutcome?.message ?? '', /^begins at \S+Z: pods created before \S+ are replaced/u);
    const asked = adviceOn(world);
    assert.match(asked.waits, /^the restart to begin in 1?[09]m\S*, at \S+Z, since \w+; ends by itself$/u);
    assert.match(asked.can, /^restart now: kubectl sluice restart checkout -n shop$/u);
    const written = healthyWorld({
      strategy: { canary: { ...SERVICES, steps: [] } },
      restartAt: formatInstant(instant(world.now + 86_400_000)),
    });
    assert.match(adviceOn(written).waits, /^the restart to begin in \d+h\S*, at \S+Z; ends by itself$/u);
  });

  it('counts pods that are more than wanted as leaving, not as serving', () => {
    const world = healthyWorld({ replicas: 5, strategy: { canary: { ...SERVICES, steps: [] } } });
    world.change({ replicas: 3 });
    world.pass();
    assert.match(world.status?.message ?? '', /^3 of 3 pods of revision 1 serve, 2 more than wanted, pending termination/u);
  });
});
