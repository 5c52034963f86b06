import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { type Action, at, metric, patchObject, perform } from '../../src/sim/scenario/timeline.ts';
import { BLUE_GREEN_SERVICES, blueGreenWeb, settledAt } from './blue-green-lab.ts';
import { ask, askAbort, halted, healthyAt, JUDGED_STEPS, scenario, services, statusAtEnd, template, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { behind, ROUTER_CASES, webBehind } from './router-cases.ts';

/** What an autoscaler writes. */
function autoscale(replicas: number): Action {
  return perform(`the autoscaler wants ${replicas}`, ({ cluster }) =>
    cluster.patch(
      ROLLOUT,
      { namespace: 'shop', name: 'web' },
      { type: 'merge', body: { spec: { replicas } } },
      { fieldManager: 'autoscaler', subresource: 'scale' },
    ),
  );
}

function byHand(replicas: number): Action {
  return patchObject(ROLLOUT, 'shop/web', { spec: { replicas } });
}

/** Another image, as a person sets it: the size stays what it is. */
function setImage(tag: string): Action {
  return perform(`image web:${tag}`, ({ cluster }) =>
    cluster.patch(
      ROLLOUT,
      { namespace: 'shop', name: 'web' },
      { type: 'json', operations: [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: `web:${tag}` }] },
      { fieldManager: 'kubectl-set' },
    ),
  );
}

/** Two weights, a pause without end, and an analysis: every phase of a canary. */
const PHASES = `[{setWeight: 25}, {pause: {}}, {setWeight: 50}, {analysis: {templates: [{templateName: success}]}}, {pause: {duration: 60s}}]`;

const RESIZED = [
  at('0s', metric('success', 0.99)),
  at('30s', autoscale(6)),
  at('60s', setImage('v2')),
  // Before the first canary pod is there.
  at('61s', autoscale(8)),
  at('2m', byHand(3)),
  at('3m', autoscale(10)),
  at('4m', ask('resume', '1')),
  // While it is judged.
  at('255s', autoscale(5)),
  at('5m', byHand(7)),
  at('330s', ask('promote-full', '2')),
  // While the new revision takes over.
  at('331s', autoscale(4)),
];

describe('a canary that is scaled in every phase, by an autoscaler and by hand,', () => {
  it('comes to its end at the last size', async () => {
    const run = await playGolden(
      'scaled-in-every-phase',
      () => scenario([services(), template(), web({ steps: PHASES })], { timeline: RESIZED, until: healthyAt(2) }),
      // With a Rollout that is seen late, each change of its size by somebody else costs a status that conflicts.
      { extraWrites: 60 },
    );
    assert.equal(statusAtEnd(run)['replicas'], 4);
  });

  it('comes to its end at the last size behind a router, whose traffic always finds its pods', async () => {
    const of = ROUTER_CASES['gateway-api'];
    assert.ok(of);
    const run = await playGolden('routed-scaled-in-every-phase', () =>
      behind(of, [template(), webBehind(of, { steps: PHASES })], { timeline: RESIZED, until: healthyAt(2) }),
    );
    assert.equal(statusAtEnd(run)['replicas'], 4);
  });

  it('keeps its stable revision at the last size after an abort, and never grows what was aborted', async () => {
    const run = await playGolden('scaled-after-abort', () =>
      scenario([services(), web({ steps: '[{setWeight: 50}, {pause: {}}]' })], {
        timeline: [
          at('60s', setImage('v2')),
          at('2m', askAbort('1')),
          at('121s', autoscale(8)),
          at('3m', byHand(2)),
          at('4m', autoscale(6)),
        ],
        until: halted('Degraded'),
      }),
    );
    assert.equal(statusAtEnd(run)['availableReplicas'], 6);
  });
});

describe('a blue-green release that is scaled in every phase, by an autoscaler and by hand,', () => {
  it('comes to its end at the last size', async () => {
    const fields = 'previewReplicaCount: 2, autoPromotionEnabled: false, postPromotionAnalysis: {templates: [{templateName: success}]}';
    const of = (tag: string): string => blueGreenWeb({ tag, fields });
    const run = await playGolden('blue-green-scaled-in-every-phase', () =>
      scenario([BLUE_GREEN_SERVICES, template(), of('v1')], {
        timeline: [
          at('0s', metric('success', 0.99)),
          at('30s', autoscale(6)),
          at('2m', setImage('v2')),
          // The preview, which stays small.
          at('121s', autoscale(8)),
          at('3m', byHand(3)),
          at('4m', ask('promote', '1')),
          // On its way to the full size, and after the switch.
          at('241s', autoscale(5)),
          at('250s', byHand(4)),
          // While the old revision is warm.
          at('275s', autoscale(6)),
        ],
        until: settledAt(2, 6),
      }),
    );
    assert.equal(statusAtEnd(run)['replicas'], 6);
  });
});

describe('a Rollout that is scaled to 0 and back', () => {
  it('in the middle of a canary stays at its step, and is promoted once it has pods', async () => {
    await playGolden('scaled-to-zero-mid-canary', () =>
      scenario([services(), template(), web({ steps: JUDGED_STEPS })], {
        timeline: [at('0s', metric('success', 0.99)), at('60s', setImage('v2')), at('75s', byHand(0)), at('5m', byHand(4))],
        until: healthyAt(2),
      }),
    );
  });

  it('behind a router leaves no traffic where nobody serves once it is back', async () => {
    const of = ROUTER_CASES['contour'];
    assert.ok(of);
    await playGolden('routed-scaled-to-zero', () =>
      behind(of, [webBehind(of)], {
        timeline: [at('60s', setImage('v2')), at('80s', byHand(0)), at('5m', byHand(4))],
        until: healthyAt(2),
      }),
    );
  });

  it('in the middle of a blue-green release goes on with it', async () => {
    const fields = 'autoPromotionSeconds: 60';
    await playGolden('blue-green-scaled-to-zero', () =>
      scenario([BLUE_GREEN_SERVICES, blueGreenWeb({ tag: 'v1', fields })], {
        timeline: [at('60s', setImage('v2')), at('70s', byHand(0)), at('5m', byHand(4))],
        until: settledAt(2),
        settle: '60s',
      }),
    );
  });
});
