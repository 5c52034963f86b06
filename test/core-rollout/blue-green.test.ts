import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { ask, atRest, BOTH, blueGreen, judge, leadsTo, runOf, SLO, serving, untilActive } from './blue-green-world.ts';
import { hashOf, healthyWorld, World } from './world.ts';

describe('a first blue-green deployment', () => {
  it('gives the active Service its hash only when every pod is available, and needs neither analysis nor pause', () => {
    const world = new World(blueGreen({ ...BOTH, autoPromotionEnabled: false }));
    world.readyAfter = 3;
    world.tick();
    assert.equal(world.size('v1'), 4);
    world.tick();
    assert.equal(world.selected('active'), undefined);
    assert.equal(world.selected('preview'), undefined);
    assert.match(world.status?.message ?? '', /0 of 4 pods of revision 1 serve; the active Service leads to 0 of 4/);
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.equal(leadsTo(world, 'preview'), 'v1');
    assert.equal(world.runs.size, 0);
    assert.equal(world.status?.duration?.completionStatus, 'Promoted');
    atRest(world);
  });

  it('adopts a live Service without a hash without a gap, even while one pod is missing', () => {
    const world = new World(blueGreen());
    world.readyAfter = 2;
    world.tick();
    const pods = world.sets.get(`checkout-${hashOf('v1')}`)?.pods;
    assert.ok(pods !== undefined);
    pods.pending[0] = 100;
    world.run(3);
    assert.equal(world.set('v1')?.availableReplicas, 3);
    assert.deepEqual(world.services.get('active')?.selector, { app: 'checkout' });
    pods.pending[0] = 1;
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual(world.services.get('active')?.selector, { app: 'checkout', [POD_TEMPLATE_HASH]: hashOf('v1') });
  });

  it('has no step index and no weights in status', () => {
    const { status } = serving();
    assert.equal(status?.currentStepIndex, undefined);
    assert.equal(status?.currentStepHash, undefined);
    assert.equal(status?.canary, undefined);
  });
});

