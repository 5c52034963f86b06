import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Condition } from '../../src/api/conditions.ts';
import { instant } from '../../src/api/time.ts';
import { timedConditions } from '../../src/core/conditions/timed-conditions.ts';
import { kstatusFacts } from '../../src/core/rollout/conditions.ts';
import { decideUnreadable } from '../../src/core/rollout/decide-unreadable.ts';
import { parseAbort, parseRequest } from '../../src/core/rollout/request-grammar.ts';
import { verdictOf } from '../../src/core/rollout/verdict.ts';
import { hashOf, healthyWorld, START, type World } from './world.ts';

const ANALYSIS = { templates: [{ templateName: 'slo' }] };

function judgedWorld(): World {
  const world = healthyWorld({
    strategy: {
      canary: { canaryService: 'canary', analysis: ANALYSIS, steps: [{ setWeight: 20 }, { analysis: ANALYSIS }, { setWeight: 60 }] },
    },
  });
  world.deploy('v2');
  world.applied('c2');
  world.until(() => world.runs.size === 2);
  return world;
}

const stepRun = `checkout-${hashOf('v2')}-2-1`;
const backgroundRun = `checkout-${hashOf('v2')}-2`;

describe('verdicts', () => {
  it('takes only Successful for a Pass, Failed for a Breach, and a run that was cut short for neither', () => {
    const world = judgedWorld();
    const run = world.runs.get(stepRun);
    assert.ok(run !== undefined);
    const verdicts = (['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'] as const).map((phase) =>
      verdictOf({ ...run, status: { observedGeneration: 1, phase } }),
    );
    assert.deepEqual(verdicts, ['Pending', 'Pending', 'Pass', 'Breach', 'Unknown', 'Unknown']);
    assert.equal(
      verdictOf({ ...run, spec: { ...run.spec, terminate: true }, status: { observedGeneration: 1, phase: 'Successful' } }),
      'Unknown',
    );
    assert.equal(verdictOf(undefined), 'Pending');
  });

  it('lets a breach win over another gate that has no verdict', () => {
    const world = judgedWorld();
    world.verdict(stepRun, 'Inconclusive');
    world.verdict(backgroundRun, 'Failed');
    world.run(1);
    assert.equal(world.status?.abort, true);
    assert.equal(world.status?.rollback?.analysisRun, backgroundRun);
    assert.deepEqual(
      world.status.gates?.map((gate) => [gate.name, gate.verdict]),
      [
        ['1', 'Unknown'],
        ['background', 'Breach'],
      ],
    );
  });

  it('does not promote past a background analysis without verdict', () => {
    const world = judgedWorld();
    world.verdict(stepRun, 'Successful');
    world.verdict(backgroundRun, 'Inconclusive');
    world.run(20);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.status?.stableRS, hashOf('v1'));
  });

  it('takes no verdict into account after a person aborted: neither quarantine nor Git', () => {
    const world = judgedWorld();
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.tick();
    world.verdict(backgroundRun, 'Failed');
    world.run(3);
    assert.equal(world.status?.quarantine, undefined);
    assert.equal(world.status?.rollback, undefined);
  });

  it('marks the ReplicaSet only after the written status holds the quarantine', () => {
    const world = judgedWorld();
    world.verdict(stepRun, 'Failed');
    const breach = world.pass();
    assert.equal(breach.status.quarantine?.length, 1);
    assert.equal(
      breach.actions.some((action) => action.type === 'annotateReplicaSet'),
      false,
    );
    world.run(5);
    assert.ok(world.set('v2')?.annotations['sluice.dev/quarantined'] !== undefined);
  });

  it('starts no run in the pass that counts attempts, so that a crash there leaves none behind', () => {
    const world = judgedWorld();
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.run(1);
    world.annotations['sluice.dev/request'] = `retry:${hashOf('v2')}@2`;
    const plan = world.pass();
    assert.equal(plan.status.abort, undefined);
    assert.equal(
      plan.actions.some((action) => action.type === 'createAnalysisRun'),
      false,
    );
    world.until(() => world.runs.has(`${stepRun}.1`));
    assert.equal(world.runs.has(`${stepRun}.2`), false);
  });

  it('does not move last good while the revision is not healthy', () => {
    const world = judgedWorld();
    assert.equal(world.status?.provenance?.lastGood?.commit, 'c1');
    world.deploy('v1');
    world.fail('v1');
    world.applied('c3');
    world.run(3);
    assert.equal(world.status.provenance.lastGood.commit, 'c1', 'stable again, but its pods do not serve');
    world.broken.clear();
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.status.provenance.lastGood.commit, 'c3');
  });
});

describe('conditions', () => {
  const table = [
    ['Progressing', ['Ready=Unknown', 'Reconciling=True']],
    ['Paused', ['Ready=Unknown', 'Reconciling=True']],
    ['Healthy', ['Ready=True']],
    ['Degraded', ['Ready=False', 'Stalled=True']],
  ] as const;
  for (const [phase, expected] of table) {
    it(`of ${phase} are ${expected.join(' and ')} in this order, and no other`, () => {
      const facts = kstatusFacts(phase, 'Reason', 'message');
      assert.deepEqual(
        facts.map((fact) => `${fact.type}=${fact.status}`),
        expected,
      );
    });
  }

  it('keep their transition time until the status of the condition changes', () => {
    const at = (seconds: number, phase: 'Healthy' | 'Degraded', before?: readonly Condition[]): readonly Condition[] =>
      timedConditions(before, kstatusFacts(phase, 'R', 'm'), 1, instant(START + seconds * 1000));
    const first = at(0, 'Healthy');
    assert.deepEqual(at(60, 'Healthy', first), first);
    assert.equal(at(60, 'Degraded', first)[0]?.lastTransitionTime, '2026-01-01T00:01:00Z');
  });

  it('of an object that cannot be read name every problem and keep which revision is stable', () => {
    const world = healthyWorld({ strategy: { canary: {} } });
    const raw = { ...world.rollout(), spec: { replicas: 'many' }, status: { ...world.status, quarantine: 'garbage' } };
    const problems = ['spec.replicas', 'spec.strategy'].map((field) => ({ field, problem: 'is wrong', remedy: 'correct it' }));
    const plan = decideUnreadable(
      { apiVersion: raw.apiVersion, kind: raw.kind, metadata: { name: 'checkout', generation: 7 }, status: raw.status },
      problems,
      { managedServices: [], workload: undefined },
      START,
    );
    assert.deepEqual(plan.actions, []);
    assert.equal(plan.status.stableRS, hashOf('v1'));
    assert.equal(plan.status.observedGeneration, 7);
    assert.match(plan.status.message ?? '', /spec\.replicas[^]*spec\.strategy/);
    assert.equal(plan.status.conditions?.[1]?.type, 'Stalled');
  });
});

describe('the request grammar', () => {
  it('reads verb, argument, hash and id', () => {
    assert.deepEqual(parseRequest('skip-step=2:abc@id-1'), { verb: 'skip-step', argument: '2', hash: 'abc', id: 'id-1' });
    assert.deepEqual(parseRequest('resume@1'), { verb: 'resume', argument: undefined, hash: undefined, id: '1' });
    assert.deepEqual(parseAbort('abc@1'), { hash: 'abc', id: '1' });
  });

  for (const text of ['', '@', 'promote', 'promote@', '@1', 'Promote@1', 'promote:@1', 'a b@1', 'promote:abc@1@2', 'promote@1\n']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseRequest(text), undefined);
      assert.equal(parseAbort(text), undefined);
    });
  }
});
