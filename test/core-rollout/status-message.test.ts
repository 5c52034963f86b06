import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthyWorld, template, type World } from './world.ts';

const INSTANT = String.raw`2026-01-01T00:\d\d:\d\dZ`;

/** The message, once it is seen that it stays as it is while nothing happens but time. */
function lasting(world: World): string {
  const message = world.status?.message ?? '';
  world.run(5, ({ status }) => assert.equal(status.message, message));
  return message;
}

function assertSays(world: World, text: string): void {
  assert.match(lasting(world), new RegExp(`^${text}$`, 'u'));
}

const STEPS = [{ setWeight: 20 }, { pause: {} }, { analysis: { templates: [{ templateName: 'slo' }] } }];

function atPause(steps: readonly object[] = STEPS): World {
  const world = healthyWorld({ strategy: { canary: { steps } } });
  world.deploy('v2');
  world.until(() => world.status?.phase === 'Paused');
  return world;
}

function ask(world: World, request: string): void {
  world.annotations['sluice.dev/request'] = `${request}@${world.now}`;
  world.tick();
}

describe('the message of a Rollout that waits says since when, what ends it, and what a person can do', () => {
  it('at a pause with and without an end of its own', () => {
    assertSays(atPause(), `step 2: paused since ${INSTANT} until somebody resumes or promotes; abort goes back`);
    const timed = atPause([{ setWeight: 20 }, { pause: { duration: '10m' } }]);
    assertSays(timed, `step 2: paused since ${INSTANT} until ${INSTANT}; resume ends it now; abort goes back`);
    const { pauseConditions } = timed.status ?? {};
    const since = Date.parse(pauseConditions?.[0]?.startTime ?? '');
    const until = new Date(since + 600_000).toISOString().slice(0, 19);
    assert.ok(timed.status?.message?.includes(`until ${until}Z;`), timed.status?.message);
  });

  it('when a person paused it, in the spec or by request', () => {
    const asked = atPause();
    ask(asked, 'pause');
    assertSays(asked, `paused by request since ${INSTANT}; resume goes on, abort goes back`);
    const inSpec = atPause();
    inSpec.change({ paused: true });
    inSpec.tick();
    assertSays(inSpec, `spec\\.paused is true; waiting since ${INSTANT}: set it to false to go on, or abort`);
    const atRest = healthyWorld({ strategy: { canary: {} } });
    atRest.change({ paused: true });
    atRest.tick();
    assertSays(atRest, `spec\\.paused is true: stable serves, .*; waiting since ${INSTANT}: set it to false to go on`);
  });

  it('when an analysis gave no verdict, with its run and its metric', () => {
    const world = healthyWorld({ strategy: { canary: { steps: [{ setWeight: 20 }, ...STEPS.slice(2)] } } });
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    const [run = ''] = world.runs.keys();
    world.verdict(run, 'Inconclusive');
    world.until(() => world.status?.phase === 'Paused');
    const numbers = 'success-rate was 0.91, wanted result[0] >= 0.95';
    assert.ok(lasting(world).startsWith(`analysis of step 2 has no verdict (${run}: ${numbers}); paused since `), world.status?.message);
    assert.match(
      world.status?.message ?? '',
      /Z \(InconclusiveAnalysisRun\); resume measures again, promote goes on without, abort goes back$/u,
    );
  });

  it('without the words of a run that goes on, which change with its measurements', () => {
    const world = healthyWorld({ strategy: { canary: { steps: [{ setWeight: 20 }, ...STEPS.slice(2)] } } });
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    const [[name, run] = assert.fail('no run was made')] = world.runs;
    world.runs.set(name, { ...run, status: { observedGeneration: 1, phase: 'Running', message: 'measuring success-rate' } });
    world.run(2);
    const { gates, canary } = world.status ?? {};
    assert.deepEqual([gates?.length, gates?.[0]?.reason], [1, undefined]);
    assert.deepEqual(canary?.currentStepAnalysisRunStatus, { name, status: 'Running' });
  });

  it('for what people have to correct, and dates that anew only for another cause', () => {
    const world = atPause();
    world.refused = [{ type: 'createService', name: 'web', message: 'Service web cannot be made: no; make it', taken: false }];
    world.tick();
    assertSays(world, `Service web cannot be made: no; make it; waiting since ${INSTANT}: it is tried again by itself`);
    const first = world.status?.message;
    world.refused = [{ type: 'createService', name: 'web', message: 'Service web cannot be made: never; make it', taken: false }];
    world.tick();
    assert.equal(world.status?.message, first?.replace(': no;', ': never;'));
    world.refused = undefined;
    world.tick();
    assert.match(world.status?.message ?? '', /^step 2: paused/u);
  });

  it('of an abort', () => {
    const world = atPause();
    world.annotations['sluice.dev/abort'] = `${world.status?.currentPodHash}@1`;
    world.until(() => world.status?.phase === 'Degraded');
    world.run(3);
    const cause = String.raw`Rollout aborted update to revision 2 \(\w+\): requested by a person`;
    assertSays(world, `${cause}; aborted at ${world.status?.abortedAt}; retry it, or change the template`);
  });

  it('of a breach and its restore commit', () => {
    const world = healthyWorld({ strategy: { canary: { steps: [{ setWeight: 20 }, ...STEPS.slice(2)] } } });
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    world.judgeAll('Failed');
    world.until(() => world.status?.abort === true);
    const status = world.status ?? assert.fail('it has a status');
    const rollback = {
      id: 'r',
      state: 'Intent' as const,
      podTemplateHash: status.currentPodHash ?? '',
      revision: 2,
      cause: 'slo',
      intentAt: '2026-01-01T00:01:00Z',
      message: 'the remote is down',
      nextTryAt: '2026-01-01T00:05:00Z',
    };
    world.status = { ...status, rollback };
    world.run(3);
    const restore = `a restore commit is being made since ${rollback.intentAt}: the remote is down; it is tried again at ${rollback.nextTryAt}`;
    assertSays(world, `analysis of step 2 breached: .*; aborted at ${status.abortedAt}; ${restore}; retry it, or change the template`);
  });

  it('of pods that do not come', () => {
    const world = healthyWorld({ strategy: { canary: { steps: STEPS } } });
    world.broken.add('v2');
    world.deploy('v2');
    world.run(3);
    const place = 'step 1 of 3, weight 20: 0 of 2 canary and 8 of 8 stable pods serve';
    assertSays(world, `${place}; Degraded at ${INSTANT} without progress since ${INSTANT}; abort goes back`);
  });
});

