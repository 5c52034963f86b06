import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HTTP_ROUTE, ROLLOUT } from '../../src/api/kinds.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, removeObject } from '../../src/sim/scenario/timeline.ts';
import { route, routed, routedWeb } from './routed-lab.ts';

const steps = '[{setWeight: 25}, {pause: {}}]';

function weightsOf(object: unknown): readonly (number | undefined)[] {
  const rules = Reflect.get(Reflect.get(object ?? {}, 'spec') ?? {}, 'rules') as readonly { backendRefs: readonly { weight?: number }[] }[];
  return rules.flatMap((rule) => rule.backendRefs.map((backend) => backend.weight));
}

describe('a Rollout with an HTTPRoute that is deleted in the middle of a release', () => {
  it('leaves all traffic on the stable side before it goes', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps })], {
        timeline: [at('60s', apply(routedWeb({ tag: 'v2', steps }))), at('2m', removeObject(ROLLOUT, 'shop/web'))],
        until: { what: 'shop/web is gone', holds: (sim) => sim.snapshot(ROLLOUT).length === 0 },
      }),
    );
    assert.equal(run.problems, '');
    const [live] = run.sim.snapshot(HTTP_ROUTE);
    assert.deepEqual(weightsOf(live).slice(1), [100, 0], JSON.stringify(live?.['spec']));
    const gaveBack = run.text.indexOf('HTTPRoute web: ', run.text.indexOf('delete Rollout'));
    assert.ok(gaveBack > 0 && gaveBack < run.text.lastIndexOf('service web-stable'), 'routes before Services');
  });

  it('goes all the same when the route was deleted before', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps })], {
        timeline: [
          at('60s', apply(routedWeb({ tag: 'v2', steps }))),
          at('110s', removeObject(HTTP_ROUTE, 'shop/web')),
          at('2m', removeObject(ROLLOUT, 'shop/web')),
        ],
        until: { what: 'shop/web is gone', holds: (sim) => sim.snapshot(ROLLOUT).length === 0 },
      }),
    );
    assert.equal(run.problems, '');
  });
});
