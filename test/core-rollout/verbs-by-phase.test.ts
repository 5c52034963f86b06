import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashOf, healthyWorld, template, World } from './world.ts';

const TEMPLATES = [{ templateName: 'slo' }];
const STEPS = [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }, { analysis: { templates: TEMPLATES } }, { setWeight: 80 }];
const CANARY = { stableService: 'stable', canaryService: 'canary', steps: STEPS };

let id = 0;

/** Asks the way the plugin does, with the current revision; what became of it as `Outcome Reason`. */
function ask(world: World, verb: string): string {
  id += 1;
  const hash = world.status?.currentPodHash ?? 'none';
  if (verb === 'abort') world.annotations['sluice.dev/abort'] = `${hash}@${id}`;
  else world.annotations['sluice.dev/request'] = `${verb}:${hash}@${id}`;
  world.pass();
  const outcome = world.status?.requestOutcome;
  assert.equal(outcome?.request.endsWith(`@${id}`), true, `${verb} was not handled`);
  assert.ok((outcome?.message.length ?? 0) > 10, 'every outcome says what was done, or what to do');
  return `${outcome?.outcome} ${outcome?.reason}`;
}

function released(): World {
  const world = healthyWorld({ strategy: { canary: CANARY } });
  world.deploy('v2');
  world.applied('c2');
  return world;
}

function pausedAtStep(): World {
  const world = released();
  world.until(() => world.status?.phase === 'Paused');
  return world;
}

function measuring(): World {
  const world = pausedAtStep();
  ask(world, 'resume');
  world.until(() => world.runs.size > 0);
  return world;
}

function judged(phase: 'Failed' | 'Inconclusive', onFailure: 'Freeze' | 'Abort' | 'Revert' = 'Abort'): World {
  const world = measuring();
  world.change({ rollback: { onFailure } });
  world.verdict([...world.runs.keys()][0] ?? '', phase);
  world.run(6);
  return world;
}

/** Every state in which a person may find a Rollout. */
const PHASES: Readonly<Record<string, () => World>> = {
  'first deployment': () => {
    const world = new World({ strategy: { canary: CANARY } });
    world.broken.add('v1');
    world.run(2);
    return world;
  },
  healthy: () => healthyWorld({ strategy: { canary: CANARY } }),
  progressing: () => {
    const world = released();
    world.broken.add('v2');
    world.run(2);
    return world;
  },
  'paused at a step': pausedAtStep,
  'paused by request': () => {
    const world = measuring();
    ask(world, 'pause');
    world.run(2);
    return world;
  },
  'paused in the spec': () => {
    const world = healthyWorld({ strategy: { canary: CANARY }, paused: false });
    world.change({ paused: true, template: template('v2') });
    world.run(4);
    return world;
  },
  'without a verdict': () => judged('Inconclusive'),
  frozen: () => judged('Failed', 'Freeze'),
  breached: () => judged('Failed'),
  'aborted by a person': () => {
    const world = pausedAtStep();
    ask(world, 'abort');
    world.run(6);
    return world;
  },
  'quarantined again': () => {
    const world = judged('Failed');
    world.deploy('v1');
    world.until(() => world.status?.phase === 'Healthy');
    world.deploy('v2');
    world.run(4);
    return world;
  },
  'past its deadline': () => {
    const world = released();
    world.broken.add('v2');
    world.run(70);
    assert.equal(world.status?.phase, 'Degraded');
    return world;
  },
  'promoting fully': () => {
    const world = pausedAtStep();
    world.broken.add('v2');
    ask(world, 'promote-full');
    world.run(2);
    return world;
  },
  'going back in the rollback window': () => {
    const world = healthyWorld({ strategy: { canary: CANARY }, rollbackWindow: { revisions: 1 } });
    world.tick(60);
    world.deploy('v2');
    world.tick();
    ask(world, 'promote-full');
    world.until(() => world.status?.stableRS === hashOf('v2') && world.status.phase === 'Healthy');
    world.broken.add('v1');
    world.deploy('v1');
    world.run(2);
    return world;
  },
  restored: () => {
    const world = judged('Failed', 'Revert');
    assert.ok(world.status?.rollback !== undefined);
    world.status = { ...world.status, rollback: { ...world.status.rollback, state: 'Pushed', commit: 'c3' } };
    world.deploy('v1');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.status?.rollback?.state, 'Applied');
    return world;
  },
};

