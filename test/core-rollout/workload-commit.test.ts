import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { template, World } from './world.ts';

const STEPS = [{ setWeight: 20 }, { pause: {} }];

/** A Rollout whose template stands in a Deployment. */
function worldOf(image: string): World {
  const world = new World({ strategy: { canary: { steps: STEPS } } });
  const { template: _template, ...spec } = world.spec;
  world.spec = { ...spec, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' } };
  bring(world, image);
  return world;
}

/** The Deployment gets this image. */
function bring(world: World, image: string): void {
  world.workload = {
    state: 'Found',
    workload: {
      kind: 'Deployment',
      name: 'checkout',
      uid: 'uid-d',
      resourceVersion: image,
      generation: 1,
      deleting: false,
      template: template(image),
      selector: undefined,
      replicas: 0,
      availableReplicas: 0,
      statusCurrent: true,
    },
  };
}

/** A commit that changes the Rollout too has been applied up to the Deployment. */
function halfApplied(world: World): void {
  world.source = { ...world.source, incomplete: { gitSync: 'shop', commit: 'c2' } };
}

function settled(): World {
  const world = worldOf('v1');
  world.until(() => world.status?.phase === 'Healthy');
  return world;
}

function reasonOf(world: World, type: string): string | undefined {
  return world.status?.conditions?.find((one) => one.type === type)?.reason;
}

describe('a template of a workload whose commit is there only in part', () => {
  it('is not started under the spec of the commit before, however long, and starts with the rest', () => {
    const world = settled();
    const before = world.status?.currentPodHash;
    halfApplied(world);
    bring(world, 'v2');
    world.run(60);
    assert.equal(world.status?.currentPodHash, before);
    assert.equal(world.sets.size, 1);
    assert.deepEqual([reasonOf(world, 'Ready'), reasonOf(world, 'ConfigAvailable')], ['CommitIncomplete', 'CommitIncomplete']);
    world.source = { ...world.source, incomplete: undefined };
    world.tick();
    assert.equal(world.status?.revision, 2);
    assert.equal(reasonOf(world, 'ConfigAvailable'), undefined);
  });

  it('is stable again at once when it is the former one: a restore takes the traffic back before all of it is applied', () => {
    const world = settled();
    const stable = world.status?.stableRS;
    bring(world, 'v2');
    world.until(() => world.status?.phase === 'Paused');
    halfApplied(world);
    bring(world, 'v1');
    world.tick();
    assert.equal(world.status?.currentPodHash, stable);
  });

  it('leaves the current revision its ReplicaSet, which is made again when somebody deletes it', () => {
    const world = settled();
    bring(world, 'v2');
    world.until(() => world.status?.phase === 'Paused');
    halfApplied(world);
    const current = world.status?.currentPodHash ?? '';
    world.sets.delete([...world.sets].find(([, set]) => set.view.hash === current)?.[0] ?? '');
    assert.equal(world.sets.size, 1);
    world.run(5);
    assert.equal(world.sets.size, 2);
    assert.equal(world.status?.currentPodHash, current);
  });

  it('is started when nothing was there before', () => {
    const world = worldOf('v1');
    halfApplied(world);
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.sets.size, 1);
  });
});
