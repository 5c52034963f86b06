import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { selectorOf } from '../../src/sim/invariants/world-view.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { at, perform } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { conditionsAtEnd, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

/** A reconciler applies the Service as it stands in Git, and takes the whole selector over. */
function reconciled(writer: string) {
  return perform(`${writer} applies Service web-stable`, async ({ cluster }) => {
    const [stable] = parseManifests(services());
    if (stable !== undefined) await cluster.apply(SERVICE, stable, { fieldManager: writer, force: true });
  });
}

function writesOf(run: ScenarioRun): number {
  return run.writes.filter(
    ({ byController, request, before }) =>
      byController && before !== undefined && request.kind === SERVICE && request.name === 'web-stable',
  ).length;
}

describe('another writer of a Service', () => {
  it('who does it once is put right, and that is all', async () => {
    const run = await runScenario(
      scenario([services(), web()], { timeline: [at('60s', reconciled('kubectl-edit'))], until: healthyAt(1), settle: '15m' }),
    );
    assert.equal(run.problems, '');
    const stable = run.sim.snapshot(SERVICE).find((one) => one.metadata.name === 'web-stable');
    assert.equal(selectorOf(stable)[POD_TEMPLATE_HASH], statusAtEnd(run).stableRS);
    assert.equal(statusAtEnd(run)['selectorConflicts'], undefined);
  });

  it('who does it again and again is named with what to paste, and is never chased', async () => {
    const times = Array.from({ length: 60 }, (_, index) => at(`${60 + index}s`, reconciled('kustomize-controller')));
    const run = await playGolden('selector-fought-over', () =>
      scenario([services(), web()], { timeline: times, until: rolloutIs('shop/web', 'Degraded'), settle: '15m' }),
    );
    const degraded = run.text.match(/t\+01:\d\d rollout web: Degraded[^\n]*/)?.[0] ?? '';
    assert.match(degraded, /stalled: ServiceSelectorConflict/);
    assert.ok(writesOf(run) <= 6, `${writesOf(run)} writes of the Service`);
    assert.ok(!conditionsAtEnd(run).includes('ServiceSelectorConflict=True/OtherWriter'), 'the fight is over and forgotten');
  });
});
