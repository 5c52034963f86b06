import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QUARANTINED, STABLE_UNTIL } from '../../src/api/labels.ts';
import type { RolloutSpec } from '../../src/api/rollout.ts';
import { hashOf, healthyWorld, type World } from './world.ts';

const STEPS = [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }, { pause: {} }];
const CANARY = { stableService: 'stable', canaryService: 'canary', steps: STEPS, maxUnavailable: 0 };

function healthy(rollbackWindow: RolloutSpec['rollbackWindow'], more: Partial<typeof CANARY> & object = {}): World {
  return healthyWorld({ ...(rollbackWindow === undefined ? {} : { rollbackWindow }), strategy: { canary: { ...CANARY, ...more } } });
}

let id = 0;
function ask(world: World, verb: string, image: string): void {
  id += 1;
  world.annotations['sluice.dev/request'] = `${verb}:${hashOf(image)}@${id}`;
}

/** Deploys and promotes these images one after the other; a minute lies between two. */
function release(world: World, ...images: readonly string[]): void {
  for (const image of images) {
    world.tick(60);
    world.deploy(image);
    world.tick();
    ask(world, 'promote-full', image);
    world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf(image));
  }
}

function isStable(world: World, image: string): boolean {
  return world.status?.phase === 'Healthy' && world.status.stableRS === hashOf(image);
}

/** Every pass keeps replicas - maxUnavailable pods serving, and the stable Service on pods that are ready. */
function watchCapacity(world: World): void {
  assert.ok(world.available() >= 10, `${world.available()} pods serve`);
}

function loseStatus(world: World): void {
  world.status = undefined;
}

function explained(world: World): string {
  return world.plans.flatMap((plan) => plan.explain).join('\n');
}

/** Back to v1, with the capacity watched at every decision. */
function goBack(world: World): void {
  world.deploy('v1');
  world.until(
    () => isStable(world, 'v1'),
    30,
    () => watchCapacity(world),
  );
}

