import { describe, it } from 'node:test';
import { millis } from '../../src/api/time.ts';
import { apply, at, podsBehave } from '../../src/sim/scenario/timeline.ts';
import { ask, healthyAt, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { route, routed } from './routed-lab.ts';

const HALF = '[{setWeight: 50}, {pause: {}}]';
const GATEWAY = 'trafficRouting: {gatewayAPI: {httpRoute: web}}';

function half(tag: string, more = ''): string {
  return web({ tag, steps: HALF, canary: `${GATEWAY}${more}` });
}

/** A stable revision that keeps the pods for its own share only. */
function small(tag: string): string {
  return half(tag, '\ndynamicStableScale: true');
}

describe('another template in the middle of a routed release', () => {
  it('goes back to stable, by hand or by a restore commit, and takes the weight along as far as a stable revision that was made small carries it', async () => {
    await playGolden('routed-back-small-stable', () =>
      routed([route(), small('v1')], {
        timeline: [at('60s', apply(small('v2'))), at('2m', apply(small('v1')))],
        until: healthyAt(3),
      }),
    );
  });

  it('goes back to a stable revision that does not serve, and leaves the share of the pods that serve where it is while no stable pod does', async () => {
    await playGolden('routed-back-broken-stable', () =>
      routed([route(), half('v1')], {
        timeline: [
          at('60s', apply(half('v2'))),
          at('90s', podsBehave('web:v1', { type: 'crash-loop', delay: millis(0) })),
          at('2m', apply(half('v1'))),
          at('4m', podsBehave('web:v1', { type: 'ready-after', delay: millis(1000) })),
        ],
        until: healthyAt(3),
      }),
    );
  });

  it('waits until a stable revision that was made small has taken the share of the former one', async () => {
    await playGolden('routed-next-small-stable', () =>
      routed([route(), small('v1')], {
        timeline: [at('60s', apply(small('v2'))), at('2m', apply(small('v3'))), at('3m', ask('promote-full', '1'))],
        until: healthyAt(3),
      }),
    );
  });
});