describe('a blue-green release', () => {
  it('previews, judges, switches, judges again, promotes, and keeps the old revision warm for its delay', () => {
    const world = serving(BOTH);
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    assert.equal(leadsTo(world, 'preview'), 'v2');
    assert.equal(leadsTo(world, 'active'), 'v1');
    untilActive(world, 'v2');
    assert.equal(world.status?.stableRS, hashOf('v1'));
    world.until(() => world.runs.has(runOf('v2', 2, 'post-promotion')));
    assert.equal(world.size('v1'), 4);
    assert.equal(world.status?.phase, 'Progressing');
    assert.match(world.status?.message ?? '', /has the traffic and is judged: .*post-promotion measures; a Pass makes it stable/);
    world.run(20);
    assert.equal(world.size('v1'), 4, 'the old one stays fully warm until the verdict');
    world.verdict(runOf('v2', 2, 'post-promotion'), 'Successful');
    world.tick();
    assert.equal(world.status?.phase, 'Healthy');
    assert.equal(world.status?.stableRS, hashOf('v2'));
    assert.deepEqual(Object.keys(world.status?.scaleDown ?? {}), [hashOf('v1')]);
    world.run(2);
    assert.equal(world.size('v1'), 4);
    world.run(2);
    assert.equal(world.size('v1'), 0);
    assert.equal(world.status?.scaleDown, undefined);
    assert.deepEqual(
      world.status?.gates?.map((gate) => [gate.name, gate.verdict]),
      [
        ['pre-promotion', 'Pass'],
        ['post-promotion', 'Pass'],
      ],
    );
    assert.equal(world.status?.blueGreen?.prePromotionAnalysisRunStatus?.name, runOf('v2', 2, 'pre-promotion'));
    assert.equal(world.status?.blueGreen?.postPromotionAnalysisRunStatus?.status, 'Successful');
    atRest(world);
  });

  it('labels its runs with what they are for', () => {
    const world = serving(BOTH);
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    world.until(() => world.runs.size === 2);
    assert.deepEqual(
      [...world.runs.values()].map((run) => run.metadata.labels?.['sluice.dev/analysis-type']),
      ['PrePromotion', 'PostPromotion'],
    );
  });

  it('does not switch before every pod of the new revision is available, nor before the preview Service leads to all of them', () => {
    const world = serving();
    world.readyAfter = 3;
    world.deploy('v2');
    world.tick();
    const pods = world.sets.get(`checkout-${hashOf('v2')}`)?.pods;
    assert.ok(pods !== undefined);
    pods.pending[3] = 100;
    world.run(8);
    assert.equal(world.set('v2')?.availableReplicas, 3);
    assert.equal(leadsTo(world, 'preview'), 'v2');
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.match(world.status?.message ?? '', /preview: 3 of 4 pods of revision 2 serve; next is the switch/);
    pods.pending[0] = 1;
    const seen = world.observe.bind(world);
    world.observe = () => {
      const observed = seen();
      const preview = observed.services.get('preview');
      if (preview === undefined) return observed;
      return { ...observed, services: new Map(observed.services).set('preview', { ...preview, readyByHash: { [hashOf('v2')]: 3 } }) };
    };
    world.run(4);
    assert.equal(world.set('v2')?.availableReplicas, 4);
    assert.equal(leadsTo(world, 'active'), 'v1', 'the EndpointSlices of the preview lag');
    world.observe = seen;
    untilActive(world, 'v2');
  });

  it('does not promote before the EndpointSlices of the active Service show the new pods', () => {
    const world = serving();
    world.deploy('v2');
    const seen = world.observe.bind(world);
    world.observe = () => {
      const observed = seen();
      const active = observed.services.get('active');
      if (active === undefined) return observed;
      return { ...observed, services: new Map(observed.services).set('active', { ...active, readyByHash: { [hashOf('v1')]: 4 } }) };
    };
    untilActive(world, 'v2');
    world.run(5);
    assert.equal(world.status?.stableRS, hashOf('v1'));
    assert.equal(world.status?.phase, 'Progressing');
    assert.match(world.status?.message ?? '', /leads to 0 of 4 ready pods of revision 2/);
    world.observe = seen;
    world.until(() => world.status?.phase === 'Healthy');
  });

  it('never points the preview Service at a revision without a ready pod', () => {
    const world = serving();
    world.broken.add('v2');
    world.deploy('v2');
    world.run(5, (plan) => {
      assert.ok(!plan.actions.some((action) => action.type === 'setServiceSelector'), plan.explain.join('\n'));
    });
    assert.equal(leadsTo(world, 'preview'), 'v1');
  });

  it('works without a preview Service', () => {
    const world = healthyWorld(blueGreen({ previewService: undefined, ...BOTH }));
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    judge(world, runOf('v2', 2, 'post-promotion'), 'Successful');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(leadsTo(world, 'active'), 'v2');
    assert.equal(world.status?.blueGreen?.previewSelector, undefined);
  });

  it('keeps the preview at previewReplicaCount until analysis and pause are over, and is at full size before the switch', () => {
    const world = serving({ ...BOTH, previewReplicaCount: 1, autoPromotionSeconds: 60 });
    world.deploy('v2');
    world.until(() => world.runs.size === 1);
    world.run(5);
    assert.equal(world.size('v2'), 1);
    world.verdict(runOf('v2', 2, 'pre-promotion'), 'Successful');
    world.tick();
    assert.equal(world.status?.phase, 'Paused');
    assert.match(
      world.status?.message ?? '',
      /is ready as the preview: paused before the switch since \S+ until \S+; resume ends it now; abort gives it up$/,
    );
    world.run(4);
    assert.equal(world.size('v2'), 1);
    world.until(() => world.size('v2') === 4);
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.match(world.status?.message ?? '', /1 of 4 pods of revision 2 serve; the active Service goes over when all do/);
    untilActive(world, 'v2');
    assert.equal(world.set('v2')?.availableReplicas, 4);
  });

  it('counts autoPromotionSeconds from the moment the preview is ready and judged', () => {
    const world = serving({ prePromotionAnalysis: SLO, autoPromotionSeconds: 120 });
    world.deploy('v2');
    world.until(() => world.runs.size === 1);
    world.run(30);
    assert.deepEqual(world.status?.pauseConditions ?? [], []);
    world.verdict(runOf('v2', 2, 'pre-promotion'), 'Successful');
    world.tick();
    const pause = world.status?.pauseConditions?.[0];
    assert.equal(pause?.reason, 'BlueGreenPause');
    world.run(11);
    assert.equal(leadsTo(world, 'active'), 'v1');
    world.run(2);
    assert.equal(leadsTo(world, 'active'), 'v2');
  });

  it('waits for a person when autoPromotionEnabled is false', () => {
    const world = serving({ autoPromotionEnabled: false });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.run(50);
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.match(world.status?.message ?? '', /until somebody resumes or promotes/);
    assert.ok(world.status?.duration?.manualPauseStartedAt !== undefined);
    ask(world, 'resume');
    untilActive(world, 'v2');
    world.until(() => world.status?.phase === 'Healthy');
  });

  it('has at most its limit of old ReplicaSets warm', () => {
    const world = serving({ scaleDownDelaySeconds: 3600, scaleDownDelayRevisionLimit: 1 });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf('v2'));
    world.run(2);
    assert.equal(world.size('v1'), 4);
    world.deploy('v3');
    world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf('v3'));
    world.run(2);
    assert.deepEqual([world.size('v1'), world.size('v2'), world.size('v3')], [0, 4, 4]);
    assert.deepEqual(Object.keys(world.status?.scaleDown ?? {}), [hashOf('v2')]);
  });

  it('is Healthy while old pods are warm, and they follow a smaller size', () => {
    const world = serving({ scaleDownDelaySeconds: 3600 });
    world.deploy('v2');
    world.until(() => world.status?.stableRS === hashOf('v2'));
    world.change({ replicas: 2 });
    world.run(2);
    assert.equal(world.status?.phase, 'Healthy');
    assert.deepEqual([world.size('v1'), world.size('v2')], [2, 2]);
    world.change({ replicas: 6 });
    world.run(3);
    assert.deepEqual([world.size('v1'), world.size('v2')], [2, 6]);
  });

  it('keeps old pods beyond their delay while the new revision does not serve', () => {
    const world = serving();
    world.deploy('v2');
    world.until(() => world.status?.stableRS === hashOf('v2'));
    world.fail('v2');
    world.run(12);
    assert.equal(world.size('v1'), 4);
    world.broken.clear();
    world.run(3);
    assert.equal(world.size('v1'), 0);
  });

  it('shows an autoscaler the active ReplicaSet only', () => {
    const world = serving({ previewReplicaCount: 1, autoPromotionEnabled: false });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    assert.equal(world.status?.replicas, 5);
    assert.equal(world.status?.HPAReplicas, 4);
    assert.equal(world.status?.availableReplicas, 4);
    assert.equal(world.status?.selector, `app=checkout,sluice.dev/pod-template-hash=${hashOf('v1')}`);
    ask(world, 'promote');
    untilActive(world, 'v2');
    assert.equal(world.status?.selector, `app=checkout,sluice.dev/pod-template-hash=${hashOf('v2')}`);
  });

  it('follows new sizes on both sides in the pause, and the pause goes on', () => {
    const world = serving({ autoPromotionEnabled: false });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    for (const replicas of [8, 2, 0, 6]) {
      world.change({ replicas });
      world.run(3);
      assert.deepEqual([world.size('v1'), world.size('v2')], [replicas, replicas]);
      assert.equal(world.status?.phase, 'Paused');
      assert.equal(leadsTo(world, 'active'), 'v1');
    }
  });

  it('holds the switch while spec.paused, with sizes alive', () => {
    const world = serving({ previewReplicaCount: 2 });
    world.change({ paused: true });
    world.deploy('v2');
    world.run(6);
    assert.equal(world.size('v2'), 2);
    assert.equal(world.status?.phase, 'Paused');
    world.change({ replicas: 6 });
    world.run(2);
    assert.equal(world.size('v1'), 6);
    world.change({ paused: false });
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(leadsTo(world, 'active'), 'v2');
  });

  it('is promoted at size 0, where no traffic can be moved, and follows with the Services when it grows', () => {
    const world = serving();
    world.change({ replicas: 0 });
    world.run(2);
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf('v2'));
    world.change({ replicas: 3 });
    world.until(() => world.status?.phase === 'Healthy' && leadsTo(world, 'active') === 'v2');
    world.run(2);
    assert.equal(leadsTo(world, 'preview'), 'v2');
  });

  it('measures nothing at size 0, and waits without a deadline', () => {
    const world = serving({ ...BOTH }, { progressDeadlineSeconds: 60 });
    world.change({ replicas: 0 });
    world.run(2);
    world.deploy('v2');
    world.run(20);
    assert.equal(world.runs.size, 0);
    assert.equal(world.status?.phase, 'Progressing');
    world.change({ replicas: 2 });
    world.until(() => world.runs.size === 1);
  });
});

