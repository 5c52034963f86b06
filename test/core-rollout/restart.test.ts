import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RolloutSpec } from '../../src/api/rollout.ts';
import { formatInstant, instant } from '../../src/api/time.ts';
import { hashOf, healthyWorld, template, World } from './world.ts';

const STEPS = [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }];
const CANARY = { stableService: 'stable', canaryService: 'canary', steps: STEPS };

function healthy(canary: Partial<NonNullable<RolloutSpec['strategy']['canary']>> = {}, spec: Partial<RolloutSpec> = {}): World {
  const world = healthyWorld({ strategy: { canary: { ...CANARY, ...canary } }, ...spec });
  world.tick(60);
  return world;
}

function ask(world: World, request: string): string {
  world.annotations['sluice.dev/request'] = request;
  world.pass();
  return `${world.status?.requestOutcome?.outcome} ${world.status?.requestOutcome?.reason}`;
}

function restarted(world: World): boolean {
  return world.status?.restart === undefined && world.status?.restartedAt !== undefined && world.status.phase !== 'Progressing';
}

/** Ticks until the restart is done; what serves is looked at after every pass. */
function untilRestarted(world: World, least: number, most: number): void {
  world.until(
    () => restarted(world),
    200,
    () => {
      const size = [...world.sets.values()].reduce((sum, set) => sum + set.view.specReplicas, 0);
      assert.ok(world.available() >= least, `${world.available()} pods serve where ${least} have to`);
      assert.ok(size <= most, `${size} pods are asked for where ${most} may be`);
    },
  );
  const at = Date.parse(world.status?.restartedAt ?? '');
  assert.ok(world.pods.oldest() >= at, 'no pod is older');
}

describe('restart by request', () => {
  it('replaces every pod, within maxUnavailable, and says when it is done', () => {
    const world = healthy({ maxSurge: 0, maxUnavailable: 2 });
    assert.equal(ask(world, 'restart@1'), 'Executed Executed');
    world.tick();
    assert.equal(world.status?.phase, 'Progressing');
    assert.match(
      world.status?.message ?? '',
      /; restart: \d+ pods of revision 1 created before 2026-\S+Z are replaced; Degraded at \S+ without progress since \S+$/,
    );
    untilRestarted(world, 8, 10);
    assert.equal(world.pods.evicted.length, 10);
    assert.equal(world.status?.phase, 'Healthy');
    assert.equal(world.status?.revision, 1, 'a restart is no new revision');
  });

  it('takes more pods meanwhile when none may be missing', () => {
    const world = healthy({ maxSurge: 2, maxUnavailable: 0 });
    ask(world, 'restart@1');
    untilRestarted(world, 10, 12);
    assert.equal(world.size('v1'), 10);
  });

  it('replaces one at a time when neither more nor less is allowed', () => {
    const world = healthy({ maxSurge: '1%', maxUnavailable: 0 }, { replicas: 1 });
    ask(world, 'restart@1');
    untilRestarted(world, 1, 2);
    const none = healthy({ maxSurge: 0, maxUnavailable: '1%' });
    ask(none, 'restart@1');
    untilRestarted(none, 9, 10);
  });

  it('waits for a disruption budget, says what it says, and then tries with more pods', () => {
    const world = healthy({ maxSurge: 1, maxUnavailable: 1 });
    world.pods.budget = 'The disruption budget shop needs 10 healthy pods and has 10 currently';
    ask(world, 'restart@1');
    world.tick();
    assert.match(
      world.status?.message ?? '',
      /the eviction of pod-\d+ is refused since 2026-\S+Z: The disruption budget shop needs 10 healthy/,
    );
    assert.equal(world.size('v1'), 10);
    assert.deepEqual(world.pods.evicted, []);
    world.run(5);
    assert.equal(world.size('v1'), 11, 'for half a minute it said no: one more pod may change that');
    world.run(100);
    assert.equal(world.status?.phase, 'Progressing', 'waiting for a budget is no lack of progress');
    world.pods.budget = undefined;
    untilRestarted(world, 9, 11);
    assert.equal(world.size('v1'), 10);
  });

  it('neither writes nor asks in vain while a budget says no', () => {
    const world = healthy({ maxSurge: 0, maxUnavailable: 1 });
    world.pods.budget = 'no';
    ask(world, 'restart@1');
    world.run(3);
    const before = world.plans.length;
    const status = world.status;
    world.run(30);
    const plans = world.plans.slice(before);
    const asked = plans.flatMap((plan) => plan.actions).length;
    assert.ok(asked <= 11, `${asked} evictions asked for in five minutes`);
    assert.equal(plans.filter((plan) => plan.status !== status).length, 0, 'the same status, not written again');
  });

  it('replaces pods that serve nobody first, and does not count them', () => {
    const world = healthy({ maxSurge: 0, maxUnavailable: 1 });
    world.fail('v1');
    world.run(2);
    ask(world, 'restart@1');
    world.pass();
    assert.equal(world.pods.evicted.length, 10, 'nobody misses them');
    world.broken.delete('v1');
    world.until(() => restarted(world));
  });

  it('comes later when a duration says so', () => {
    const world = healthy();
    assert.equal(ask(world, 'restart=soon@1'), 'Refused Malformed');
    assert.equal(ask(world, 'restart=10m@2'), 'Executed Executed');
    const plan = world.pass();
    assert.ok(plan.requeueAt !== undefined && plan.requeueAt <= world.now + 601_000);
    world.run(20);
    assert.deepEqual(world.pods.evicted, []);
    assert.equal(world.status?.phase, 'Healthy');
    world.run(45);
    untilRestarted(world, 8, 13);
    assert.equal(world.pods.evicted.length, 10);
  });

  it('is asked for again while one is under way: the later point in time counts', () => {
    const world = healthy({ maxSurge: 0, maxUnavailable: 1 });
    ask(world, 'restart@1');
    world.run(4);
    ask(world, 'restart@2');
    untilRestarted(world, 9, 10);
    assert.ok(world.pods.evicted.length > 10);
  });

  it('follows a size that changes on the way, and none at all', () => {
    const world = healthy({ maxSurge: 1, maxUnavailable: 0 });
    ask(world, 'restart@1');
    world.run(3);
    world.change({ replicas: 4 });
    world.run(3);
    world.change({ replicas: 6 });
    world.until(() => restarted(world));
    assert.equal(world.size('v1'), 6);
    ask(world, 'restart@2');
    world.run(2);
    world.change({ replicas: 0 });
    world.until(() => restarted(world));
    assert.equal(world.size('v1'), 0);
  });
});

