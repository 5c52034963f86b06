import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RefusedWrite } from '../../src/core/rollout/observed.ts';
import { hashOf, healthyWorld, type World } from './world.ts';

const ANALYSIS = { templates: [{ templateName: 'slo' }] };
const STEP_RUN = `checkout-${hashOf('v2')}-2-1`;

/** Without the run of its analysis step. */
function worldAtTheStep(): World {
  const world = healthyWorld({
    strategy: { canary: { canaryService: 'canary', steps: [{ setWeight: 20 }, { analysis: ANALYSIS }, { setWeight: 60 }] } },
  });
  world.deploy('v2');
  world.until(() => world.status?.currentStepIndex === 1);
  world.runs.clear();
  return world;
}

function refusal(name: string, taken: boolean): RefusedWrite {
  const message = `AnalysisRun ${name} cannot be made: ${taken ? 'it exists and belongs to something else' : 'its schema says no'}`;
  return { type: 'createAnalysisRun', name, message, taken };
}

/** One pass in which the creation of this run was refused a moment ago. */
function passRefused(world: World, name: string, taken = true): ReturnType<World['pass']> {
  world.refused = [refusal(name, taken)];
  const plan = world.pass();
  world.refused = undefined;
  return plan;
}

function createdBy(plan: ReturnType<World['pass']>): readonly string[] {
  return plan.actions.flatMap((action) => (action.type === 'createAnalysisRun' ? [action.object.metadata.name] : []));
}

function condition(world: World, type: string): string | undefined {
  return world.status?.conditions?.find((one) => one.type === type)?.reason;
}

describe('a run whose name an object of somebody else has', () => {
  it('gets the next one, which is written before the run is made', () => {
    const world = worldAtTheStep();
    const counted = passRefused(world, STEP_RUN);
    assert.deepEqual(createdBy(counted), []);
    assert.equal(counted.status.attempts?.[`${hashOf('v2')}-1`], 1);
    assert.equal(counted.status.phase, 'Progressing');
    assert.deepEqual(createdBy(world.pass()), [`${STEP_RUN}.1`]);
    assert.deepEqual(createdBy(passRefused(world, `${STEP_RUN}.1`)), [], 'the run is there: nothing is refused any more');
    assert.deepEqual([...world.runs.keys()], [`${STEP_RUN}.1`]);
  });

  it('is found again and made once when the controller dies between its creation and the status', () => {
    const world = worldAtTheStep();
    passRefused(world, STEP_RUN);
    world.crashAfter = 1;
    assert.deepEqual(createdBy(world.pass()), [`${STEP_RUN}.1`]);
    assert.deepEqual(createdBy(world.pass()), []);
    world.verdict(`${STEP_RUN}.1`, 'Successful');
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual([...world.runs.keys()], [`${STEP_RUN}.1`]);
  });

  it('is measured again under a name above it, and no number is skipped', () => {
    const world = worldAtTheStep();
    passRefused(world, STEP_RUN);
    passRefused(world, `${STEP_RUN}.1`);
    world.pass();
    world.verdict(`${STEP_RUN}.2`, 'Inconclusive');
    world.until(() => world.status?.phase === 'Paused');
    world.annotations['sluice.dev/request'] = 'resume@1';
    world.until(() => world.runs.size === 2);
    assert.deepEqual([...world.runs.keys()], [`${STEP_RUN}.2`, `${STEP_RUN}.3`]);
  });

  it('is Degraded with a condition once ten names after the newest run of ours are taken, and goes on when the last one is free', () => {
    const world = worldAtTheStep();
    const nameAt = (attempt: number): string => (attempt === 0 ? STEP_RUN : `${STEP_RUN}.${attempt}`);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      passRefused(world, nameAt(attempt));
      assert.equal(world.status?.phase, 'Progressing');
    }
    const held = passRefused(world, nameAt(10));
    assert.equal(held.status.attempts?.[`${hashOf('v2')}-1`], 10);
    assert.equal(condition(world, 'Ready'), 'AnalysisRunCreateError');
    assert.equal(condition(world, 'AnalysisRunRefused'), 'AnalysisRunCreateError');
    assert.match(held.status.message ?? '', /2-1\.10 cannot be made: it exists and belongs to something else; no name after it is tried/);
    assert.deepEqual(createdBy(world.pass()), [nameAt(10)]);
    world.pass();
    assert.equal(condition(world, 'AnalysisRunRefused'), undefined);
  });
});

describe('a run that is refused for what it says', () => {
  it('is Degraded with a condition and keeps its name', () => {
    const world = worldAtTheStep();
    const held = passRefused(world, STEP_RUN, false);
    assert.equal(held.status.attempts, undefined);
    assert.equal(condition(world, 'Ready'), 'AnalysisRunCreateError');
    assert.ok(held.status.message?.startsWith(`AnalysisRun ${STEP_RUN} cannot be made: its schema says no; waiting since `));
    assert.deepEqual(createdBy(world.pass()), [STEP_RUN]);
  });

  it('is no matter once an abort took the traffic back', () => {
    const world = worldAtTheStep();
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    passRefused(world, STEP_RUN);
    assert.equal(condition(world, 'Ready'), 'RolloutAborted');
    assert.equal(condition(world, 'AnalysisRunRefused'), undefined);
  });
});