describe('another template in the middle of a blue-green release', () => {
  it('moves the preview on and keeps the superseded revision for its delay', () => {
    const world = serving({ autoPromotionEnabled: false });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.deploy('v3');
    world.tick();
    assert.equal(leadsTo(world, 'preview'), 'v2', 'until the next one has a ready pod');
    world.run(2);
    assert.equal(leadsTo(world, 'preview'), 'v3');
    assert.equal(world.size('v2'), 4);
    world.run(3);
    assert.equal(world.size('v2'), 0);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(leadsTo(world, 'active'), 'v1');
  });

  it('leaves a superseded preview for stable when the delay is over and the next one still has no pod', () => {
    const world = serving({ autoPromotionEnabled: false });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.broken.add('v3');
    world.deploy('v3');
    world.run(8);
    assert.equal(leadsTo(world, 'preview'), 'v1');
    assert.equal(world.size('v2'), 0);
  });

  it('gives the traffic back to stable first when it comes after the switch, and the unproven revision keeps its pods until then', () => {
    const world = serving({ postPromotionAnalysis: SLO });
    world.deploy('v2');
    world.until(() => world.runs.size === 1);
    world.deploy('v3');
    const plan = world.pass();
    assert.equal(leadsTo(world, 'active'), 'v1', plan.explain.join('\n'));
    assert.equal(world.size('v2'), 4);
    assert.equal(world.status?.scaleDown, undefined);
    world.tick();
    assert.deepEqual(Object.keys(world.status?.scaleDown ?? {}), [hashOf('v2')]);
    world.until(() => leadsTo(world, 'active') === 'v3');
  });

  it('goes back at once when it is the stable one, without analysis or pause', () => {
    const world = serving({ ...BOTH, autoPromotionEnabled: false });
    world.deploy('v2');
    judge(world, runOf('v2', 2, 'pre-promotion'), 'Successful');
    world.until(() => world.status?.phase === 'Paused');
    ask(world, 'promote');
    untilActive(world, 'v2');
    world.deploy('v1');
    world.pass();
    assert.equal(leadsTo(world, 'active'), 'v1');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(world.size('v2'), 4);
    world.run(5);
    assert.equal(world.size('v2'), 0);
  });
});