describe('a way back inside the rollback window by revisions', () => {
  it('skips steps and pauses, keeps the capacity, and says so', () => {
    const world = healthy({ revisions: 1 });
    release(world, 'v2');
    assert.equal(world.size('v1'), 0);
    goBack(world);
    assert.equal(world.status?.stableRS, hashOf('v1'));
    assert.equal(world.status?.fastRollback?.podTemplateHash, hashOf('v1'));
    assert.match(world.status?.fastRollback?.message ?? '', /0 revisions lie between, fewer than 1 may/);
    assert.match(explained(world), /goes back fast .*steps, pauses and analyses are skipped/);
    assert.equal(world.status?.revision, 3, 'the ordinal counts on');
  });

  it('takes the pods that still run of the revision to go back to', () => {
    const world = healthy({ revisions: 1 });
    world.tick(60);
    world.deploy('v2');
    world.tick();
    ask(world, 'promote-full', 'v2');
    world.until(() => world.status?.stableRS === hashOf('v2'), 40);
    world.sets.delete('none');
    assert.ok(world.size('v1') + world.size('v2') >= 10);
    goBack(world);
    assert.equal(world.status?.stableRS, hashOf('v1'));
  });

  it('walks the steps when too many revisions lie between', () => {
    const world = healthy({ revisions: 1 });
    release(world, 'v2', 'v3');
    world.deploy('v1');
    world.until(() => world.status?.phase === 'Paused');
    assert.equal(world.status?.currentStepIndex, 1);
    assert.equal(world.status?.fastRollback, undefined);
    assert.match(
      explained(world),
      /goes back outside the rollback window \(1 revision lies between, fewer than 1 may\): its steps are walked/,
    );
  });

  it('counts the ReplicaSets between the two by their creation, whatever their ordinals are', () => {
    const world = healthy({ revisions: 2 });
    release(world, 'v2', 'v3', 'v4');
    world.deploy('v2');
    world.until(() => isStable(world, 'v2'), 30);
    assert.equal(world.status?.revision, 5);
    world.tick(60);
    world.deploy('v4');
    world.run(4);
    assert.equal(world.status?.phase, 'Paused', 'forward again is a release like any other: v4 is newer than v2');
  });

  it('runs no analysis, neither of a step nor in the background', () => {
    const templates = [{ templateName: 'slo' }];
    const analysed = { steps: [{ setWeight: 20 }, { analysis: { templates } }], analysis: { templates } };
    const world = healthy({ revisions: 1 }, analysed as object);
    release(world, 'v2');
    const runs = world.runs.size;
    world.deploy('v1');
    world.until(() => isStable(world, 'v1'), 30);
    assert.equal(world.runs.size, runs);
  });

  it('has no effect without a window', () => {
    const world = healthy(undefined);
    release(world, 'v2');
    world.deploy('v1');
    world.run(5);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.status?.currentStepIndex, 1);
  });

  it('never brings a quarantined revision back', () => {
    const templates = [{ templateName: 'slo' }];
    const world = healthy({ revisions: 3 }, { steps: [{ setWeight: 20 }, { analysis: { templates } }] } as object);
    world.tick(60);
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Failed');
    world.run(5);
    assert.ok(world.set('v2')?.annotations[QUARANTINED] !== undefined);
    release(world, 'v3');
    world.deploy('v2');
    world.run(5);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.size('v2'), 0);
  });

  it('is held by the pauses of people, and taken back by an abort; a retry goes back again', () => {
    const world = healthy({ revisions: 1 });
    release(world, 'v2');
    world.change({ paused: true });
    world.deploy('v1');
    world.run(10);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.status?.stableRS, hashOf('v2'));
    world.change({ paused: false });
    world.annotations['sluice.dev/abort'] = `${hashOf('v1')}@1`;
    world.run(10);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.fastRollback, undefined);
    assert.equal(world.size('v2'), 10);
    ask(world, 'retry', 'v1');
    world.until(() => isStable(world, 'v1'), 30);
    assert.equal(world.status?.stableRS, hashOf('v1'));
  });

  it('goes on when the steps are edited on the way', () => {
    const world = healthy({ revisions: 1 });
    release(world, 'v2');
    world.broken.add('v1');
    world.deploy('v1');
    world.run(3);
    world.change({ strategy: { canary: { ...CANARY, steps: [{ setWeight: 10 }, { pause: {} }, ...STEPS] } } });
    world.run(2);
    assert.equal(world.status?.currentStepIndex, 6);
    assert.ok(world.available() >= 10);
    world.broken.delete('v1');
    world.until(() => isStable(world, 'v1'), 30);
  });
});