describe('a restart whose time has not come', () => {
  it('is told beside what is the case until then, healthy or not, and by whom it was asked for', () => {
    const world = healthyWorld({ strategy: { canary: { steps: STEPS } } });
    world.change({ restartAt: '2026-01-01T01:00:00Z' });
    world.tick();
    assertSays(world, String.raw`revision 1 is stable; a restart begins at 2026-01-01T01:00:00Z: spec\.restartAt asks for it`);
    assert.equal(world.status?.phase, 'Healthy');
    world.change({ template: template('v2') });
    world.until(() => world.status?.phase === 'Paused');
    assert.match(lasting(world), /^step 2: paused since .*; a restart begins at 2026-01-01T01:00:00Z: spec/u);
    const asked = healthyWorld({ strategy: { canary: {} } });
    ask(asked, 'restart=10m');
    assertSays(asked, `revision 1 is stable; a restart begins at ${INSTANT}: somebody asked for it`);
  });

  it('is no longer told once it is due: then it is under way', () => {
    const world = healthyWorld({ strategy: { canary: {} } });
    world.change({ restartAt: '2026-01-01T00:30:00Z' });
    world.until(() => world.status?.phase === 'Progressing', 300);
    assert.match(world.status?.message ?? '', /restart: .* created before 2026-01-01T00:30:00Z/u);
    assert.doesNotMatch(world.status?.message ?? '', /a restart begins/u);
  });
});