describe('a fast rollback', () => {
  it('to a revision that was stable and is still warm needs neither analysis nor pause, only the full size', () => {
    const world = serving({ scaleDownDelaySeconds: 600 });
    world.deploy('v2');
    world.until(() => world.status?.stableRS === hashOf('v2'));
    world.change({ strategy: { blueGreen: { activeService: 'active', previewService: 'preview', ...BOTH, autoPromotionEnabled: false } } });
    world.change({ replicas: 6 });
    world.run(2);
    world.deploy('v1');
    world.tick();
    assert.match(world.status?.fastRollback?.message ?? '', /it was stable until \S+ and is warm until/);
    assert.equal(leadsTo(world, 'active'), 'v2', 'four of six pods are not enough');
    world.until(() => world.status?.phase === 'Healthy');
    assert.equal(leadsTo(world, 'active'), 'v1');
    assert.equal(world.runs.size, 0);
    assert.deepEqual(
      world.status?.formerlyStable?.map((entry) => entry.podTemplateHash),
      [hashOf('v2')],
    );
  });

  it('is none to a preview that was never stable, however warm it is', () => {
    const world = serving({ scaleDownDelaySeconds: 600, autoPromotionEnabled: false });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.deploy('v3');
    world.run(3);
    world.deploy('v2');
    world.run(3);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(leadsTo(world, 'active'), 'v1');
  });

  it('is none after the delay', () => {
    const world = serving({ autoPromotionEnabled: false });
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    ask(world, 'promote');
    world.until(() => world.status?.phase === 'Healthy');
    world.run(6);
    assert.equal(world.size('v1'), 0);
    world.deploy('v1');
    world.run(4);
    assert.equal(world.status?.phase, 'Paused');
    assert.equal(leadsTo(world, 'active'), 'v2');
  });

  it('is held by spec.paused like every other switch', () => {
    const world = serving({ scaleDownDelaySeconds: 600 });
    world.deploy('v2');
    world.until(() => world.status?.stableRS === hashOf('v2'));
    world.change({ paused: true });
    world.deploy('v1');
    world.run(4);
    assert.equal(leadsTo(world, 'active'), 'v2');
    world.change({ paused: false });
    untilActive(world, 'v1');
  });
});
