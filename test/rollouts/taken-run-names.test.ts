import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANALYSIS_RUN } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { viewRollout } from '../../src/sim/invariants/world-view.ts';
import { runScenario, type Scenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, apply, at, injectFault, metric, perform, removeObject, type TimelineEvent } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { conditionsAtEnd, findRollout, healthyAt, scenario, services, statusAtEnd, template, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

/** The analysis step has index 2. */
const STEPS = '[{setWeight: 25}, {pause: {duration: 30s}}, {analysis: {templates: [{templateName: success}]}}, {setWeight: 50}]';

function nameOf(stage: Pick<ScenarioRun, 'sim'>, attempt: number): string {
  const hash = viewRollout(findRollout(stage, 'shop/web'))?.status.currentPodHash ?? '';
  return `web-${hash}-2-2${attempt === 0 ? '' : `.${attempt}`}`;
}

/** Runs of a person, which fail, under the first names that the run of the step would have. */
function takeNames(count: number): Action {
  return perform(`somebody makes runs with the first ${count} names of the step's run`, async (stage) => {
    const metrics = [{ name: 'other', successCondition: 'result[0] > 1.0', provider: { prometheus: { query: 'success' } } }];
    for (let attempt = 0; attempt < count; attempt += 1) {
      const metadata = { name: nameOf(stage, attempt), namespace: 'shop' };
      await stage.cluster.create(
        ANALYSIS_RUN,
        { apiVersion: 'sluice.dev/v1alpha1', kind: 'AnalysisRun', metadata, spec: { metrics } },
        { fieldManager: 'kubectl' },
      );
    }
  });
}

/** The names are taken just before the step: the revision that they are made of is known by then, however late the controller hears of it. */
function taken(count: number, rest: Partial<Scenario> = {}, events: readonly TimelineEvent[] = []): Scenario {
  const rollout = (tag: string): string => web({ steps: STEPS, tag });
  return scenario([services(), template(), rollout('v1')], {
    timeline: [at('0s', metric('success', 0.99)), at('60s', apply(rollout('v2'))), at('88s', takeNames(count)), ...events],
    until: healthyAt(2),
    ...rest,
  });
}

function runsOf(run: ScenarioRun, owned: boolean): readonly KubeObject[] {
  return run.sim.snapshot(ANALYSIS_RUN).filter(({ metadata }) => (metadata.ownerReferences ?? []).length > 0 === owned);
}

function names(objects: readonly KubeObject[]): readonly string[] {
  return objects.map(({ metadata }) => metadata.name).toSorted();
}

describe('an AnalysisRun of somebody else with the name of ours', () => {
  it('keeps no release: ours gets the next free name, theirs is left alone and its verdict is none', async () => {
    const run = await playGolden('analysis-name-taken', () => taken(2));
    assert.deepEqual(names(runsOf(run, true)), [nameOf(run, 2)]);
    const theirs = runsOf(run, false);
    assert.deepEqual(names(theirs), [nameOf(run, 0), nameOf(run, 1)]);
    assert.ok(
      theirs.every((one) => JSON.stringify(one['status']).includes('"phase":"Failed"')),
      run.text,
    );
    assert.ok(!run.text.includes('Degraded'));
  });

  for (const [when, lives] of [
    ['before', 4],
    // The creations that are refused leave nothing behind.
    ['after', 2],
  ] as const) {
    it(`leads to one run of ours when the controller is killed ${when} a creation`, async () => {
      const crash = injectFault(({ kind, verb }) => kind === ANALYSIS_RUN && verb === 'create', { type: 'crash', when }, 3);
      const run = await runScenario(taken(2, {}, [at('70s', crash)]));
      assert.equal(run.problems, '');
      assert.equal(run.incarnations, lives);
      assert.deepEqual(names(runsOf(run, true)), [nameOf(run, 2)]);
    });
  }

  it('is named in a condition when ten more have the names behind it, and the release goes on when one of them goes', async () => {
    const held = await runScenario(taken(11, { until: rolloutIs('shop/web', 'Degraded'), settle: '3m' }));
    assert.equal(held.problems, '');
    assert.ok(conditionsAtEnd(held).includes('AnalysisRunRefused=True/AnalysisRunCreateError'), conditionsAtEnd(held).join(' '));
    assert.match(
      statusAtEnd(held).message ?? '',
      /AnalysisRun web-\w+-2-2\.10 cannot be made: it exists and belongs to something else: rename or delete it; .*; no name after it is tried/,
    );
    assert.deepEqual(names(runsOf(held, true)), []);
    const freed = perform('the last of them is deleted', (stage) => removeObject(ANALYSIS_RUN, `shop/${nameOf(stage, 10)}`).act(stage));
    const run = await runScenario(taken(11, {}, [at('4m', freed)]));
    assert.equal(run.problems, '');
    assert.deepEqual(names(runsOf(run, true)), [nameOf(run, 10)]);
  });
});
