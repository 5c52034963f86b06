import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HTTP_ROUTE, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { REVISION } from '../../src/api/labels.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, patchObject, removeObject, type Stage } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, askAbort, halted, healthyAt, scenario, services, statusAtEnd, web } from '../rollouts/lab.ts';
import { route, routed, routedWeb } from '../rollouts/routed-lab.ts';
import { look, rolloutOf, sizeOf } from './argo-lab.ts';

/** Weights of the rule that leads to both Services. */
function weightsOf(stage: Pick<Stage, 'sim'>): readonly (number | undefined)[] {
  const [live] = stage.sim.snapshot(HTTP_ROUTE);
  const spec = live?.['spec'] as
    | {
        readonly rules: readonly { readonly name?: string; readonly backendRefs: readonly { readonly weight?: number }[] }[];
      }
    | undefined;
  return (spec?.rules.find(({ name }) => name === 'shop')?.backendRefs ?? []).map(({ weight }) => weight);
}

const steps = '[{setWeight: 25}, {pause: {}}, {setWeight: 50}, {pause: {}}]';

describe('the special cases of OpenKruise Rollouts, in their order', () => {
  it('continuous release: a third revision in mid-run takes the traffic of the second one back and starts over', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps })], {
        timeline: [
          at('60s', apply(routedWeb({ tag: 'v2', steps }))),
          at('90s', ask('promote', '1')),
          at(
            '2m',
            look('half of it', (stage) => assert.deepEqual(weightsOf(stage), [50, 50])),
          ),
          at('121s', apply(routedWeb({ tag: 'v3', steps }))),
          at(
            '3m',
            look('a quarter, of the third', (stage) => {
              assert.deepEqual([weightsOf(stage), sizeOf(stage, '2')], [[75, 25], 0]);
              assert.equal(rolloutOf(stage).status['revision'], 3);
            }),
          ),
          at('181s', ask('promote-full', '2')),
        ],
        until: healthyAt(3),
      }),
    );
    assert.equal(run.problems, '');
  });

  it('direct rollback: the traffic is on stable before a pod goes', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps })], {
        timeline: [
          at('60s', apply(routedWeb({ tag: 'v2', steps }))),
          at('90s', ask('promote', '1')),
          at('2m', apply(routedWeb({ steps }))),
        ],
        until: rolloutIs('shop/web', 'Healthy', (status) => status['revision'] === 3),
      }),
    );
    assert.equal(run.problems, '');
    const back = run.text.indexOf('data plane: HTTPRoute web search: search 1; shop: web-stable 100', run.text.indexOf('t+02:00 >'));
    const gone = run.text.indexOf('replicas of r2: 2 -> 0');
    assert.ok(back > 0 && gone > back, run.text);
  });

  it('paused in the spec: steps stand still, the size is followed, and it goes on where it was', async () => {
    const rollout = (tag: string): string =>
      web({ steps: '[{setWeight: 25}, {pause: {duration: 20s}}, {setWeight: 50}, {pause: {}}]', tag });
    const run = await runScenario(
      scenario([services(), rollout('v1')], {
        timeline: [
          at('60s', apply(rollout('v2'))),
          at('65s', patchObject(ROLLOUT, 'shop/web', { spec: { paused: true } })),
          at('70s', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 8 } })),
          at(
            '3m',
            look('held', (stage) => {
              assert.equal(rolloutOf(stage).phase, 'Paused');
              assert.ok(Number(rolloutOf(stage).status.currentStepIndex) <= 1);
              assert.deepEqual([sizeOf(stage, '1'), sizeOf(stage, '2')], [6, 2]);
            }),
          ),
          at('181s', patchObject(ROLLOUT, 'shop/web', { spec: { paused: false } })),
          at('4m', ask('promote', '1')),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
  });

  it('changed plan: other steps in mid-run begin at the first one, with as many as one likes', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: '[{setWeight: 50}, {pause: {}}]' })], {
        timeline: [
          at('60s', apply(web({ steps: '[{setWeight: 50}, {pause: {}}]', tag: 'v2' }))),
          at('90s', apply(web({ steps: '[{setWeight: 25}, {pause: {}}, {setWeight: 75}]', tag: 'v2' }))),
          at(
            '2m',
            look('the new first step', (stage) => {
              assert.deepEqual([rolloutOf(stage).status.currentStepIndex, sizeOf(stage, '2')], [1, 1]);
            }),
          ),
          at('121s', ask('promote', '1')),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
  });

  it('steps in percent are sized anew when the number of replicas changes in mid-run', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps, replicas: 4 })], {
        timeline: [
          at('60s', apply(routedWeb({ tag: 'v2', steps, replicas: 4 }))),
          at(
            '90s',
            look('a quarter of four', (stage) => assert.equal(sizeOf(stage, '2'), 1)),
          ),
          at('91s', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 12 } })),
          at(
            '2m',
            look('a quarter of twelve', (stage) => assert.deepEqual([sizeOf(stage, '1'), sizeOf(stage, '2')], [12, 3])),
          ),
          at('121s', askAbort('1')),
        ],
        until: halted('Degraded'),
      }),
    );
    assert.equal(run.problems, '');
  });
});

describe('what a Rollout leaves behind, where OpenKruise Rollouts leaves other numbers', () => {
  it('weight 0 is written out: a weight that is left out counts as 1', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps })], {
        timeline: [at('60s', apply(routedWeb({ tag: 'v2', steps }))), at('90s', ask('promote-full', '1'))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(weightsOf(run), [100, 0]);
    assert.equal(statusAtEnd(run).stableRS, statusAtEnd(run).currentPodHash);
  });

  it('a Rollout that is deleted at rest leaves everything on the Service of its owner', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps })], {
        timeline: [at('60s', removeObject(ROLLOUT, 'shop/web'))],
        until: { what: 'shop/web is gone', holds: (sim) => sim.snapshot(ROLLOUT).length === 0 },
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(weightsOf(run), [100, 0]);
  });

  it('revisions keep their numbers in their ReplicaSets', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: '[{setWeight: 50}]' })], {
        timeline: [at('60s', apply(web({ steps: '[{setWeight: 50}]', tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(
      run.sim
        .snapshot(REPLICA_SET)
        .map((set) => set.metadata.annotations?.[REVISION] ?? '')
        .toSorted(),
      ['1', '2'],
    );
  });
});