describe('a way back inside the rollback window by time', () => {
  it('is fast while the revision was stable within that time, and no longer', () => {
    const soon = healthy({ duration: '10m' });
    release(soon, 'v2', 'v3');
    soon.deploy('v1');
    soon.until(() => isStable(soon, 'v1'), 30);
    assert.match(soon.status?.fastRollback?.message ?? '', /^it was stable until 2026-01-01T00:\d\d:\d\dZ, the window is 10m$/);
    const late = healthy({ duration: '10m' });
    release(late, 'v2', 'v3');
    late.tick(600);
    late.deploy('v1');
    late.run(5);
    assert.equal(late.status?.phase, 'Paused');
    assert.match(explained(late), /goes back outside the rollback window \(it was stable until/);
  });

  it('is not fast for a revision that never was stable', () => {
    const world = healthy({ duration: '10m' });
    world.tick(60);
    world.deploy('v2');
    world.run(3);
    release(world, 'v3');
    world.deploy('v2');
    world.run(5);
    assert.equal(world.status?.phase, 'Paused');
    assert.match(explained(world), /it is not known to have been stable/);
  });

  it('needs both when revisions are given as well', () => {
    const world = healthy({ duration: '10m', revisions: 1 });
    release(world, 'v2', 'v3');
    world.deploy('v1');
    world.run(5);
    assert.equal(world.status?.phase, 'Paused', 'v2 lies between');
    world.deploy('v2');
    world.until(() => isStable(world, 'v2'), 30);
  });

  it('is still known when status was lost: the scale-down of the ReplicaSet carried the time', () => {
    const world = healthy({ duration: '10m' });
    release(world, 'v2');
    assert.match(world.set('v1')?.annotations[STABLE_UNTIL] ?? '', /^2026-/);
    loseStatus(world);
    world.run(2);
    assert.equal(world.status?.formerlyStable?.[0]?.podTemplateHash, hashOf('v1'));
    world.deploy('v1');
    world.until(() => isStable(world, 'v1'), 30);
    assert.ok(world.status?.fastRollback !== undefined);
  });

  it('costs no write of its own', () => {
    const world = healthy({ duration: '10m' });
    release(world, 'v2');
    const marks = world.plans.flatMap((plan) => plan.actions).filter((action) => action.type === 'annotateReplicaSet');
    assert.deepEqual(marks, []);
  });

  it('remembers twenty revisions at most, and none whose ReplicaSet is gone', () => {
    const world = healthy({ duration: '10m' });
    world.change({ revisionHistoryLimit: 2 });
    release(world, ...Array.from({ length: 6 }, (_, index) => `w${index}`));
    assert.ok((world.status?.formerlyStable?.length ?? 0) <= 4);
    assert.ok(world.status?.formerlyStable?.every((entry) => entry.podTemplateHash !== world.status?.stableRS));
  });
});

describe('the end of a release in status.duration', () => {
  it('is FastRolledBack for a return to stable in the middle, with the start of the release', () => {
    const world = healthy(undefined);
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    const start = world.status?.duration?.rolloutStartedAt;
    world.deploy('v1');
    world.until(() => isStable(world, 'v1'), 30);
    assert.equal(world.status?.duration?.completionStatus, 'FastRolledBack');
    assert.equal(world.status?.duration?.rolloutStartedAt, start);
    assert.ok(world.status?.duration?.finishedAt !== undefined);
  });

  for (const [name, between, status] of [
    ['FastRolledBack for a way back inside the window in the middle of a release', ['v2'], 'FastRolledBack'],
    ['RolledBack for one outside the window', ['v2', 'v3'], 'RolledBack'],
  ] as const) {
    it(`is ${name}`, () => {
      const world = healthy({ revisions: 1 });
      release(world, ...between);
      world.tick(60);
      world.deploy('v9');
      world.until(() => world.status?.phase === 'Paused');
      const start = world.status?.duration?.rolloutStartedAt;
      world.deploy('v1');
      world.run(3);
      ask(world, 'promote-full', 'v1');
      world.until(() => isStable(world, 'v1'), 40);
      assert.equal(world.status?.duration?.completionStatus, status);
      assert.equal(world.status?.duration?.rolloutStartedAt, start);
    });
  }

  it('is Superseded, said in words, when another revision comes in the middle; the new one has its own start', () => {
    const world = healthy(undefined);
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.tick(60);
    const start = world.status?.duration?.rolloutStartedAt ?? '';
    world.deploy('v3');
    world.run(2);
    assert.ok((world.status?.duration?.rolloutStartedAt ?? '') > start);
    assert.match(explained(world), new RegExp(`the release of ${hashOf('v2')} that started at ${start} ends: Superseded`));
  });

  it('is Aborted for an aborted way back, and stays as it was when nothing is under way any more', () => {
    const world = healthy({ revisions: 1 });
    release(world, 'v2', 'v3');
    world.deploy('v1');
    world.run(3);
    world.annotations['sluice.dev/abort'] = `${hashOf('v1')}@1`;
    world.run(3);
    assert.equal(world.status?.duration?.completionStatus, 'Aborted');
    world.deploy('v3');
    world.until(() => isStable(world, 'v3'), 30);
    const ended = world.status?.duration;
    world.change({ paused: true });
    world.tick(60);
    assert.deepEqual(world.status?.duration, ended, 'a pause at rest belongs to no release');
  });
});
