import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { BOTH, leadsTo, serving } from './blue-green-world.ts';
import { checkEveryPass } from './random-happenings.ts';
import { routed } from './routed-strategy.ts';
import { hashOf, healthyWorld, type World } from './world.ts';

const SLO = { templates: [{ templateName: 'slo' }] };
const SERVICES = { stableService: 'stable', canaryService: 'canary' };

/** The share of the requests, in percent, that a routed world sends to this image. */
function shareOf(world: World, image: string): number {
  const weight = world.router?.written.weight ?? 0;
  const leads = (service: string): boolean => world.services.get(service)?.selector[POD_TEMPLATE_HASH] === hashOf(image);
  return (leads('canary') ? weight : 0) + (leads('stable') ? 100 - weight : 0);
}

describe('a promotion with a router', () => {
  it('takes back no share of the revision that it promotes (FL PR#1851)', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    const shares: number[] = [];
    checkEveryPass(world, () => shares.push(shareOf(world, 'v2')));
    world.until(() => world.status?.stableRS === hashOf('v2'));
    world.run(10);
    shares.push(shareOf(world, 'v2'));
    assert.deepEqual(
      shares,
      shares.toSorted((left, right) => left - right),
    );
    assert.deepEqual(
      [...new Set(shares)].filter((share) => [0, 20, 60, 100].includes(share)),
      [0, 20, 60, 100],
    );
  });
});

describe('a breach while stable has lost its pods', () => {
  it('leaves the canary its pods until stable serves again, by numbers of pods (AR#777)', () => {
    const world = healthyWorld({ strategy: { canary: { ...SERVICES, steps: [{ setWeight: 90 }, { analysis: SLO }] } } });
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    assert.ok((world.set('v2')?.availableReplicas ?? 0) >= 9);
    // A quarter of the pods may be missing.
    const enough = (): void => assert.ok(world.available() >= 8, `${world.available()} pods serve`);
    world.fail('v1');
    world.judgeAll('Failed');
    world.run(5, enough);
    assert.equal(world.status?.abort, true);
    world.broken.clear();
    world.until(() => world.size('v2') === 0 && world.set('v1')?.availableReplicas === 10, 100, enough);
  });

  it('leaves the canary its pods and its share until stable serves again, with a router (AR#777)', () => {
    const world = healthyWorld(routed({ steps: [{ setWeight: 50 }, { analysis: SLO }] }));
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    world.fail('v1');
    world.judgeAll('Failed');
    world.run(10, () => assert.deepEqual([world.set('v2')?.availableReplicas, shareOf(world, 'v2')], [5, 50]));
    assert.equal(world.status?.abort, true);
    world.broken.clear();
    world.until(() => shareOf(world, 'v2') === 0 && world.size('v2') === 0);
    assert.equal(world.set('v1')?.availableReplicas, 10);
  });
});

describe('an autoscaler during an analysis', () => {
  it('starts no analysis again: the run that was there goes on and judges (FL#634)', () => {
    const world = healthyWorld({ strategy: { canary: { ...SERVICES, analysis: SLO, steps: [{ setWeight: 20 }, { analysis: SLO }] } } });
    world.deploy('v2');
    world.until(() => world.runs.size === 2);
    const names = [...world.runs.keys()];
    for (const replicas of [12, 7, 15, 4, 10]) {
      world.change({ replicas });
      world.run(3);
      assert.equal(world.status?.currentStepIndex, 1);
    }
    assert.deepEqual([...world.runs.keys()], names);
    assert.ok([...world.runs.values()].every((run) => run.spec.terminate !== true));
    assert.equal(world.status?.attempts, undefined);
    world.judgeAll('Successful');
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual([...world.runs.keys()].toSorted(), names.toSorted());
  });
});

describe('an active revision whose pods crash while the next one is judged', () => {
  it('keeps the active Service, which never selects nothing, until the verdict (AR#4750)', () => {
    const world = serving(BOTH);
    world.deploy('v2');
    world.until(() => world.runs.size === 1);
    world.fail('v1');
    world.run(20, () => assert.equal(leadsTo(world, 'active'), 'v1'));
    assert.equal(world.runs.size, 1);
    world.judgeAll('Successful');
    world.until(
      () => leadsTo(world, 'active') === 'v2',
      100,
      () => assert.ok(leadsTo(world, 'active') !== undefined),
    );
  });
});
