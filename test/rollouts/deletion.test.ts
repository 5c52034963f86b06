import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, REPLICA_SET, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { FINALIZER, MANAGED_BY, POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { isServing, selectorOf } from '../../src/sim/invariants/world-view.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, patchObject, perform, removeObject } from '../../src/sim/scenario/timeline.ts';
import type { Until } from '../../src/sim/scenario/until.ts';
import { FOR_EVER, findRollout, healthyAt, scenario, services, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

function remove(propagation: 'Background' | 'Foreground' | 'Orphan') {
  return perform(`delete Rollout web, ${propagation.toLowerCase()}`, ({ cluster }) =>
    cluster.remove(ROLLOUT, { namespace: 'shop', name: 'web' }, { propagation }),
  );
}

const COLLECTED: Until = {
  what: 'the Rollout and all its pods are gone',
  holds: (sim) => [ROLLOUT, REPLICA_SET, POD].every((kind) => sim.snapshot(kind).length === 0),
};

const GONE: Until = { what: 'the Rollout is gone', holds: (sim) => sim.snapshot(ROLLOUT).length === 0 };

function service(run: Pick<ScenarioRun, 'sim'>, name: string): KubeObject | undefined {
  return run.sim.snapshot(SERVICE).find((one) => one.metadata.name === name);
}

/** Selector and annotations are what the user wrote. */
function assertGivenBack(run: ScenarioRun, names: readonly string[]): void {
  for (const name of names) {
    assert.deepEqual(selectorOf(service(run, name)), { app: 'web' }, name);
    assert.deepEqual(service(run, name)?.metadata.annotations ?? {}, {}, name);
  }
}

/** In which order the controller wrote: the Services before the last finalizer, and nothing after. */
function lastWrites(run: ScenarioRun, count: number): readonly string[] {
  return run.writes
    .filter((write) => write.byController)
    .slice(-count)
    .map(({ request }) => `${request.kind.kind} ${request.name}`);
}

describe('the deletion of a Rollout', () => {
  it('gives its Services back mid-canary before the pods are collected', async () => {
    const run = await playGolden('deleted-mid-canary', () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', removeObject(ROLLOUT, 'shop/web'))],
        until: COLLECTED,
      }),
    );
    assertGivenBack(run, ['web-stable', 'web-canary']);
    assert.deepEqual(lastWrites(run, 3), ['Service web-canary', 'Service web-stable', 'Rollout web']);
  });

  for (const propagation of ['Foreground', 'Orphan'] as const) {
    it(`gives its Services back when it is deleted with propagation ${propagation}`, async () => {
      const run = await playGolden(`deleted-${propagation.toLowerCase()}`, () =>
        scenario([services(), web()], {
          timeline: [at('60s', remove(propagation))],
          until: propagation === 'Orphan' ? GONE : COLLECTED,
        }),
      );
      assertGivenBack(run, ['web-stable', 'web-canary']);
      const serving = run.sim.snapshot(POD).filter(isServing).length;
      assert.equal(serving, propagation === 'Orphan' ? 4 : 0);
    });
  }

  it('does not miss Services that are gone already', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [
          at('60s', removeObject(SERVICE, 'shop/web-stable')),
          at('60s', removeObject(SERVICE, 'shop/web-canary')),
          at('70s', removeObject(ROLLOUT, 'shop/web')),
        ],
        until: COLLECTED,
      }),
    );
    assert.equal(run.problems, '');
  });

  it('leaves a Service to the Rollout that it is marked with by now', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [
          at('60s', patchObject(SERVICE, 'shop/web-canary', { metadata: { annotations: { [MANAGED_BY]: 'other' } } })),
          at('70s', removeObject(ROLLOUT, 'shop/web')),
        ],
        until: COLLECTED,
      }),
    );
    assert.equal(run.problems, '');
    assertGivenBack(run, ['web-stable']);
    assert.equal(service(run, 'web-canary')?.metadata.annotations?.[MANAGED_BY], 'other');
    assert.ok(selectorOf(service(run, 'web-canary'))[POD_TEMPLATE_HASH]);
  });

  it('lets a Rollout go whose spec became wrong', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [
          at('60s', patchObject(ROLLOUT, 'shop/web', { spec: { strategy: { canary: { canaryService: 'nowhere' } } } })),
          at('2m', removeObject(ROLLOUT, 'shop/web')),
        ],
        until: COLLECTED,
      }),
    );
    assert.equal(run.problems, '');
    assertGivenBack(run, ['web-stable', 'web-canary']);
  });

  it('holds no Rollout that changes nothing on other objects', async () => {
    const alone = web().replaceAll(/^ +(stable|canary)Service: .*$/gm, '');
    const run = await runScenario(scenario([alone], { until: healthyAt(1) }));
    assert.equal(run.problems, '');
    assert.deepEqual(findRollout(run, 'shop/web')?.metadata.finalizers ?? [], []);
  });

  it('gives back the Services that a Rollout names no longer, and holds it no longer then', async () => {
    const none = { spec: { strategy: { canary: { stableService: null, canaryService: null } } } };
    const run = await playGolden('services-named-no-longer', () =>
      scenario([services(), web()], {
        timeline: [at('60s', patchObject(ROLLOUT, 'shop/web', none))],
        until: {
          what: 'the finalizer is gone',
          holds: (sim) => findRollout({ sim }, 'shop/web')?.metadata.finalizers?.includes(FINALIZER) !== true,
        },
      }),
    );
    assertGivenBack(run, ['web-stable', 'web-canary']);
  });
});