const NONE = 'Refused NothingInProgress';
const DONE = 'Executed Executed';
const ABORTED = 'Refused Aborted';
const NOTHING = {
  pause: NONE,
  resume: NONE,
  promote: NONE,
  'promote-full': NONE,
  'skip-step': NONE,
  retry: NONE,
  abort: 'Acknowledged NothingInProgress',
};
const HELD = {
  pause: ABORTED,
  resume: ABORTED,
  promote: ABORTED,
  'promote-full': ABORTED,
  'skip-step': ABORTED,
  retry: DONE,
  abort: 'Executed AlreadyAborted',
};
const RUNNING = {
  pause: DONE,
  resume: DONE,
  promote: DONE,
  'promote-full': DONE,
  'skip-step': DONE,
  retry: 'Refused NotAborted',
  abort: DONE,
};
const NO_STEPS = { ...RUNNING, resume: 'Refused NotPaused', promote: 'Refused NoStepLeft', 'skip-step': 'Refused NoStepLeft' };

const EXPECTED: Readonly<Record<keyof typeof PHASES, Readonly<Record<string, string>>>> = {
  'first deployment': { ...NOTHING, abort: 'Acknowledged NothingToReturnTo' },
  healthy: NOTHING,
  progressing: { ...RUNNING, resume: 'Refused NotPaused' },
  'paused at a step': RUNNING,
  'paused by request': RUNNING,
  'paused in the spec': { ...RUNNING, resume: 'Refused NotPaused' },
  'without a verdict': RUNNING,
  frozen: { ...RUNNING, resume: 'Refused NotPaused', retry: DONE },
  breached: HELD,
  'aborted by a person': HELD,
  'quarantined again': HELD,
  'past its deadline': { ...RUNNING, resume: 'Refused NotPaused' },
  'promoting fully': NO_STEPS,
  'going back in the rollback window': NO_STEPS,
  restored: NOTHING,
};

/** Sizes and selectors, as they are after some time. */
function serving(world: World): string {
  world.run(8);
  const sizes = [...world.sets.values()].map((set) => `${set.view.name} ${set.view.specReplicas}`);
  return [...sizes, world.selected('stable')].join(', ');
}

describe('what people ask for, by what the rollout is doing', () => {
  for (const [phase, make] of Object.entries(PHASES)) {
    for (const [verb, expected] of Object.entries(EXPECTED[phase] ?? {})) {
      it(`${verb} while ${phase}: ${expected}`, () => {
        const world = make();
        assert.equal(ask(world, verb), expected);
        assert.ok(world.available() >= 8 || phase === 'first deployment', `${world.available()} pods serve`);
      });
    }

    it(`what is refused or only acknowledged while ${phase} changes nothing that serves`, () => {
      const untouched = serving(make());
      for (const [verb, expected] of Object.entries(EXPECTED[phase] ?? {})) {
        if (expected.startsWith('Executed')) continue;
        const world = make();
        ask(world, verb);
        assert.equal(serving(world), untouched, verb);
      }
    });

    it(`an abort while ${phase} never takes the stable revision down (AR#1292)`, () => {
      const world = make();
      const stable = world.status?.stableRS;
      ask(world, 'abort');
      world.run(20);
      if (stable === undefined) return assert.equal(world.size('v1'), 10);
      assert.equal(world.status?.stableRS, stable);
      const set = [...world.sets.values()].find((one) => one.view.hash === stable);
      assert.equal(set?.view.specReplicas, 10);
      assert.ok(world.available() >= 8);
    });

    it(`a request for another revision while ${phase} is refused as stale, also retry and pause`, () => {
      for (const verb of ['pause', 'resume', 'promote', 'promote-full', 'skip-step', 'retry']) {
        const world = make();
        world.annotations['sluice.dev/request'] = `${verb}:${hashOf('v7')}@stale`;
        world.pass();
        assert.equal(world.status?.requestOutcome?.reason, 'StaleRequest', verb);
      }
      const world = make();
      world.annotations['sluice.dev/abort'] = `${hashOf('v7')}@stale`;
      world.pass();
      assert.equal(world.status?.requestOutcome?.reason, 'StaleRequest');
    });
  }
});

