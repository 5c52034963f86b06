import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ask, askAbort, atRest, BOTH, judge, leadsTo, runOf, SLO, serving, untilActive } from './blue-green-world.ts';
import { hashOf } from './world.ts';

describe('the way back of a blue-green release', () => {
  it('takes the traffic back in the very pass that reads a breach after the switch, and asks for the restore', () => {
    const world = serving(BOTH, { rollback: { onFailure: 'Revert' } });
    world.deploy('v2');
    world.applied('c2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    judge(world, runOf('v2', 2, 'post-promotion'), 'Failed');
    const plan = world.pass();
    assert.deepEqual(
      plan.actions.map((action) => action.type),
      ['setServiceSelector'],
    );
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.equal(world.status?.abort, true);
    assert.equal(world.status?.rollback?.state, 'Intent');
    assert.equal(world.status?.rollback?.goodCommit, 'c1');
    assert.equal(world.status?.quarantine?.[0]?.podTemplateHash, hashOf('v2'));
    assert.equal(world.status?.phase, 'Degraded');
    assert.match(world.status?.message ?? '', /^post-promotion analysis breached: success-rate was 0.91, wanted result\[0\] >= 0.95/);
    world.run(2);
    assert.equal(leadsTo(world, 'preview'), 'v2', 'the preview stays to be looked at');
    world.run(4);
    assert.equal(leadsTo(world, 'preview'), 'v1');
    assert.equal(world.size('v2'), 0);
    assert.equal(world.size('v1'), 4);
    atRest(world);
  });

  it('does not wait for the failing side', () => {
    const world = serving(BOTH);
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    world.until(() => world.runs.has(runOf('v2', 2, 'post-promotion')));
    const pods = world.sets.get(`checkout-${hashOf('v2')}`)?.pods;
    assert.ok(pods !== undefined);
    pods.ready = 1;
    pods.pending.push(100, 100, 100);
    world.verdict(runOf('v2', 2, 'post-promotion'), 'Failed');
    world.tick();
    assert.equal(leadsTo(world, 'active'), 'v1');
  });

  it('leaves a small preview its pods in the pass that takes the traffic off it, when the status that gave it was lost', () => {
    const world = serving({ previewReplicaCount: 1, postPromotionAnalysis: SLO });
    world.deploy('v2');
    world.until(() => world.runs.has(runOf('v2', 2, 'post-promotion')));
    assert.equal(world.size('v2'), 4);
    world.status = undefined;
    world.pass();
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.equal(world.size('v2'), 4);
  });

  it('never goes back to a stable that cannot carry the traffic, and goes as soon as it can', () => {
    const world = serving(BOTH);
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    world.until(() => world.runs.has(runOf('v2', 2, 'post-promotion')));
    world.fail('v1');
    world.verdict(runOf('v2', 2, 'post-promotion'), 'Failed');
    world.run(30);
    assert.equal(leadsTo(world, 'active'), 'v2');
    assert.equal(world.size('v2'), 4, 'what has the traffic keeps its pods');
    assert.match(
      world.status?.message ?? '',
      /still selects it, and goes back as soon as stable can take over \(0 of 4 of its pods serve\)/,
    );
    world.broken.clear();
    world.run(2);
    assert.equal(leadsTo(world, 'active'), 'v1');
    world.run(6);
    assert.equal(world.size('v2'), 0);
  });

  it('scales a stable up first that somebody made smaller, and switches when it can carry the traffic', () => {
    const world = serving({ postPromotionAnalysis: SLO });
    world.deploy('v2');
    world.until(() => world.runs.size === 1);
    const set = world.sets.get(`checkout-${hashOf('v1')}`);
    assert.ok(set !== undefined);
    set.view = { ...set.view, specReplicas: 0, replicas: 0, readyReplicas: 0, availableReplicas: 0, countable: 0 };
    set.pods.ready = 0;
    world.verdict(runOf('v2', 2, 'post-promotion'), 'Failed');
    world.pass();
    assert.equal(leadsTo(world, 'active'), 'v2');
    assert.equal(world.size('v1'), 4);
    world.until(() => leadsTo(world, 'active') === 'v1');
    assert.ok((world.set('v1')?.availableReplicas ?? 0) >= 3);
  });

  it('breaches before the switch without touching the active Service', () => {
    const world = serving({ ...BOTH, previewReplicaCount: 1 }, { rollback: { onFailure: 'Abort' } });
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Failed');
    world.tick();
    assert.equal(world.status?.phase, 'Degraded');
    assert.equal(world.status?.rollback, undefined);
    assert.match(world.status?.message ?? '', /^pre-promotion analysis breached/);
    assert.equal(leadsTo(world, 'active'), 'v1');
    world.run(6);
    assert.equal(world.size('v2'), 0);
    world.deploy('v1');
    world.until(() => world.status?.phase === 'Healthy');
    world.deploy('v2');
    world.run(3);
    assert.equal(world.status?.phase, 'Degraded', 'quarantined');
    assert.match(world.status?.message ?? '', /is quarantined since \S+ and stays without traffic/);
    assert.equal(world.size('v2'), 0);
  });

  it('freezes where it is, and goes on when a person promotes', () => {
    const world = serving(BOTH, { rollback: { onFailure: 'Freeze' } });
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    judge(world, runOf('v2', 2, 'post-promotion'), 'Failed');
    world.run(10);
    assert.equal(leadsTo(world, 'active'), 'v2');
    assert.equal(world.size('v1'), 4);
    assert.match(world.status?.message ?? '', /onFailure is Freeze: the traffic stays/);
    ask(world, 'promote');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.status?.stableRS, hashOf('v2'));
    assert.equal(world.status?.quarantine, undefined);
  });

  it('freezes before the switch, and a retry starts the preview again', () => {
    const world = serving(BOTH, { rollback: { onFailure: 'Freeze' } });
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Failed');
    world.run(10);
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.equal(world.size('v2'), 4);
    ask(world, 'retry');
    judge(world, runOf('v2', 2, 'pre-promotion', 1), 'Successful');
    untilActive(world, 'v2');
  });

  it('keeps the preview of an aborted release for ever when abortScaleDownDelaySeconds is 0', () => {
    const world = serving({ autoPromotionEnabled: false, abortScaleDownDelaySeconds: 0 });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    askAbort(world);
    world.run(30);
    assert.equal(world.size('v2'), 4);
    assert.equal(leadsTo(world, 'preview'), 'v2');
    assert.equal(leadsTo(world, 'active'), 'v1');
    atRest(world);
  });

  it('aborts a revision that loses every pod after the switch, since stable can still serve', () => {
    const world = serving({ postPromotionAnalysis: SLO });
    world.deploy('v2');
    world.until(() => world.runs.size === 1);
    world.fail('v2');
    world.tick();
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.equal(world.status?.abort, true);
    assert.equal(world.status?.quarantine, undefined);
    assert.match(world.status?.message ?? '', /no pod of revision \w+ serves any more after the switch/);
    world.broken.clear();
    world.run(5);
    assert.equal(leadsTo(world, 'active'), 'v1', 'it does not come again by itself');
  });

  it('leaves the traffic where it is when no side serves', () => {
    const world = serving({ postPromotionAnalysis: SLO });
    world.deploy('v2');
    world.until(() => world.runs.size === 1);
    world.fail('v1');
    world.fail('v2');
    world.run(5);
    assert.equal(leadsTo(world, 'active'), 'v2');
    assert.equal(world.status?.abort, undefined);
  });
});