describe('spec.restartAt', () => {
  it('restarts once its time has come, and only once', () => {
    const world = healthy({ maxSurge: 0, maxUnavailable: 2 });
    const restartAt = formatInstant(instant(world.now + 120_000));
    world.change({ restartAt });
    world.run(5);
    assert.deepEqual(world.pods.evicted, []);
    world.run(10);
    untilRestarted(world, 8, 10);
    assert.equal(world.status?.restartedAt, restartAt, 'as it stands in the spec');
    const evicted = world.pods.evicted.length;
    world.run(60);
    assert.equal(world.pods.evicted.length, evicted);
  });

  it('of the past does nothing to pods that are younger', () => {
    const world = new World({ strategy: { canary: CANARY }, restartAt: '2025-01-01T00:00:00Z' });
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual(world.pods.evicted, []);
    assert.equal(world.status?.restartedAt, '2025-01-01T00:00:00Z');
  });

  it('is found done again when status was lost', () => {
    const world = healthy({ maxSurge: 0, maxUnavailable: 2 });
    world.change({ restartAt: formatInstant(world.now) });
    untilRestarted(world, 8, 10);
    const evicted = world.pods.evicted.length;
    world.status = undefined;
    world.run(5);
    assert.equal(world.pods.evicted.length, evicted);
    assert.equal((world.status as World['status'])?.phase, 'Healthy');
  });
});

describe('a restart in the middle of a release', () => {
  function paused(canary: Partial<NonNullable<RolloutSpec['strategy']['canary']>>): World {
    const world = healthy(canary);
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.tick(60);
    return world;
  }

  it('replaces the pods of stable first, then those of the canary, and leaves step and pause alone', () => {
    const world = paused({ maxSurge: 0, maxUnavailable: 2 });
    ask(world, `restart:${hashOf('v2')}@1`);
    const order: (string | undefined)[] = [];
    world.until(
      () => world.status?.restart === undefined,
      200,
      () => {
        order.push(world.status?.restart?.podTemplateHash);
        assert.ok(world.available() >= 8);
      },
    );
    const turns = order.filter((hash, index) => hash !== undefined && hash !== order[index - 1]);
    assert.deepEqual(turns, [hashOf('v1'), hashOf('v2')]);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.status?.currentStepIndex, 1);
    assert.equal(world.pods.evicted.length, 10);
  });

  it('with more pods meanwhile lets the next step begin, and gives way to the end', () => {
    const world = paused({ maxSurge: 1, maxUnavailable: 0 });
    ask(world, 'restart@1');
    world.run(2);
    ask(world, `promote:${hashOf('v2')}@2`);
    world.until(
      () => world.status?.stableRS === hashOf('v2') && world.status.phase === 'Healthy',
      300,
      () => assert.ok(world.available() >= 10),
    );
    assert.equal(world.size('v2'), 10);
    assert.ok(world.pods.oldest() >= Date.parse(world.status?.restartedAt ?? ''));
  });

  it('never blocks a release whose steps move on while a budget says no (AR#4839)', () => {
    const world = paused({ maxSurge: 1, maxUnavailable: 0 });
    world.pods.budget = 'no';
    ask(world, 'restart@1');
    world.run(5);
    ask(world, `promote-full:${hashOf('v2')}@2`);
    world.until(() => world.status?.stableRS === hashOf('v2'), 300);
  });

  it('ends with a new template, whose pods are new anyway', () => {
    const world = paused({ maxSurge: 0, maxUnavailable: 1 });
    ask(world, 'restart@1');
    world.run(2);
    const at = world.status?.restart?.requestedAt;
    world.deploy('v3');
    world.run(1);
    assert.equal(world.status?.restart, undefined);
    assert.equal(world.status?.restartedAt, at);
    world.until(() => world.status?.phase === 'Paused');
  });

  it('and a new template in one edit is the release alone', () => {
    const world = healthy();
    world.change({ template: template('v2'), restartAt: formatInstant(world.now) });
    world.until(() => world.status?.phase === 'Paused');
    assert.deepEqual(world.pods.evicted, []);
    assert.equal(world.status?.restart, undefined);
  });

  it('restarts stable after an abort, and not the pods that are on their way out', () => {
    const world = paused({ maxSurge: 0, maxUnavailable: 2 });
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.run(6);
    assert.equal(ask(world, 'restart@1'), 'Executed Executed');
    world.until(
      () => world.status?.restart === undefined,
      100,
      () => assert.ok(world.available() >= 8),
    );
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.size('v2'), 0);
  });
});
