import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { type Action, apply, at, metric, patchObject, perform } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { BLUE_GREEN_SERVICES, blueGreenWeb, settledAt } from './blue-green-lab.ts';
import { ask, askAbort, FOR_EVER, halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { route, routed, routedWeb } from './routed-lab.ts';

/** Applies as `kubectl replace` would: what the text does not say is gone. */
function replaceStrategy(strategy: Readonly<Record<string, unknown>>): Action {
  return patchObject(ROLLOUT, 'shop/web', { spec: { strategy } });
}

describe('a strategy that is changed in the middle of a release', () => {
  it('from canary to blue-green goes on as a blue-green release, and the active Service never loses its pods', async () => {
    const toBlueGreen = replaceStrategy({
      canary: null,
      blueGreen: { activeService: 'web-stable', previewService: 'web-canary', autoPromotionSeconds: 30 },
    });
    await playGolden('canary-to-blue-green', () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', toBlueGreen)],
        until: settledAt(2),
        settle: '60s',
      }),
    );
  });

  it('from blue-green to canary goes on with the steps', async () => {
    const toCanary = replaceStrategy({
      blueGreen: null,
      canary: { stableService: 'web', canaryService: 'web-preview', steps: [{ setWeight: 50 }, { pause: { duration: '30s' } }] },
    });
    const fields = 'autoPromotionEnabled: false';
    await playGolden('blue-green-to-canary', () =>
      scenario([BLUE_GREEN_SERVICES, blueGreenWeb({ tag: 'v1', fields })], {
        timeline: [at('60s', apply(blueGreenWeb({ tag: 'v2', fields }))), at('2m', toCanary)],
        until: healthyAt(2),
        settle: '60s',
      }),
    );
  });

  it('from a routed canary to blue-green takes the routes back first', async () => {
    const toBlueGreen = replaceStrategy({
      canary: null,
      blueGreen: { activeService: 'web-stable', previewService: 'web-canary', autoPromotionSeconds: 30 },
    });
    await playGolden('routed-canary-to-blue-green', () =>
      routed([route(), routedWeb({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(routedWeb({ steps: FOR_EVER, tag: 'v2' }))), at('2m', toBlueGreen)],
        until: settledAt(2),
        settle: '60s',
      }),
    );
  });

  it('from numbers of pods to a router moves the weight there before it goes on', async () => {
    const withRouter = patchObject(ROLLOUT, 'shop/web', {
      spec: { strategy: { canary: { trafficRouting: { gatewayAPI: { httpRoute: 'web' } }, maxSurge: null, maxUnavailable: null } } },
    });
    await playGolden('router-added-mid-canary', () =>
      routed([route(), web({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', withRouter), at('4m', ask('resume', '1'))],
        until: healthyAt(2),
      }),
    );
  });
});

describe('steps that are edited in the middle of a release', () => {
  it('begin again from the first, without taking back what the new ones give as well', async () => {
    const edited = '[{setWeight: 50}, {pause: {duration: 30s}}, {setWeight: 75}, {pause: {duration: 30s}}]';
    await playGolden('steps-edited-mid-canary', () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', apply(web({ steps: edited, tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
  });

  it('that are taken away altogether let the release end', async () => {
    await playGolden('steps-removed-mid-canary', () =>
      routed([route(), routedWeb({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(routedWeb({ steps: FOR_EVER, tag: 'v2' }))), at('2m', apply(routedWeb({ steps: '[]', tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
  });
});

/** Several requests within one second: what comes last is what the annotation says. */
function inARow(...verbs: readonly string[]): readonly Action[] {
  return verbs.map((verb, index) => (verb === 'abort' ? askAbort(`a${index}`) : ask(verb, `${index + 1}`)));
}

describe('several requests in a row', () => {
  const release = at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' })));

  /** All requests stand in one annotation: of three within a second, one whose act failed may be replaced before it is tried again, so that the pause holds another place. */
  it('leave what was asked for last: a pause after a promotion in full', async () => {
    const paused = (run: { readonly text: string }): boolean => /Paused; .*paused: [^;]*UserRequest/u.test(run.text);
    const make = () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [
          release,
          ...inARow('promote-full', 'resume', 'pause').map((action) => at('2m', action)),
          at('4m', ask('promote-full', '4')),
        ],
        until: healthyAt(2),
      });
    const run = await playGolden('requests-pause-last', make, { end: (one) => [...one.end, `paused by request: ${paused(one)}`] });
    assert.match(run.text, /Paused; all 2 steps done; paused: UserRequest; promoted in full/u);
  });

  it('leave what was asked for last: a promotion in full after a pause', async () => {
    await playGolden('requests-promotion-last', () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [release, ...inARow('pause', 'resume', 'promote-full').map((action) => at('2m', action))],
        until: healthyAt(2),
      }),
    );
  });

  for (const [order, verbs] of Object.entries({
    first: ['abort', 'promote-full', 'resume'],
    between: ['resume', 'abort', 'promote-full'],
    last: ['promote-full', 'resume', 'abort'],
  })) {
    it(`are all beaten by an abort that comes ${order}`, async () => {
      const all = perform(`within one second: ${verbs.join(', ')}`, async (stage) => {
        for (const { act } of inARow(...verbs)) await act(stage);
      });
      const run = await playGolden(`requests-abort-${order}`, () =>
        scenario([services(), web({ steps: FOR_EVER })], { timeline: [release, at('2m', all)], until: halted('Degraded') }),
      );
      assert.equal(statusAtEnd(run).abort, true);
    });
  }
});

describe('a release with spec.paused', () => {
  it('holds a canary at its first weight, follows sizes, and goes on when it is taken away', async () => {
    const paused = (value: boolean) => patchObject(ROLLOUT, 'shop/web', { spec: { paused: value } });
    await playGolden('paused-before-canary', () =>
      scenario([services(), web()], {
        timeline: [
          at('50s', paused(true)),
          at('60s', apply(web({ tag: 'v2' }))),
          at('2m', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 6 } })),
          at('3m', paused(false)),
        ],
        until: healthyAt(2),
      }),
    );
  });

  it('holds a blue-green release before the switch', async () => {
    const fields = 'autoPromotionSeconds: 10';
    const paused = (value: boolean) => patchObject(ROLLOUT, 'shop/web', { spec: { paused: value } });
    const run = await playGolden('blue-green-paused', () =>
      scenario([BLUE_GREEN_SERVICES, blueGreenWeb({ tag: 'v1', fields })], {
        timeline: [
          at('50s', paused(true)),
          at('60s', apply(blueGreenWeb({ tag: 'v2', fields }))),
          at('3m', metric('nothing', 1)),
          at('5m', paused(false)),
        ],
        until: settledAt(2),
        settle: '60s',
      }),
    );
    assert.ok(rolloutIs('shop/web', 'Healthy').holds(run.sim));
  });
});