describe('a verdict that does not come', () => {
  it('pauses before the switch; resume measures again, promote goes on without', () => {
    const world = serving(BOTH);
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Inconclusive');
    world.run(5);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(leadsTo(world, 'active'), 'v1');
    ask(world, 'resume');
    judge(world, runOf('v2', 2, 'pre-promotion', 1), 'Error');
    world.run(5);
    assert.equal(world.status?.phase, 'Paused');
    ask(world, 'promote');
    untilActive(world, 'v2');
  });

  it('pauses after the switch with the old revision warm, and promote makes it stable', () => {
    const world = serving(BOTH);
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    judge(world, runOf('v2', 2, 'post-promotion'), 'Error');
    world.run(20);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(leadsTo(world, 'active'), 'v2');
    assert.equal(world.size('v1'), 4);
    ask(world, 'promote');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.status?.stableRS, hashOf('v2'));
  });

  it('does not end early when the preview loses its pods meanwhile', () => {
    const world = serving({ prePromotionAnalysis: SLO });
    world.deploy('v2');
    world.until(() => world.runs.size === 1);
    world.fail('v2');
    world.run(5);
    assert.equal([...world.runs.values()][0]?.spec.terminate, undefined);
    assert.equal(leadsTo(world, 'active'), 'v1');
    world.verdict(runOf('v2', 2, 'pre-promotion'), 'Successful');
    world.run(5);
    assert.equal(leadsTo(world, 'active'), 'v1');
    world.broken.clear();
    untilActive(world, 'v2');
  });

  it('is awaited as long as it takes, without a progress deadline', () => {
    const world = serving(BOTH, { progressDeadlineSeconds: 60 });
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    world.until(() => world.runs.size === 2);
    world.run(30);
    assert.equal(world.status?.phase, 'Progressing');
  });

  it('cannot come from a template that is missing: nothing is switched, and the reason is in status', () => {
    const world = serving({ postPromotionAnalysis: { templates: [{ templateName: 'gone' }] } });
    world.deploy('v2');
    world.run(5);
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.equal(world.status?.phase, 'Degraded');
    assert.match(world.status?.message ?? '', /AnalysisTemplate gone does not exist/);
  });
});

describe('a preview whose pods crash', () => {
  it('runs into the progress deadline and leaves the traffic alone', () => {
    const world = serving({}, { progressDeadlineSeconds: 120 });
    world.broken.add('v2');
    world.deploy('v2');
    world.run(14);
    assert.equal(world.status?.phase, 'Degraded');
    assert.match(world.status?.message ?? '', /no progress for 120s: .*preview: 0 of 4 pods of revision 2 serve/);
    assert.equal(leadsTo(world, 'active'), 'v1');
    world.broken.clear();
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(leadsTo(world, 'active'), 'v2');
  });
});
