import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analysisRunSchema } from '../../src/api/analysis.ts';
import type { RolloutStatus } from '../../src/api/rollout-status.ts';
import { decideRollout } from '../../src/core/rollout/decide-rollout.ts';
import { hashOf, healthyWorld, World } from './world.ts';

const CANARY = {
  canary: {
    stableService: 'stable',
    canaryService: 'canary',
    steps: [
      { setWeight: 20 },
      { pause: { duration: '1m' } },
      { setWeight: 50 },
      { analysis: { templates: [{ templateName: 'slo' }] } },
      { setWeight: 80 },
    ],
  },
};

function state(world: World): RolloutStatus {
  assert.ok(world.status !== undefined);
  return world.status;
}

describe('a whole rollout', () => {
  it('goes straight to full size on the first deployment and selects pods only once they serve', () => {
    const world = new World({ strategy: CANARY });
    world.pass();
    assert.equal(world.size('v1'), 10);
    assert.equal(world.selected('stable'), undefined);
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.selected('stable'), hashOf('v1'));
    assert.equal(world.selected('canary'), hashOf('v1'));
    assert.equal(world.status?.stableRS, hashOf('v1'));
    assert.deepEqual(
      world.status?.conditions?.slice(0, 1).map((one) => [one.type, one.status]),
      [['Ready', 'True']],
    );
    assert.equal(
      world.status?.conditions?.some((one) => one.type === 'Reconciling' || one.type === 'Stalled'),
      false,
    );
  });

  it('takes every step in order, promotes when all pods serve, and then does nothing more', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.applied('c2');
    const seen: number[] = [];
    const note = (): void => {
      const index = world.status?.currentStepIndex ?? 0;
      if (seen.at(-1) !== index) seen.push(index);
    };
    world.until(() => world.status?.currentStepIndex === 3 && world.runs.size > 0, 100, note);
    assert.equal(world.size('v2'), 5);
    assert.equal(world.selected('canary'), hashOf('v2'));
    assert.equal(world.selected('stable'), hashOf('v1'));
    const run = [...world.runs.keys()][0] ?? '';
    assert.equal(run, `checkout-${hashOf('v2')}-2-3`);
    const object = world.runs.get(run);
    assert.equal(analysisRunSchema.safeParse(object).success, true);
    assert.deepEqual(object?.spec.args, [{ name: 'service', value: 'checkout' }]);
    assert.equal(object.metadata.labels?.['sluice.dev/analysis-type'], 'Step');
    world.run(3, note);
    assert.equal(world.status?.currentStepIndex, 3, 'no verdict: no step');
    world.verdict(run, 'Successful');
    world.until(() => world.status?.phase === 'Healthy', 100, note);
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
    assert.equal(world.size('v1'), 0);
    assert.equal(world.size('v2'), 10);
    assert.equal(world.selected('stable'), hashOf('v2'));
    assert.equal(world.status?.provenance?.lastGood?.commit, 'c2');
    assert.equal(world.events.filter((event) => event === 'RolloutCompleted').length, 2);
    const before = world.status;
    const plan = world.pass();
    assert.deepEqual(plan.actions, []);
    assert.equal(plan.status, before, 'the very same status object: nothing to write');
  });

  it('pauses for the whole duration and no step moves before it is over', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    const start = world.now;
    assert.equal(world.plans.at(-1)?.requeueAt, start + 60_000);
    world.until(() => world.status?.currentStepIndex !== 1);
    assert.equal(world.now - start, 60_000);
  });

  it('on a breach goes back to stable, quarantines the revision and writes the intent once', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.applied('c2');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Failed');
    world.run(20);
    assert.equal(state(world).phase, 'Degraded');
    assert.equal(world.size('v2'), 0);
    assert.equal(world.size('v1'), 10);
    assert.equal(world.selected('canary'), hashOf('v1'));
    assert.equal(state(world).canary?.weights?.canary.weight, 0);
    const rollback = state(world).rollback;
    assert.ok(rollback !== undefined);
    assert.equal(rollback.state, 'Intent');
    assert.equal(rollback.badCommit, 'c2');
    assert.equal(rollback.goodCommit, 'c1');
    assert.match(rollback.id, /^[0-9a-f]{32}$/);
    assert.match(
      rollback.cause,
      /^analysis of step 4 breached: success-rate was 0\.91, wanted result\[0\] >= 0\.95; 2 of 5 measurements failed, 1 may$/,
    );
    assert.equal(state(world).provenance?.lastGood?.commit, 'c1', 'last good does not move while a rollout fails');
    assert.deepEqual(
      state(world)
        .conditions?.slice(0, 2)
        .map((one) => [one.type, one.status, one.reason]),
      [
        ['Ready', 'False', 'GateFailed'],
        ['Stalled', 'True', 'GateFailed'],
      ],
    );
    assert.equal(world.set('v2')?.annotations['sluice.dev/quarantined'], state(world).quarantine?.[0]?.at);
    assert.equal(world.events.filter((event) => event === 'RolloutAborted').length, 1);
    assert.deepEqual(world.pass().actions, []);
  });

  it('is healthy and says Reverted once the restore commit brought the stable template back', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.applied('c2');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Failed');
    world.run(10);
    const { rollback } = state(world);
    assert.ok(rollback !== undefined);
    world.status = { ...state(world), rollback: { ...rollback, state: 'Pushed', commit: 'c3' } };
    world.deploy('v1');
    world.applied('c3');
    world.until(() => state(world).phase === 'Healthy');
    assert.equal(state(world).rollback?.state, 'Applied');
    assert.equal(state(world).conditions?.[0]?.reason, 'Reverted');
    assert.equal(state(world).revision, 3, 'a template that returns gets a new ordinal');
    world.run(2);
    assert.equal(world.set('v1')?.annotations['sluice.dev/revision'], '3');
    assert.equal(state(world).provenance?.lastGood?.commit, 'c3');
    // A bot pushes the bad template again: it stays on stable, and Git is not written again.
    world.deploy('v2');
    world.applied('c4');
    world.run(10);
    assert.equal(world.size('v2'), 0);
    assert.equal(state(world).phase, 'Degraded');
    assert.equal(state(world).conditions?.[0]?.reason, 'QuarantinedRevision');
    assert.notEqual(state(world).rollback?.state, 'Intent');
  });

  it('keeps a quarantined revision at weight 0 when status was lost, by the mark on its ReplicaSet', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Failed');
    world.run(10);
    world.status = undefined;
    world.run(10);
    assert.equal(world.status?.['stableRS'], hashOf('v1'));
    assert.equal(world.size('v2'), 0);
    assert.equal(world.size('v1'), 10);
    assert.equal((world.status as { phase?: string } | undefined)?.phase, 'Degraded');
  });

  it('pauses on a run without verdict, never writes Git for it, and measures again after resume', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.applied('c2');
    world.until(() => world.runs.size > 0);
    const first = [...world.runs.keys()][0] ?? '';
    world.verdict(first, 'Inconclusive');
    world.run(5);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.status?.pauseConditions?.[0]?.reason, 'InconclusiveAnalysisRun');
    assert.equal(world.status?.rollback, undefined);
    assert.equal(world.size('v2'), 5, 'the weight stays');
    world.annotations['sluice.dev/request'] = 'resume@1';
    world.run(2);
    assert.ok(world.runs.has(`${first}.1`));
    assert.equal(world.status?.currentStepIndex, 3);
    world.verdict(`${first}.1`, 'Successful');
    world.until(() => world.status?.phase === 'Healthy');
  });

  it('aborts without quarantine and without Git when the metric that could not be measured says onError: Abort', () => {
    const world = healthyWorld({ strategy: CANARY });
    const slo = world.templates.get('slo');
    assert.ok(slo !== undefined);
    world.templates.set('slo', {
      ...slo,
      spec: { ...slo.spec, metrics: (slo.spec.metrics ?? []).map((metric) => ({ ...metric, onError: 'Abort' as const })) },
    });
    world.deploy('v2');
    world.applied('c2');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Error');
    world.run(10);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.quarantine, undefined);
    assert.equal(world.status?.rollback, undefined);
    assert.match(world.status?.message ?? '', /onError: Abort/);
  });

  it('freezes weights when onFailure is Freeze, until somebody retries', () => {
    const world = healthyWorld({ strategy: CANARY, rollback: { onFailure: 'Freeze' } });
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Failed');
    world.run(10);
    assert.equal(world.size('v2'), 5);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.rollback, undefined);
    world.annotations['sluice.dev/request'] = 'retry@1';
    world.run(3);
    assert.equal(world.status?.quarantine, undefined);
    assert.equal(world.size('v2'), 2);
  });

  it('is Blocked with the reason when provenance is missing, and asks for the restore once the record arrives', () => {
    const world = healthyWorld({ strategy: CANARY, rollback: { onFailure: 'Revert' } });
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Failed');
    world.run(5);
    assert.equal(world.status?.rollback?.state, 'Blocked');
    assert.equal(world.status?.rollback?.reason, 'ProvenanceUnknown');
    world.applied('c2');
    world.run(2);
    assert.equal(world.status?.rollback?.state, 'Intent');
    assert.equal(world.status?.rollback?.badCommit, 'c2');
  });

  it('keeps the commit that brought the revision when other commits and scales follow before the breach', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.applied('c2');
    world.tick();
    world.change({ replicas: 12 });
    world.tick();
    world.applied('c3');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Failed');
    world.run(5);
    assert.equal(world.status?.rollback?.badCommit, 'c2');
    assert.equal(world.status?.rollback?.goodCommit, 'c1');
  });

  it('gives a run the arguments of its templates, overridden by those of the Rollout, with hashes and fields filled in', () => {
    const args = [
      { name: 'service', value: 'other' },
      { name: 'canary', valueFrom: { podTemplateHashValue: 'Latest' as const } },
      { name: 'stable', valueFrom: { podTemplateHashValue: 'Stable' as const } },
    ];
    const strategy = { canary: { steps: [{ setWeight: 20 }, { analysis: { templates: [{ templateName: 'slo' }], args } }] } };
    const world = healthyWorld({ strategy });
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    assert.deepEqual([...world.runs.values()][0]?.spec.args, [
      { name: 'service', value: 'other' },
      { name: 'canary', value: hashOf('v2') },
      { name: 'stable', value: hashOf('v1') },
    ]);
  });

  it('gives the stable Service back on an abort only when stable can carry it', () => {
    const world = healthyWorld({ strategy: { canary: { stableService: 'stable', steps: [{ setWeight: 100 }, { pause: {} }] } } });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    assert.equal(world.selected('stable'), hashOf('v2'));
    assert.equal(world.size('v1'), 0);
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.tick();
    assert.equal(world.selected('stable'), hashOf('v2'), 'no stable pod serves yet');
    world.run(10);
    assert.equal(world.selected('stable'), hashOf('v1'));
    assert.equal(world.size('v2'), 0);
  });

  it('moves last good with good commits while healthy, and not on a generation that the record does not cover', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.source = { ...world.source, appliedCommit: 'c1-config' };
    world.run(1);
    assert.equal(world.status?.provenance?.lastGood?.commit, 'c1-config');
    world.change({ replicas: 11 });
    world.source = { ...world.source, appliedCommit: 'c1-later' };
    world.run(4);
    assert.equal(world.status?.phase, 'Healthy');
    assert.equal(world.status?.provenance?.lastGood?.commit, 'c1-config');
  });

  it('asks for the very same restore when the controller is killed between any write of the breach and its status', () => {
    for (let crashAfter = 0; crashAfter < 4; crashAfter += 1) {
      const world = healthyWorld({ strategy: CANARY });
      world.deploy('v2');
      world.applied('c2');
      world.until(() => world.runs.size > 0);
      world.verdict([...world.runs.keys()][0] ?? '', 'Failed');
      world.crashAfter = crashAfter;
      world.run(10);
      assert.equal(world.status?.rollback?.state, 'Intent', `killed after ${crashAfter}`);
      assert.equal(world.status?.conditions?.[0]?.reason, 'GateFailed');
      assert.equal(world.size('v2'), 0);
      assert.equal(world.size('v1'), 10);
    }
  });

  it('drains an intermediate revision, keeps stable, and starts the steps again for the newest one', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.until(() => world.status?.currentStepIndex === 3);
    world.deploy('v3');
    world.tick();
    assert.ok((world.status?.currentStepIndex ?? 9) <= 1);
    assert.notEqual(world.selected('canary'), hashOf('v3'), 'not before it serves');
    world.until(() => world.status?.currentStepIndex === 3);
    assert.equal(world.size('v2'), 0);
    assert.equal(world.status?.stableRS, hashOf('v1'));
    assert.equal(world.selected('canary'), hashOf('v3'));
  });

  it('skips the steps when the stable template returns mid-step', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.until(() => world.status?.currentStepIndex === 3);
    world.deploy('v1');
    world.until(() => world.status?.phase === 'Healthy', 10);
    assert.equal(world.size('v1'), 10);
    assert.equal(world.size('v2'), 0);
    assert.equal(world.status?.currentStepIndex, 5);
    assert.equal(world.selected('canary'), hashOf('v1'));
    assert.equal(world.status?.duration?.completionStatus, 'FastRolledBack');
  });

  it('follows spec.replicas at once, mid-step and mid-pause', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.change({ replicas: 20 });
    world.tick(1);
    world.tick(1);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(world.size('v2'), 4);
    assert.equal(world.size('v1'), 16);
    world.change({ replicas: 5 });
    for (let count = 0; count < 5; count += 1) world.tick(1);
    assert.equal(world.size('v2'), 1);
    assert.equal(world.size('v1'), 4);
  });

  it('starts the steps again when they are edited mid-run, but never undoes an abort', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.until(() => world.status?.currentStepIndex === 3);
    world.change({ strategy: { canary: { ...CANARY.canary, steps: [{ setWeight: 10 }, { pause: {} }] } } });
    world.tick();
    assert.ok((world.status?.currentStepIndex ?? 9) <= 1);
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.run(5);
    world.change({ strategy: { canary: { ...CANARY.canary, steps: [{ setWeight: 30 }] } } });
    world.run(5);
    assert.equal(world.status?.abort, true);
    assert.equal(world.size('v2'), 0);
  });

  it('exceeds the progress deadline when pods do not come up, without aborting, and recovers when they do', () => {
    const world = healthyWorld({ strategy: CANARY, progressDeadlineSeconds: 60 });
    world.broken.add('v2');
    world.deploy('v2');
    world.run(10);
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.conditions?.find((one) => one.type === 'Progressing')?.reason, 'ProgressDeadlineExceeded');
    assert.equal(world.status?.abort, undefined);
    assert.equal(world.selected('canary'), hashOf('v1'));
    world.broken.delete('v2');
    world.run(2);
    assert.notEqual(world.status?.phase, 'Degraded');
  });

  it('does not count paused time against the progress deadline', () => {
    const world = healthyWorld({
      strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }] } },
      progressDeadlineSeconds: 60,
    });
    world.deploy('v2');
    world.run(60);
    assert.equal(world.status?.phase, 'Paused');
    world.annotations['sluice.dev/request'] = 'resume@1';
    world.tick();
    assert.equal(world.status?.phase, 'Progressing');
  });

  it('never lets a broken stable block the fix', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.fail('v1');
    world.run(3);
    world.deploy('v2');
    world.until(() => world.runs.size > 0);
    world.verdict([...world.runs.keys()][0] ?? '', 'Successful');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.size('v1'), 0);
  });

  it('never lets a broken stable block the fix of an intermediate revision that serves', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.deploy('v2');
    world.until(() => world.status?.currentStepIndex === 3);
    world.fail('v1');
    world.deploy('v3');
    world.until(() => [...world.runs.keys()].some((name) => name.includes(hashOf('v3'))));
    world.verdict([...world.runs.keys()].find((name) => name.includes(hashOf('v3'))) ?? '', 'Successful');
    world.until(() => world.status?.phase === 'Healthy');
  });

  it('judges in the background during all steps, ends the run at promotion and keeps five runs of history', () => {
    const strategy = { canary: { analysis: { templates: [{ templateName: 'slo' }] }, steps: [{ setWeight: 20 }] } };
    const world = healthyWorld({ strategy });
    for (let release = 2; release < 12; release += 1) {
      world.deploy(`v${release}`);
      world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf(`v${release}`));
    }
    world.run(2);
    assert.ok(world.runs.size <= 7, String(world.runs.size));
    assert.ok([...world.runs.values()].every((run) => run.spec.terminate === true));
  });

  it('keeps as many old ReplicaSets as the history limit says', () => {
    const world = healthyWorld({ strategy: { canary: {} }, revisionHistoryLimit: 2 });
    for (let release = 2; release < 8; release += 1) {
      world.deploy(`v${release}`);
      world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf(`v${release}`));
    }
    world.run(1);
    assert.deepEqual([...world.sets.keys()].sort(), ['v5', 'v6', 'v7'].map((image) => `checkout-${hashOf(image)}`).sort());
  });

  it('adopts a ReplicaSet of its own hash that lost its owner', () => {
    const world = healthyWorld({ strategy: CANARY });
    const set = world.sets.get(`checkout-${hashOf('v1')}`);
    assert.ok(set !== undefined);
    set.view = { ...set.view, owned: false };
    world.run(1);
    assert.equal(world.set('v1')?.owned, true);
    assert.equal(world.size('v1'), 10);
  });

  it('holds the steps and says why when an analysis template is missing, and an abort still works', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.templates.clear();
    world.deploy('v2');
    world.run(10);
    assert.equal(world.status?.phase, 'Degraded');
    assert.match(world.status?.message ?? '', /AnalysisTemplate slo does not exist/);
    assert.equal(world.status?.currentStepIndex, 0);
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.run(5);
    assert.equal(world.size('v2'), 0);
  });

  it('leaves everything untouched when the spec has problems or asks for what is not supported', () => {
    const world = healthyWorld({ strategy: CANARY });
    world.change({ template: { ...world.spec.template, metadata: { labels: { app: 'checkout', v: '2' } } }, soak: { duration: '10m' } });
    const plan = world.pass();
    assert.deepEqual(plan.actions, []);
    assert.equal(plan.status.conditions?.find((one) => one.type === 'Stalled')?.reason, 'Unsupported');
    assert.match(plan.status.message ?? '', /spec\.soak/);
    const problem = { field: 'spec.x', problem: 'is wrong', remedy: 'correct it' };
    const refused = decideRollout({ ...world.observe(), problems: [problem, { ...problem, field: 'spec.y' }] }, world.now);
    assert.equal(refused.status.conditions?.find((one) => one.type === 'InvalidSpec')?.reason, 'InvalidSpec');
    assert.match(refused.status.message ?? '', /spec\.x.*\n.*spec\.y/);
    assert.equal(refused.status.stableRS, hashOf('v1'));
  });
});
