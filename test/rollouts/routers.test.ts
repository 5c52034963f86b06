import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apply, at, metric } from '../../src/sim/scenario/timeline.ts';
import { halted, healthyAt, JUDGED_STEPS, statusAtEnd, template } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { behind, ROUTER_CASES, webBehind } from './router-cases.ts';

const ABORT = 'rollback: {onFailure: Abort}';

for (const [name, of] of Object.entries(ROUTER_CASES)) {
  const judged = (tag: string): string => webBehind(of, { tag, steps: JUDGED_STEPS, spec: ABORT });

  describe(`a release through ${name}`, () => {
    it('moves the traffic weight by weight to a good revision', async () => {
      const make = () =>
        behind(of, [template(), judged('v1')], {
          timeline: [at('0s', metric('success', 0.99)), at('60s', apply(judged('v2')))],
          until: healthyAt(2),
        });
      await playGolden(`router-${name}-released`, make);
    });

    it('takes the traffic back from a bad one, which is aborted', async () => {
      const make = () =>
        behind(of, [template(), judged('v1')], {
          timeline: [at('0s', metric('success', 0.5)), at('60s', apply(judged('v2')))],
          until: halted('Degraded'),
        });
      const run = await playGolden(`router-${name}-breach`, make);
      assert.equal(statusAtEnd(run).abort, true);
    });
  });
}
