import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RolloutSpec } from '../../src/api/rollout.ts';
import { hashOf, healthyWorld, template, World } from './world.ts';

const TEMPLATES = [{ templateName: 'slo' }];
const CANARY = { stableService: 'stable', canaryService: 'canary', steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }] };

function released(spec: Partial<RolloutSpec>, broken = true): World {
  const world = healthyWorld({ strategy: { canary: CANARY }, progressDeadlineSeconds: 60, ...spec });
  if (broken) world.broken.add('v2');
  world.deploy('v2');
  world.tick();
  return world;
}

function progressing(world: World): { readonly status: string; readonly reason: string; readonly message: string } {
  const condition = world.status?.conditions?.find((one) => one.type === 'Progressing');
  assert.ok(condition !== undefined);
  return condition;
}

describe('progressDeadlineSeconds with progressDeadlineAbort', () => {
  it('aborts to stable, with a cause that names the deadline and its end; no quarantine, no restore', () => {
    const world = released({ progressDeadlineAbort: true, rollback: { onFailure: 'Revert' } });
    world.applied('c2');
    world.run(12);
    assert.equal(world.status?.abort, true);
    assert.equal(world.status?.phase, 'Degraded');
    assert.match(world.status?.message ?? '', /no progress for 60s: progressDeadlineSeconds ended at 2026-\S+Z; step 1 of 3, weight 20/);
    assert.match(world.status?.message ?? '', /retry it, or change the template$/);
    assert.equal(progressing(world).reason, 'RolloutAborted');
    assert.equal(world.status?.quarantine, undefined);
    assert.equal(world.status?.rollback, undefined);
    assert.equal(world.size('v1'), 10);
    assert.equal(world.size('v2'), 0);
    assert.deepEqual(
      world.events.filter((reason) => reason === 'RolloutAborted'),
      ['RolloutAborted'],
    );
  });

  it('leaves a release alone that makes progress after all', () => {
    const world = released({ progressDeadlineAbort: true });
    world.run(4);
    world.broken.delete('v2');
    world.run(5);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.status?.abort, undefined);
  });

  it('sees the progress that comes between the deadline and the abort', () => {
    const world = released({ progressDeadlineAbort: true });
    while (world.plans.at(-1)?.status.phase !== 'Degraded') {
      world.now = (world.now + 1000) as World['now'];
      world.pass();
    }
    world.broken.delete('v2');
    world.tick();
    assert.equal(world.status?.abort, undefined);
    assert.notEqual(world.status?.phase, 'Degraded');
  });

  it('counts neither pauses nor waiting for a verdict', () => {
    const steps = [{ setWeight: 20 }, { pause: { duration: '30m' } }, { analysis: { templates: TEMPLATES } }, { pause: {} }];
    const world = released({ progressDeadlineAbort: true, strategy: { canary: { steps } } }, false);
    world.run(200);
    assert.equal(world.status?.currentStepIndex, 2, 'half an hour of pause, then the analysis');
    world.run(60);
    world.verdict([...world.runs.keys()][0] ?? '', 'Successful');
    world.run(60);
    assert.equal(world.status?.abort, undefined);
    assert.equal(world.status?.phase, 'Paused');
  });

  it('does not end a first deployment, which has nothing to go back to, and does not loop over it', () => {
    const world = new World({ strategy: { canary: CANARY }, progressDeadlineSeconds: 60, progressDeadlineAbort: true });
    world.broken.add('v1');
    world.run(15);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.abort, undefined);
    assert.match(world.status?.message ?? '', /it goes on by itself with the next progress, or change the template$/);
    const plan = world.pass();
    assert.ok(plan.requeueAt === undefined || plan.requeueAt > world.now);
    world.broken.delete('v1');
    world.until(() => world.status?.phase === 'Healthy');
  });

  it('does not end what is stable: a stable revision that fails long after its release is Degraded, no more', () => {
    const world = healthyWorld({ strategy: { canary: CANARY }, progressDeadlineSeconds: 60, progressDeadlineAbort: true });
    world.fail('v1');
    world.run(20);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.abort, undefined);
    assert.equal(world.size('v1'), 10);
  });

  it('takes back a full promotion whose pods do not come up', () => {
    const world = released({ progressDeadlineAbort: true });
    world.annotations['sluice.dev/request'] = `promote-full:${hashOf('v2')}@1`;
    world.run(15);
    assert.equal(world.status?.abort, true);
    assert.equal(world.status?.promoteFull, undefined);
    assert.equal(world.size('v1'), 10);
  });

  it('never takes away what serves when stable is the broken one (FL#1898)', () => {
    const world = released({ progressDeadlineAbort: true, strategy: { canary: { steps: [{ setWeight: 60 }, { pause: {} }] } } }, false);
    world.until(() => world.status?.phase === 'Paused');
    world.fail('v1');
    world.broken.add('v2');
    world.annotations['sluice.dev/request'] = `promote:${hashOf('v2')}@1`;
    world.run(20, () => assert.ok(world.available() >= 6, `${world.available()} serve`));
    assert.equal(world.status?.abort, true);
  });

  it('is off without progressDeadlineAbort', () => {
    const world = released({});
    world.run(30);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.abort, undefined);
    assert.match(world.status?.message ?? '', /it goes on by itself with the next progress, or change the template, or abort$/);
  });

  it('starts again when the release is retried', () => {
    const world = released({ progressDeadlineAbort: true });
    world.run(12);
    assert.equal(world.status?.abort, true);
    world.annotations['sluice.dev/request'] = `retry:${hashOf('v2')}@1`;
    world.run(3);
    assert.equal(world.status?.abort, undefined);
    world.run(10);
    assert.equal(world.status?.abort, true, 'and ends it again');
  });
});

