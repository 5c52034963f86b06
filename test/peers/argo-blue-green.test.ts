import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { podsBehave } from '../../src/sim/scenario/timeline.ts';
import { rollout, services } from './peer-manifests.ts';
import {
  ask,
  askAbort,
  blueGreenOf,
  doing,
  edit,
  hashOfRevision,
  type Move,
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
  statusOf,
  update,
  waitPhase,
  waitPods,
  waitStatus,
  waitUntil,
} from './peer-stage.ts';

const SERVICES = services('shop', 'active', 'preview');
const BOTH = 'activeService: active\npreviewService: preview';

function activeIs(revision: number): Move {
  return waitUntil(`revision ${revision} is active`, (stage) => blueGreenOf(stage).activeSelector === hashOfRevision(stage, revision));
}

describe('blue-green, as Argo Rollouts runs it', () => {
  it('switches when the new revision serves, and keeps the old one for a while', async () => {
    await play(`${SERVICES}${rollout({ replicas: 3, blueGreen: 'activeService: active' })}`, [
      waitPhase('Healthy'),
      seeCounts(3, 3, 3, 3, 3),
      seeService('active', 1),
      update(),
      waitPhase('Progressing'),
      activeIs(2),
      seeCounts(3, 6, 3, 3, 3),
      waitPhase('Healthy'),
      seeCounts(3, 6, 3, 3, 3),
      seeService('active', 2),
      rest('33s'),
      seePods({ 1: 0, 2: 3 }),
      seeCounts(3, 3, 3, 3, 3),
    ]);
  });

  it('waits for a person when autoPromotionEnabled is false, and promotes with previewReplicaCount', async () => {
    const blueGreen = `${BOTH}\npreviewReplicaCount: 1\nscaleDownDelaySeconds: 5\nautoPromotionEnabled: false`;
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 2, 2: 1 }),
      seeCounts(2, 3, 1, 2, 2),
      seeService('active', 1),
      seeService('preview', 2),
      seeCondition('Paused', 'True'),
      ask('promote'),
      waitPhase('Healthy'),
      seeCounts(2, 4, 2, 2, 2),
      seeService('active', 2),
      seeCondition('Paused', 'False'),
      rest('6s'),
      seePods({ 1: 0, 2: 2 }),
    ]);
  });

  it('promotes in full past previewReplicaCount, however short the progress deadline is', async () => {
    const blueGreen = 'activeService: active\npreviewReplicaCount: 1\nautoPromotionEnabled: false';
    await play(`${SERVICES}${rollout({ replicas: 2, spec: 'progressDeadlineSeconds: 1', blueGreen })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      rest('2s'),
      seePhase('Paused'),
      seeCounts(2, 3, 1, 2, 2),
      ask('promote-full'),
      waitPhase('Healthy'),
      seeCounts(2, 4, 2, 2, 2),
    ]);
  });

  for (const manual of [true, false]) {
    it(`is Degraded while slow pods exceed the progress deadline, ${manual ? 'and Paused' : 'and Healthy'} once they are up`, async () => {
      const blueGreen = `activeService: active\nautoPromotionEnabled: ${!manual}`;
      await play(
        `${SERVICES}${rollout({ replicas: 1, spec: 'revisionHistoryLimit: 2\nprogressDeadlineSeconds: 5', blueGreen })}`,
        [
          waitPhase('Degraded'),
          waitPhase('Healthy'),
          update(),
          waitPhase('Degraded'),
          ...(manual ? [waitPhase('Paused'), ask('promote')] : []),
          waitPhase('Healthy'),
          seeService('active', 2),
        ],
        { behaviour: () => ({ type: 'ready-after', delay: millis(10_000) }) },
      );
    });
  }

  it('keeps as many old revisions as scaleDownDelayRevisionLimit, also when that is lowered', async () => {
    const blueGreen = 'activeService: active\nscaleDownDelaySeconds: 86400\nscaleDownDelayRevisionLimit: 2';
    await play(`${SERVICES}${rollout({ replicas: 1, blueGreen })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Progressing'),
      waitPhase('Healthy'),
      seePods({ 1: 1, 2: 1 }),
      seeCounts(1, 2, 1, 1, 1),
      update(),
      waitPhase('Progressing'),
      waitPhase('Healthy'),
      update(),
      waitPhase('Progressing'),
      waitPhase('Healthy'),
      rest('1s'),
      seePods({ 1: 0, 2: 1, 3: 1, 4: 1 }),
      seeCounts(1, 3, 1, 1, 1),
      edit({ spec: { strategy: { blueGreen: { scaleDownDelayRevisionLimit: 1 } } } }),
      rest('1s'),
      seePods({ 1: 0, 2: 0, 3: 1, 4: 1 }),
      seeCounts(1, 2, 1, 1, 1),
    ]);
  });

  it('is only Degraded after the progress deadline, and aborted once progressDeadlineAbort is set', async () => {
    const blueGreen = 'activeService: active\nabortScaleDownDelaySeconds: 2';
    await play(`${SERVICES}${rollout({ replicas: 1, blueGreen })}`, [
      doing(podsBehave('shop:bad', { type: 'image-pull-error' })),
      waitPhase('Healthy'),
      edit({ spec: { progressDeadlineAbort: false, progressDeadlineSeconds: 1 } }),
      setImage('shop:bad'),
      waitPhase('Degraded'),
      rest('3s'),
      seePods({ 1: 1, 2: 1 }),
      seeStatus('not aborted', (status) => assert.notEqual(status.abort, true)),
      edit({ spec: { progressDeadlineAbort: true } }),
      waitUntil('it is aborted', (stage) => statusOf(stage).abort === true),
      rest('3s'),
      seePhase('Degraded'),
      seePods({ 1: 1, 2: 0 }),
      seeService('active', 1),
    ]);
  });

  it('scales an aborted preview down after abortScaleDownDelaySeconds', async () => {
    const blueGreen = `${BOTH}\nabortScaleDownDelaySeconds: 1\npreviewReplicaCount: 1\nscaleDownDelaySeconds: 5\nautoPromotionEnabled: false`;
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seePods({ 1: 2, 2: 1 }),
      askAbort(),
      waitPhase('Degraded'),
      rest('3s'),
      seePods({ 1: 2, 2: 0 }),
      seeService('active', 1),
    ]);
  });

  it('keeps an aborted preview when abortScaleDownDelaySeconds is 0', async () => {
    const blueGreen = `${BOTH}\nabortScaleDownDelaySeconds: 0\nautoPromotionEnabled: false`;
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      askAbort(),
      waitPhase('Degraded'),
      rest('5m'),
      seePods({ 1: 2, 2: 2 }),
      seeService('active', 1),
    ]);
  });

  it('promotes by itself after autoPromotionSeconds', async () => {
    await play(`${SERVICES}${rollout({ replicas: 1, blueGreen: `${BOTH}\nautoPromotionSeconds: 30` })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      seeStatus('BlueGreenPause', (status) => assert.match(JSON.stringify(status['pauseConditions']), /BlueGreenPause/u)),
      rest('28s'),
      seePhase('Paused'),
      seeService('active', 1),
      waitPhase('Healthy'),
      seeService('active', 2),
    ]);
  });

  it('goes back at once to a revision that is still warm', async () => {
    const blueGreen = `${BOTH}\nscaleDownDelaySeconds: 300\nautoPromotionEnabled: false`;
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitPhase('Healthy'),
      update('two'),
      waitPhase('Paused'),
      ask('promote'),
      waitPhase('Healthy'),
      edit({ spec: { template: { metadata: { annotations: { update: null } } } } }),
      waitPhase('Healthy'),
      seeService('active', 3),
      seePods({ 2: 2, 3: 2 }),
      rest('301s'),
      seePods({ 2: 0, 3: 2 }),
    ]);
  });

  it('goes back to stable in the middle, without a pause', async () => {
    const blueGreen = `${BOTH}\nautoPromotionEnabled: false`;
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitPhase('Healthy'),
      update('two'),
      waitPhase('Paused'),
      edit({ spec: { template: { metadata: { annotations: { update: null } } } } }),
      waitPhase('Healthy'),
      seeService('active', 3),
      seeService('preview', 3),
    ]);
  });

  it('follows a new size on both sides, and the preview keeps previewReplicaCount', async () => {
    const blueGreen = `${BOTH}\npreviewReplicaCount: 1\nautoPromotionEnabled: false`;
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      scaleTo(5),
      waitPods(1, 5),
      rest('5s'),
      seePods({ 1: 5, 2: 1 }),
      seePhase('Paused'),
      scaleTo(1),
      rest('5s'),
      seePods({ 1: 1, 2: 1 }),
    ]);
  });

  it('gives the counts and the selector of the active revision to an autoscaler', async () => {
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen: `${BOTH}\nautoPromotionEnabled: false` })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      see('HPAReplicas and selector', (stage) => {
        const status = statusOf(stage);
        assert.equal(status['HPAReplicas'], 2);
        assert.equal(status['selector'], `app=shop,sluice.dev/pod-template-hash=${hashOfRevision(stage, 1)}`);
      }),
    ]);
  });

  it('stays Progressing and unswitched while a slow new revision comes up, with conditions to wait for', async () => {
    await play(
      `${SERVICES}${rollout({ replicas: 1, blueGreen: 'activeService: active\nautoPromotionEnabled: true' })}`,
      [
        waitPhase('Healthy'),
        update(),
        waitPhase('Progressing'),
        seeCondition('Healthy', 'False'),
        seeCondition('Completed', 'False'),
        seeService('active', 1),
        rest('3s'),
        seePhase('Progressing'),
        waitPhase('Healthy'),
        seeCondition('Healthy', 'True'),
        seeCondition('Completed', 'True'),
        seeService('active', 2),
      ],
      { behaviour: () => ({ type: 'ready-after', delay: millis(5000) }) },
    );
  });

  it('drops the revision in between when the next one comes', async () => {
    const blueGreen = `${BOTH}\nautoPromotionEnabled: false`;
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      update(),
      waitPhase('Progressing'),
      waitPhase('Paused'),
      seeService('preview', 3),
      seeService('active', 1),
      rest('31s'),
      seePods({ 1: 2, 2: 0, 3: 2 }),
    ]);
  });

  it('becomes a canary in one edit, and the Service selects every pod again', async () => {
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen: 'activeService: active\nscaleDownDelaySeconds: 5' })}`, [
      waitPhase('Healthy'),
      edit({
        spec: {
          template: { metadata: { annotations: { foo: 'bar' } } },
          strategy: { blueGreen: null, canary: { steps: [{ setWeight: 50 }, { pause: {} }] } },
        },
      }),
      waitPhase('Paused'),
      waitStatus('availableReplicas', 2),
      seeCounts(2, 2, 1, 2, 2),
      seeService('active', undefined),
    ]);
  });

  it('gives its pods the labels of the part that their revision plays, and changes them in place', async () => {
    const blueGreen =
      'activeService: active\nautoPromotionEnabled: false\npreviewMetadata: {labels: {role: preview}}\nactiveMetadata: {labels: {role: active}}';
    const roles = (revision: number, name: string, role: string | undefined): Move =>
      see(`${name} of revision ${revision}`, (stage) => {
        const actual = podsOf(stage, revision).map((pod) => pod.metadata.labels?.[name]);
        assert.deepEqual(actual, [role, role]);
      });
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitUntil('there are two pods', (stage) => stage.sim.snapshot(POD).length === 2),
      roles(1, 'role', 'active'),
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      roles(2, 'role', 'preview'),
      roles(1, 'role', 'active'),
      edit({ spec: { strategy: { blueGreen: { previewMetadata: { labels: { role: null, role2: 'preview2' } } } } } }),
      rest('1s'),
      roles(2, 'role', undefined),
      roles(2, 'role2', 'preview2'),
      ask('promote'),
      waitPhase('Healthy'),
      rest('1s'),
      roles(2, 'role', 'active'),
      roles(2, 'role2', undefined),
      edit({ spec: { strategy: { blueGreen: { activeMetadata: { labels: { role: null, role2: 'active2' } } } } } }),
      rest('2s'),
      roles(2, 'role', undefined),
      roles(2, 'role2', 'active2'),
    ]);
  });

  it('is aborted after the switch while the old revision is warm, and can be retried', async () => {
    const blueGreen = `${BOTH}\nautoPromotionEnabled: false\nscaleDownDelaySeconds: 300`;
    await play(`${SERVICES}${rollout({ replicas: 2, blueGreen })}`, [
      waitPhase('Healthy'),
      update(),
      waitPhase('Paused'),
      askAbort(),
      waitPhase('Degraded'),
      ask('retry'),
      waitPhase('Paused'),
      ask('promote'),
      waitPhase('Healthy'),
      seeService('active', 2),
      rest('301s'),
      seePods({ 1: 0, 2: 2 }),
    ]);
  });
});
