import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPLICA_SET } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { podsBehave } from '../../src/sim/scenario/timeline.ts';
import { rollout, services } from './peer-manifests.ts';
import {
  ask,
  askAbort,
  doing,
  edit,
  play,
  podsOf,
  rest,
  scaleTo,
  see,
  seeCondition,
  seeCounts,
  seePhase,
  seePods,
  seeService,
  seeStatus,
  setImage,
  undoTo,
  update,
  waitPhase,
  waitPods,
  waitStatus,
  waitStep,
  waitUntil,
} from './peer-stage.ts';

const neverReady = doing(podsBehave('shop:bad', { type: 'crash-loop', delay: millis(1000) }));

function steps(list: string, more = ''): string {
  return `steps:\n${list
    .trim()
    .split('\n')
    .map((line) => `- ${line.trim()}`)
    .join('\n')}\n${more}`;
}

describe('a canary without a router, as Argo Rollouts runs it', () => {
  it('is aborted, retried and promoted by itself after a timed pause', async () => {
    const manifest = rollout({ canary: steps('setWeight: 50\npause: {duration: 3s}') });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 1, 2: 1 }),
      askAbort(),
      waitPhase('Degraded'),
      ask('retry'),
      waitPhase('Paused'),
      seePods({ 1: 1, 2: 1 }),
      waitPhase('Healthy'),
      seePods({ 1: 0, 2: 1 }),
    ]);
  });

  it('takes a new template and a new size in one write, twice', async () => {
    const manifest = rollout({ replicas: 2, canary: steps('setWeight: 10\npause: {duration: 10s}\nsetWeight: 20\npause: {duration: 5s}') });
    await play(manifest, [
      waitPhase('Healthy'),
      edit({ spec: { replicas: 3, template: { metadata: { annotations: { test: 'value' } } } } }),
      waitPhase('Paused'),
      edit({ spec: { replicas: 4, template: { metadata: { annotations: { test: 'other' } } } } }),
      waitPhase('Healthy'),
      seeCounts(4, 4, 4, 4, 4),
    ]);
  });

  it('follows a new size while it is paused, both ways', async () => {
    const manifest = rollout({ canary: steps('setWeight: 25\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 1, 2: 1 }),
      scaleTo(8),
      waitStatus('availableReplicas', 8),
      seePods({ 1: 6, 2: 2 }),
      scaleTo(4),
      waitStatus('availableReplicas', 4),
      seePods({ 1: 3, 2: 1 }),
    ]);
  });

  it('follows a new size in the middle of an update with maxSurge 100%', async () => {
    const manifest = rollout({ replicas: 4, canary: 'maxSurge: 100%' });
    await play(
      manifest,
      [
        neverReady,
        waitPhase('Healthy'),
        setImage('shop:bad'),
        waitStatus('replicas', 7),
        seePods({ 1: 3, 2: 4 }),
        scaleTo(8),
        waitStatus('replicas', 11),
        seePods({ 1: 3, 2: 8 }),
        scaleTo(4),
        waitStatus('replicas', 7),
        seePods({ 1: 3, 2: 4 }),
      ],
      { settle: '15m' },
    );
  });

  it('follows a new size in the middle of an update that does not come up', async () => {
    const manifest = rollout({ replicas: 4, canary: 'maxSurge: 2\nmaxUnavailable: 0' });
    await play(
      manifest,
      [
        neverReady,
        waitPhase('Healthy'),
        setImage('shop:bad'),
        waitStatus('replicas', 6),
        seePods({ 1: 4, 2: 2 }),
        scaleTo(8),
        waitStatus('replicas', 10),
        seePods({ 1: 4, 2: 6 }),
        scaleTo(4),
        waitStatus('replicas', 6),
        seePods({ 1: 4, 2: 2 }),
      ],
      { settle: '15m' },
    );
  });

  it('keeps maxUnavailable when a weight goes down and when it is aborted', async () => {
    const manifest = rollout({
      replicas: 3,
      canary: steps('setWeight: 100\npause: {}\nsetWeight: 0\npause: {}\nsetWeight: 100\npause: {}', 'maxSurge: 2\nmaxUnavailable: 0'),
    });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 0, 2: 3 }),
      ask('promote'),
      waitPods(1, 2),
      seePods({ 1: 2, 2: 3 }),
      waitStep(3),
      seePods({ 1: 3, 2: 0 }),
      ask('promote'),
      waitStep(5),
      waitPhase('Paused'),
      askAbort(),
      waitPhase('Degraded'),
      waitPods(1, 2),
      seePods({ 1: 2, 2: 3 }),
      waitPods(2, 0),
      seePods({ 1: 3, 2: 0 }),
    ]);
  });

  it('keeps to maxSurge and maxUnavailable with a bad image, and balances between stable and the next bad one', async () => {
    const manifest = rollout({ replicas: 4, canary: 'maxSurge: 1\nmaxUnavailable: 0' });
    await play(manifest, [
      doing(podsBehave('shop:bad2', { type: 'image-pull-error' })),
      neverReady,
      waitPhase('Healthy'),
      edit({ spec: { progressDeadlineSeconds: 10 } }),
      setImage('shop:bad'),
      waitPhase('Degraded'),
      seePods({ 1: 4, 2: 1 }),
      setImage('shop:bad2'),
      waitPhase('Progressing'),
      waitPhase('Degraded'),
      seePods({ 1: 4, 2: 0, 3: 1 }),
    ]);
  });

  it('recovers from a first revision that crashes', async () => {
    const manifest = rollout({
      replicas: 4,
      image: 'shop:bad',
      spec: 'progressDeadlineSeconds: 10',
      canary: 'maxSurge: 1\nmaxUnavailable: 0',
    });
    await play(manifest, [
      neverReady,
      waitPhase('Degraded'),
      edit({ spec: { progressDeadlineSeconds: 60 } }),
      setImage('shop:good'),
      waitPhase('Healthy'),
      seePods({ 1: 0, 2: 4 }),
    ]);
  });

  // In Argo Rollouts the first revision is stable before it ever served, and keeps its crashing pods; here a revision is stable once it served.
  it('replaces a first revision that crashes by the next one within maxSurge, and keeps none of its pods', async () => {
    const manifest = rollout({
      replicas: 4,
      image: 'shop:bad',
      spec: 'progressDeadlineSeconds: 10',
      canary: 'maxSurge: 1\nmaxUnavailable: 0',
    });
    await play(manifest, [
      neverReady,
      doing(podsBehave('shop:bad2', { type: 'image-pull-error' })),
      waitPhase('Degraded'),
      setImage('shop:bad2'),
      waitPhase('Progressing'),
      waitPhase('Degraded'),
      seePods({ 1: 0, 2: 4 }),
      seeStatus('no stable revision', (status) => assert.equal(status.stableRS, undefined)),
    ]);
  });

  it('recovers from a first revision that crashes with steps as well', async () => {
    const manifest = rollout({
      replicas: 4,
      image: 'shop:bad',
      spec: 'progressDeadlineSeconds: 10',
      canary: steps(
        'setWeight: 50\npause:\n    duration: 5s'.replace('\n    ', ' {').replace('5s', '5s}'),
        'maxSurge: 1\nmaxUnavailable: 0',
      ),
    });
    await play(manifest, [neverReady, waitPhase('Degraded'), setImage('shop:good'), waitPhase('Healthy'), seePods({ 1: 0, 2: 4 })]);
  });

  it('is Degraded after the progress deadline, and goes on by itself when slow pods come up, with a pause after it', async () => {
    const manifest = rollout({
      replicas: 3,
      spec: 'revisionHistoryLimit: 2\nprogressDeadlineSeconds: 5',
      canary: steps('setWeight: 20\npause: {}'),
    });
    await play(
      manifest,
      [
        waitPhase('Degraded'),
        waitPhase('Healthy'),
        seeCounts(3, 3, 3, 3, 3),
        update(),
        waitPhase('Degraded'),
        waitPhase('Paused'),
        seePods({ 1: 3, 2: 1 }),
        ask('promote'),
        waitPhase('Degraded'),
        waitPhase('Healthy'),
      ],
      { behaviour: () => ({ type: 'ready-after', delay: millis(10_000) }) },
    );
  });

  it('drops the revision in between when the next one comes while it is paused', async () => {
    const manifest = `${services('shop', 'root', 'canary', 'stable')}${rollout({
      replicas: 3,
      spec: 'revisionHistoryLimit: 3\nprogressDeadlineSeconds: 5',
      canary: steps('setWeight: 20\npause: {}', 'canaryService: canary\nstableService: stable'),
    })}`;
    await play(
      manifest,
      [
        waitPhase('Healthy'),
        update(),
        waitPhase('Paused'),
        update(),
        waitPhase('Paused'),
        rest('1s'),
        seePods({ 1: 3, 2: 0, 3: 1 }),
        seeService('stable', 1),
        seeService('canary', 3),
      ],
      { behaviour: () => ({ type: 'ready-after', delay: millis(10_000) }) },
    );
  });

  it('is Paused with spec.paused while nothing is under test, and never says Progressing=Unknown before it was Healthy', async () => {
    const manifest = rollout({ replicas: 3, spec: 'progressDeadlineSeconds: 5', canary: steps('setWeight: 20') });
    await play(manifest, [
      waitPhase('Healthy'),
      edit({ spec: { paused: true } }),
      waitPhase('Paused'),
      seeCondition('Paused', 'True', 'RolloutPaused'),
      edit({ spec: { paused: false } }),
      waitPhase('Healthy'),
      seeCondition('Paused', 'False'),
    ]);
  });

  it('does not count a pause against the progress deadline', async () => {
    const manifest = rollout({
      replicas: 3,
      spec: 'progressDeadlineSeconds: 5',
      canary: steps('setWeight: 32\npause: {duration: 30s}\nsetWeight: 67'),
    });
    let degraded = 0;
    const run = await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      rest('29s'),
      seePhase('Paused'),
      waitPhase('Healthy'),
    ]);
    for (const { after } of run.writes)
      if (after?.kind === 'Rollout' && JSON.stringify(after).includes('"phase":"Degraded"')) degraded += 1;
    assert.equal(degraded, 0);
  });

  it('goes back when the former template returns in the middle, without steps', async () => {
    const manifest = rollout({ replicas: 4, canary: steps('setWeight: 25\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      update('two'),
      waitPhase('Paused'),
      edit({ spec: { template: { metadata: { annotations: { update: null } } } } }),
      waitPhase('Healthy'),
      seePods({ 2: 0, 3: 4 }),
      seeStatus('steps are done', (status) => assert.equal(status.currentStepIndex, 2)),
    ]);
  });

  it('knows the template of a ReplicaSet again with all that the API server added to it', async () => {
    const manifest = rollout({ replicas: 2, canary: steps('setWeight: 50\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      update('two'),
      waitPhase('Paused'),
      undoTo(1),
      waitPhase('Healthy'),
      seePods({ 2: 0, 3: 2 }),
      see('no third ReplicaSet', (stage) => assert.equal(stage.sim.snapshot(REPLICA_SET).length, 2)),
      seeStatus('steps are done', (status) => assert.equal(status.currentStepIndex, 2)),
    ]);
  });

  it('takes a default that is stated for no new revision', async () => {
    const manifest = rollout({ replicas: 2, canary: steps('setWeight: 50\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      edit({ spec: { template: { spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30 } } } }),
      rest('5s'),
      seePhase('Healthy'),
      see('one ReplicaSet', (stage) => assert.equal(stage.sim.snapshot(REPLICA_SET).length, 1)),
    ]);
  });

  it('starts at the first step again when the steps change in the middle', async () => {
    const manifest = rollout({ replicas: 4, canary: steps('setWeight: 25\npause: {}\nsetWeight: 50\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      ask('promote'),
      waitStep(3),
      edit({ spec: { strategy: { canary: { steps: [{ setWeight: 75 }, { pause: {} }] } } } }),
      waitPhase('Progressing'),
      waitPhase('Paused'),
      seeStatus('the second of two steps', (status) => assert.equal(status.currentStepIndex, 1)),
      seePods({ 1: 1, 2: 3 }),
    ]);
  });

  it('changes steps of a finished Rollout without a new rollout', async () => {
    const manifest = rollout({ replicas: 2, canary: steps('setWeight: 50\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      edit({ spec: { strategy: { canary: { steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 60 }] } } } }),
      rest('5s'),
      seePhase('Healthy'),
      seeStatus('all steps', (status) => assert.equal(status.currentStepIndex, 3)),
    ]);
  });

  it('gives the counts and the selector that an autoscaler reads', async () => {
    const manifest = rollout({ replicas: 4, canary: steps('setWeight: 25\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seeStatus('HPAReplicas and selector', (status) => {
        assert.equal(status['HPAReplicas'], 4);
        assert.equal(status['selector'], 'app=shop');
      }),
      seeCounts(4, 4, 1, 4, 4),
    ]);
  });

  it('promotes in full from a timed pause', async () => {
    const manifest = rollout({ canary: steps('pause: {duration: 24h}\nsetWeight: 50\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      ask('promote-full'),
      waitPhase('Healthy'),
      seePods({ 1: 0, 2: 1 }),
    ]);
  });

  it('promotes in full after an abort once it is retried: an abort beats every other request', async () => {
    const manifest = rollout({ canary: steps('setWeight: 50\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      askAbort(),
      waitPhase('Degraded'),
      ask('promote-full'),
      rest('5s'),
      seePhase('Degraded'),
      ask('retry'),
      waitPhase('Paused'),
      ask('promote-full'),
      waitPhase('Healthy'),
      seePods({ 1: 0, 2: 1 }),
    ]);
  });

  it('leaves a stable Rollout alone when it is aborted, before and after a release', async () => {
    const manifest = rollout({ canary: steps('setWeight: 50\npause: {}') });
    await play(manifest, [
      waitPhase('Healthy'),
      askAbort(),
      rest('2s'),
      seePhase('Healthy'),
      seePods({ 1: 1 }),
      update(),
      waitPhase('Paused'),
      ask('promote'),
      waitPhase('Healthy'),
      askAbort(),
      rest('2s'),
      seePhase('Healthy'),
      seePods({ 1: 0, 2: 1 }),
    ]);
  });

  it('runs with fields that only a router gives a meaning as it runs without them', async () => {
    const idle = 'abortScaleDownDelaySeconds: 600\nminPodsPerReplicaSet: 3\nscaleDownDelayRevisionLimit: 1\n';
    await play(rollout({ replicas: 4, canary: `${idle}${steps('setWeight: 25\npause: {}')}` }), [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 3, 2: 1 }),
      askAbort(),
      waitPhase('Degraded'),
      waitPods(2, 0),
      seePods({ 1: 4 }),
    ]);
  });

  it('keeps a number of seconds, a number as text and units in a pause', async () => {
    const manifest = rollout({
      canary: steps('setWeight: 50\npause: {duration: 3}\npause: {duration: "4"}\npause: {duration: 1m}\npause: {duration: 0.5h}'),
    });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitStep(1),
      waitStep(2),
      waitStep(3),
      waitStep(4),
      rest('29m'),
      seePhase('Paused'),
      waitPhase('Healthy'),
    ]);
  });

  it('keeps at most as many old ReplicaSets as revisionHistoryLimit', async () => {
    const manifest = rollout({ spec: 'revisionHistoryLimit: 1', canary: '{}' });
    await play(manifest, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Healthy'),
      update(),
      waitPhase('Healthy'),
      update(),
      waitPhase('Healthy'),
      waitUntil('the oldest are gone', (stage) => podsOf(stage, 4).length === 1 && podsOf(stage, 3).length === 0),
      rest('5s'),
      see('two ReplicaSets', (stage) => assert.equal(stage.sim.snapshot(REPLICA_SET).length, 2)),
    ]);
  });
});
