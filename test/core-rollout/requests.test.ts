import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashOf, healthyWorld, type World } from './world.ts';

const STEPS = [
  { setWeight: 20 },
  { pause: {} },
  { setWeight: 50 },
  { analysis: { templates: [{ templateName: 'slo' }] } },
  { setWeight: 80 },
];

function pausedWorld(): World {
  const world = healthyWorld({ strategy: { canary: { stableService: 'stable', canaryService: 'canary', steps: STEPS } } });
  world.deploy('v2');
  world.applied('c2');
  world.until(() => world.status?.phase === 'Paused');
  return world;
}

function ask(world: World, request: string): NonNullable<NonNullable<World['status']>['requestOutcome']> {
  world.annotations['sluice.dev/request'] = request;
  world.pass();
  assert.equal(world.status?.lastHandledRequest, request);
  const outcome = world.status?.requestOutcome;
  assert.ok(outcome !== undefined);
  return outcome;
}

function abort(world: World, id = '1'): void {
  world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@${id}`;
  world.run(6);
}

describe('requests of people', () => {
  it('resume ends an endless pause', () => {
    const world = pausedWorld();
    assert.equal(ask(world, 'resume@1').outcome, 'Executed');
    assert.equal(world.status?.currentStepIndex, 2);
  });

  it('pause holds the steps but not the sizes, and resume takes the pause back', () => {
    const world = pausedWorld();
    ask(world, `pause:${hashOf('v2')}@1`);
    ask(world, `skip-step:${hashOf('v2')}@2`);
    world.run(5);
    ask(world, 'pause@3');
    const index = world.status?.currentStepIndex;
    world.change({ replicas: 20 });
    world.run(5);
    assert.equal(world.status?.currentStepIndex, index);
    assert.equal(world.size('v1') + world.size('v2'), 20);
    assert.equal(ask(world, 'resume@4').outcome, 'Executed');
    assert.equal(ask(world, 'resume@5').reason, 'NotPaused');
  });

  it('spec.paused leaves a new revision without pods until it is over', () => {
    const world = healthyWorld({ strategy: { canary: { steps: STEPS } } });
    world.change({ paused: true });
    world.tick();
    assert.equal(world.status?.phase, 'Paused', 'also while nothing is under test, as in Argo Rollouts');
    world.deploy('v2');
    world.run(10);
    assert.equal(world.status?.currentStepIndex, 0);
    assert.deepEqual([world.size('v1'), world.size('v2')], [10, 0]);
    assert.equal(world.status?.phase, 'Paused');
    world.change({ paused: false });
    world.run(10);
    assert.equal(world.size('v2'), 2);
  });

  it('spec.paused in the middle of a step keeps its weight, also when the whole is scaled', () => {
    const world = pausedWorld();
    world.change({ paused: true, replicas: 20 });
    world.run(20);
    assert.deepEqual([world.size('v1'), world.size('v2')], [16, 4]);
    assert.equal(world.status?.currentStepIndex, 1);
  });

  it('spec.paused stops an update without steps where it is, and lets it be scaled', () => {
    const world = healthyWorld({ strategy: { canary: { maxSurge: 1, maxUnavailable: 0 } } });
    world.deploy('v2');
    world.until(() => world.size('v2') === 3);
    world.change({ paused: true });
    world.run(20);
    assert.deepEqual([world.size('v1'), world.size('v2')], [7, 3]);
    world.change({ paused: true, replicas: 12 });
    world.run(20);
    assert.deepEqual([world.size('v1'), world.size('v2')], [9, 3]);
    world.change({ paused: false });
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual([world.size('v1'), world.size('v2')], [0, 12]);
  });

  it('promote leaves the step, promote-full and skip-step likewise, and all three need the hash', () => {
    const world = pausedWorld();
    for (const verb of ['promote', 'promote-full', 'skip-step']) {
      assert.equal(ask(world, `${verb}@${verb}`).reason, 'HashMissing');
      assert.equal(ask(world, `${verb}:other@${verb}`).reason, 'StaleRequest');
    }
    assert.equal(ask(world, `promote:${hashOf('v2')}@1`).outcome, 'Executed');
    assert.equal(world.status?.currentStepIndex, 2);
    assert.equal(ask(world, `skip-step=7:${hashOf('v2')}@2`).reason, 'StaleRequest');
    assert.equal(ask(world, `skip-step=2:${hashOf('v2')}@3`).outcome, 'Executed');
    assert.equal(world.status?.currentStepIndex, 3);
    assert.equal(ask(world, `promote-full:${hashOf('v2')}@4`).outcome, 'Executed');
    world.until(() => world.status?.phase === 'Healthy');
    assert.ok(
      [...world.runs.values()].every((run) => run.spec.terminate === true),
      'analyses are ended, not awaited',
    );
    assert.equal(world.status?.duration?.completionStatus, 'FastPromoted');
    assert.equal(world.status?.promoteFull, undefined);
  });

  it('promote-full waits for capacity before stable goes', () => {
    const world = pausedWorld();
    world.broken.add('v2');
    ask(world, `promote-full:${hashOf('v2')}@1`);
    world.run(20);
    assert.ok(world.available() >= 8);
    assert.notEqual(world.status?.stableRS, hashOf('v2'));
    assert.equal(world.selected('stable'), hashOf('v1'));
  });

  it('handles each request once, and a request that replaces another as well', () => {
    const world = pausedWorld();
    ask(world, `promote:${hashOf('v2')}@1`);
    const index = world.status?.currentStepIndex;
    world.pass();
    world.pass();
    assert.equal(world.status?.currentStepIndex, index);
    assert.equal(ask(world, `skip-step:${hashOf('v2')}@2`).outcome, 'Executed');
    assert.equal(world.status?.currentStepIndex, (index ?? 0) + 1);
  });

  it('refuses what is malformed, unknown or not supported, with the wording to use', () => {
    const world = pausedWorld();
    assert.equal(ask(world, 'promote').reason, 'Malformed');
    assert.match(world.status?.requestOutcome?.message ?? '', /<verb>/);
    assert.equal(ask(world, 'jump@1').reason, 'UnknownVerb');
    assert.equal(ask(world, 'restart=often@1').reason, 'Malformed');
    const long = `promote:${'x'.repeat(2000)}`;
    world.annotations['sluice.dev/request'] = long;
    world.pass();
    const plan = world.pass();
    assert.equal(
      plan.explain.some((line) => line.startsWith('request')),
      false,
      'handled once, however long',
    );
  });

  it('acknowledges, but does not execute, what it finds on an object without status', () => {
    const world = pausedWorld();
    world.status = undefined;
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.annotations['sluice.dev/request'] = `promote-full:${hashOf('v2')}@1`;
    world.run(3);
    const status = world.status as World['status'];
    assert.equal(status?.requestOutcome?.outcome, 'Acknowledged');
    assert.equal(status?.abort, undefined);
    assert.equal(status?.promoteFull, undefined);
    assert.equal(status?.stableRS, hashOf('v1'));
  });

  it('abort brings weight 0, is idempotent, and neither quarantines nor writes Git', () => {
    const world = pausedWorld();
    abort(world);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.conditions?.[1]?.reason, 'RolloutAborted');
    assert.equal(world.size('v2'), 0);
    assert.equal(world.status?.quarantine, undefined);
    assert.equal(world.status?.rollback, undefined);
    const at = world.status?.abortedAt;
    abort(world, '2');
    assert.equal(world.status?.abortedAt, at);
    assert.equal(world.status?.requestOutcome?.reason, 'AlreadyAborted');
    assert.match(world.status?.message ?? '', /requested by a person/);
    assert.equal(world.status?.duration?.completionStatus, 'Aborted');
  });

  it('abort on a healthy rollout is acknowledged and does nothing', () => {
    const world = healthyWorld({ strategy: { canary: { steps: STEPS } } });
    world.annotations['sluice.dev/abort'] = `${hashOf('v1')}@1`;
    const plan = world.pass();
    assert.deepEqual(plan.actions, []);
    assert.equal(world.status?.requestOutcome?.outcome, 'Acknowledged');
    assert.equal(world.status?.phase, 'Healthy');
    assert.equal(world.status?.abort, undefined);
  });

  it('abort beats a promote and a retry that come at the same time, and one that comes after', () => {
    for (const verb of ['promote-full', 'retry', 'skip-step']) {
      const world = pausedWorld();
      world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
      world.annotations['sluice.dev/request'] = `${verb}:${hashOf('v2')}@1`;
      world.run(5);
      assert.equal(world.status?.abort, true, verb);
      assert.equal(world.status?.requestOutcome?.outcome, 'Refused', verb);
      assert.equal(ask(world, `promote-full:${hashOf('v2')}@2`).reason, 'Aborted');
    }
  });

  it('abort takes back even a promote-full that is under way', () => {
    const world = pausedWorld();
    world.broken.add('v2');
    ask(world, `promote-full:${hashOf('v2')}@1`);
    world.run(3);
    abort(world);
    assert.equal(world.status?.abort, true);
    assert.equal(world.size('v2'), 0);
    assert.equal(world.size('v1'), 10);
  });

  it('retry starts an aborted revision again, lifts the quarantine and gives new names to its runs', () => {
    const world = pausedWorld();
    ask(world, 'resume@1');
    world.until(() => world.runs.size > 0);
    const first = [...world.runs.keys()][0] ?? '';
    world.verdict(first, 'Failed');
    world.run(8);
    assert.equal(world.set('v2')?.annotations['sluice.dev/quarantined'] !== undefined, true);
    assert.equal(ask(world, `retry:${hashOf('v2')}@2`).outcome, 'Executed');
    assert.equal(world.status?.rollback?.state, 'Superseded');
    world.run(4);
    assert.equal(world.status?.quarantine, undefined);
    assert.equal(world.set('v2')?.annotations['sluice.dev/quarantined'], undefined);
    ask(world, 'resume@3');
    world.until(() => world.runs.has(`${first}.1`));
    assert.equal(world.status?.currentStepIndex, 3, 'the old verdict does not count');
    world.verdict(`${first}.1`, 'Failed');
    world.run(2);
    assert.equal(world.status?.rollback?.state, 'Intent', 'nothing was pushed for the first one');
  });

  it('retry is refused when nothing was aborted', () => {
    const world = pausedWorld();
    assert.equal(ask(world, `retry:${hashOf('v2')}@1`).reason, 'NotAborted');
  });

  it('never asks twice for a restore that was pushed', () => {
    const world = pausedWorld();
    ask(world, 'resume@1');
    world.until(() => world.runs.size > 0);
    const first = [...world.runs.keys()][0] ?? '';
    world.verdict(first, 'Failed');
    world.run(4);
    assert.ok(world.status?.rollback !== undefined);
    world.status = { ...world.status, rollback: { ...world.status.rollback, state: 'Pushed', commit: 'c3' } };
    ask(world, `retry:${hashOf('v2')}@2`);
    world.run(4);
    ask(world, 'resume@3');
    world.until(() => world.runs.has(`${first}.1`));
    world.verdict(`${first}.1`, 'Failed');
    world.run(4);
    assert.equal(world.status?.rollback?.state, 'Pushed');
  });
});