describe('releaseDeadline', () => {
  it('is shown while it runs, and names itself and its end when it is over', () => {
    const world = released({ releaseDeadline: '10m', progressDeadlineSeconds: 86_400 });
    assert.match(world.status?.message ?? '', /; releaseDeadline ends at 2026-01-01T00:1\d:\d\dZ$/);
    assert.match(world.status?.deadlines?.release ?? '', /^2026-01-01T00:1/);
    world.run(70);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(progressing(world).reason, 'ReleaseDeadlineExceeded');
    assert.match(world.status?.message ?? '', /^the release took longer than 10m: releaseDeadline ended at 2026-\S+Z; step 1 of 3/);
    assert.equal(world.status?.abort, undefined);
  });

  it('aborts with progressDeadlineAbort, even while there is progress', () => {
    const steps = Array.from({ length: 9 }, (_, index) => ({ setWeight: (index + 1) * 10 }));
    const world = healthyWorld({
      strategy: { canary: { steps } },
      releaseDeadline: '2m',
      progressDeadlineAbort: true,
    });
    world.readyAfter = 4;
    world.deploy('v2');
    world.run(25);
    assert.equal(world.status?.abort, true);
    assert.match(world.status?.message ?? '', /the release took longer than 2m/);
    assert.equal(world.status?.quarantine, undefined);
    assert.equal(world.size('v1'), 10);
  });

  it('stands still in pauses and while a verdict is awaited, and goes on with what is left', () => {
    const steps = [{ setWeight: 20 }, { pause: { duration: '1h' } }, { analysis: { templates: TEMPLATES } }, { setWeight: 60 }];
    const world = released({ strategy: { canary: { steps } }, releaseDeadline: '5m', progressDeadlineSeconds: 86_400 }, false);
    world.until(() => world.status?.phase === 'Paused');
    assert.equal(world.status?.deadlines?.release, undefined);
    const spent = world.status?.deadlines?.releaseSpentSeconds ?? 0;
    assert.ok(spent > 0 && spent < 300);
    world.until(() => world.runs.size > 0, 400);
    world.run(60);
    assert.ok((world.status?.deadlines?.releaseSpentSeconds ?? 0) <= spent + 20);
    world.broken.add('v2');
    world.verdict([...world.runs.keys()][0] ?? '', 'Successful');
    world.run(2);
    assert.ok(world.status?.deadlines?.release !== undefined);
    world.run(40);
    assert.equal(progressing(world).reason, 'ReleaseDeadlineExceeded');
  });

  it('stands still while somebody paused, by request or in the spec', () => {
    const world = released({ releaseDeadline: '5m', progressDeadlineSeconds: 86_400 });
    world.change({ paused: true });
    world.run(60);
    world.change({ paused: false });
    world.annotations['sluice.dev/request'] = `pause:${hashOf('v2')}@1`;
    world.run(60);
    assert.equal(world.status?.phase, 'Paused');
    world.annotations['sluice.dev/request'] = `resume:${hashOf('v2')}@2`;
    world.run(10);
    assert.equal(world.status?.phase, 'Progressing');
    world.run(30);
    assert.equal(world.status?.phase, 'Degraded');
  });

  it('belongs to one release: it starts anew with another template and with a retry, and ends with the promotion', () => {
    const world = released({ releaseDeadline: '5m', progressDeadlineSeconds: 86_400 });
    world.run(20);
    const first = world.status?.deadlines?.release ?? '';
    world.deploy('v3');
    world.tick();
    assert.ok((world.status?.deadlines?.release ?? '') > first);
    world.annotations['sluice.dev/request'] = `promote-full:${hashOf('v3')}@1`;
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.status?.deadlines, undefined);
  });

  it('counts a first deployment as well, without an abort', () => {
    const world = new World({ strategy: { canary: CANARY }, releaseDeadline: '2m', progressDeadlineAbort: true });
    world.broken.add('v1');
    world.run(20);
    assert.equal(progressing(world).reason, 'ReleaseDeadlineExceeded');
    assert.equal(world.status?.abort, undefined);
  });

  it('follows a longer deadline that is written meanwhile', () => {
    const world = released({ releaseDeadline: '2m', progressDeadlineSeconds: 86_400 });
    world.run(15);
    assert.equal(world.status?.phase, 'Degraded');
    world.change({ releaseDeadline: '10m' });
    world.run(2);
    assert.equal(world.status?.phase, 'Progressing');
  });
});