describe('several requests in a row', () => {
  it('each counts after the one before; the last explicit one decides', () => {
    const world = pausedAtStep();
    const seen = ['pause', 'resume', 'skip-step', 'pause', 'promote-full'].map((verb) => ask(world, verb));
    assert.deepEqual([...new Set(seen)], [DONE]);
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.status?.stableRS, hashOf('v2'));
  });

  it('only the newest is left when several come between two looks', () => {
    const world = pausedAtStep();
    world.annotations['sluice.dev/request'] = `promote-full:${hashOf('v2')}@a`;
    world.annotations['sluice.dev/request'] = `pause:${hashOf('v2')}@b`;
    world.run(3);
    assert.equal(world.status?.promoteFull, undefined);
    assert.equal(world.status?.phase, 'Paused');
  });

  it('a pause after promote-full holds the promotion, and resume lets it go on', () => {
    const world = PHASES['promoting fully']?.() ?? assert.fail();
    assert.equal(ask(world, 'pause'), DONE);
    world.broken.delete('v2');
    world.run(20);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.status?.stableRS, hashOf('v1'));
    ask(world, 'resume');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.status?.duration?.completionStatus, 'FastPromoted');
  });

  it('an abort beats a promote-full that was accepted long before (AR#4461)', () => {
    const world = PHASES['promoting fully']?.() ?? assert.fail();
    world.run(10);
    assert.equal(ask(world, 'abort'), DONE);
    world.broken.delete('v2');
    world.run(20);
    assert.equal(world.status?.promoteFull, undefined);
    assert.equal(world.status?.stableRS, hashOf('v1'));
    assert.equal(world.size('v1'), 10);
    assert.equal(world.size('v2'), 0);
  });

  it('an abort that comes after the promotion is done changes nothing', () => {
    const world = pausedAtStep();
    ask(world, 'promote-full');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(ask(world, 'abort'), 'Acknowledged NothingInProgress');
    world.run(5);
    assert.equal(world.size('v2'), 10);
  });

  it('retry, promote-full and abort, again and again, end where the last one says', () => {
    const world = pausedAtStep();
    for (let round = 0; round < 3; round += 1) {
      assert.equal(ask(world, 'promote-full'), DONE);
      world.pass();
      assert.equal(ask(world, 'abort'), DONE);
      world.run(3);
      assert.equal(ask(world, 'retry'), DONE);
      assert.equal(world.status?.promoteFull, undefined, 'a retry does not bring the full promotion back');
      world.until(() => world.status?.phase === 'Paused');
      assert.equal(world.status?.currentStepIndex, 1);
    }
    ask(world, 'abort');
    world.run(10);
    assert.equal(world.status?.phase, 'Degraded');
    assert.ok(world.available() >= 10);
  });

  it('what was asked for one revision is no intent for the next one', () => {
    const world = PHASES['promoting fully']?.() ?? assert.fail();
    world.deploy('v3');
    world.until(() => world.status?.phase === 'Paused');
    assert.equal(world.status?.currentStepIndex, 1);
    assert.equal(world.status?.promoteFull, undefined);
  });
});