describe('a clock that jumps', () => {
  for (const seconds of [3600, -3600, 365 * 86_400, -365 * 86_400]) {
    it(`by ${seconds} s fires no deadline, and the deadlines still hold after it (F6)`, () => {
      const world = released({ progressDeadlineAbort: true, releaseDeadline: '10m' });
      world.run(3);
      const before = world.status?.phase;
      world.jump(seconds);
      world.run(3);
      assert.equal(world.status?.phase, before);
      assert.equal(world.status?.abort, undefined);
      world.run(10);
      assert.equal(world.status?.abort, true);
    });
  }

  it('writes nothing about Rollouts at rest', () => {
    const world = healthyWorld({ strategy: { canary: CANARY }, releaseDeadline: '10m' });
    world.run(3);
    const status = world.status;
    world.jump(86_400);
    assert.equal(world.pass().status, status);
  });
});

describe('sizes that change', () => {
  it('do not trip the progress deadline while pods come up (FL#944)', () => {
    const world = released({ progressDeadlineAbort: true, progressDeadlineSeconds: 60 }, false);
    world.readyAfter = 3;
    for (let round = 0; round < 40; round += 1) {
      world.change({ replicas: 6 + ((round * 7) % 12) });
      world.run(4);
      assert.equal(world.status?.abort, undefined);
    }
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.status?.currentStepIndex, 1);
  });

  it('and a new template in one edit come to an end (AR#3256)', () => {
    for (const replicas of [3, 25]) {
      const world = healthyWorld({ strategy: { canary: { steps: [{ setWeight: 20 }] } }, progressDeadlineAbort: true });
      world.change({ replicas, template: template('v2') });
      world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf('v2'));
      assert.equal(world.size('v2'), replicas);
    }
  });
});
