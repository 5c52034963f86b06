import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPLICA_SET, SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { countsOf, selectorOf } from '../../src/sim/invariants/world-view.ts';
import { expectGolden } from '../../src/sim/scenario/expect-golden.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, apply, at, patchObject, removeObject, type TimelineEvent } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { askAbort, conditionsAtEnd, FOR_EVER, halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { pingPongWeb, route, routed, routedWeb, routedWithout } from './routed-lab.ts';

const CANARY = services().split('---')[1] ?? '';

function stableService(spec: string, metadata = ''): string {
  return services().replace(
    /metadata: \{name: web-stable, namespace: shop\}\nspec: \{[^\n]*\}/,
    `metadata: {name: web-stable, namespace: shop${metadata}}\nspec: ${spec}`,
  );
}

function refusedWith(reason: string, run: ScenarioRun): void {
  assert.equal(run.problems, '');
  const conditions = conditionsAtEnd(run);
  assert.ok(conditions.includes(`ServiceUnusable=True/${reason}`), conditions.join(' '));
  assert.ok(conditions.includes('InvalidSpec=True/InvalidSpec'), conditions.join(' '));
  assert.deepEqual(run.sim.snapshot(REPLICA_SET), []);
}

/** What the loss itself does to the traffic, before anybody can act. */
const LOSS = 't+02:00 S2 shop/web: web-canary gets 25 % of the traffic and lost its last ready endpoint';

async function deployedOver(manifests: string): Promise<ScenarioRun> {
  return runScenario(scenario([manifests, web()], { until: rolloutIs('shop/web', 'Degraded'), settle: '1m' }));
}

/** The canary Service is lost in the middle of a step, by `lose`, and comes `back`. */
async function lostCanary(lose: Action, back: readonly TimelineEvent[]): Promise<ScenarioRun> {
  return runScenario(
    routed([route(), routedWeb({ steps: FOR_EVER })], {
      timeline: [at('60s', apply(routedWeb({ steps: FOR_EVER, tag: 'v2' }))), at('2m', lose), ...back],
      until: halted('Paused'),
    }),
  );
}

describe('a Service that the strategy names and that cannot be used', () => {
  it('for want of a selector is named with the remedy, and nothing is deployed behind it', async () => {
    const run = await deployedOver(stableService('{ports: [{port: 80}]}'));
    refusedWith('ServiceWithoutSelector', run);
    assert.match(statusAtEnd(run).message ?? '', /spec\.strategy\.canary\.stableService.*has no selector.*give it the labels/);
  });

  it('because it is of type ExternalName is named, and nothing is deployed behind it', async () => {
    const run = await deployedOver(stableService('{type: ExternalName, externalName: web.example.com}'));
    refusedWith('ServiceExternalName', run);
  });

  it('because it selects pods of somebody else is named, and keeps them', async () => {
    const run = await deployedOver(stableService('{selector: {app: other}, ports: [{port: 80}]}'));
    refusedWith('ServiceSelectsOthers', run);
    const stable = run.sim.snapshot(SERVICE).find((one) => one.metadata.name === 'web-stable');
    assert.deepEqual(selectorOf(stable), { app: 'other' });
  });

  it('because another Rollout writes it is named, whatever part it plays', async () => {
    const taken = stableService('{selector: {app: web}, ports: [{port: 80}]}', ', annotations: {sluice.dev/managed-by: other}');
    refusedWith('ServiceOfAnother', await deployedOver(taken));
    const run = await runScenario(
      routedWithout([taken, route(), pingPongWeb()], { until: rolloutIs('shop/web', 'Degraded'), settle: '1m' }),
    );
    refusedWith('ServiceOfAnother', run);
  });

  it('gets no weight once it is missing in the middle of a step, and the steps wait until it is back', async () => {
    const run = await lostCanary(removeObject(SERVICE, 'shop/web-canary'), [at('5m', apply(CANARY))]);
    assert.equal(run.problems, LOSS);
    expectGolden('routed-service-lost', run.text);
  });

  it('gets no weight once it is of type ExternalName in the middle of a step', async () => {
    const external = { spec: { type: 'ExternalName', externalName: 'web.example.com', clusterIP: null, clusterIPs: null } };
    const run = await lostCanary(patchObject(SERVICE, 'shop/web-canary', external), [
      at('5m', removeObject(SERVICE, 'shop/web-canary')),
      at('5m', apply(CANARY)),
    ]);
    assert.equal(run.problems, '');
    expectGolden('routed-service-external', run.text);
  });

  it('does not keep a person from an abort', async () => {
    const run = await runScenario(
      routed([route(), routedWeb({ steps: FOR_EVER })], {
        timeline: [
          at('60s', apply(routedWeb({ steps: FOR_EVER, tag: 'v2' }))),
          at('2m', removeObject(SERVICE, 'shop/web-canary')),
          at('3m', askAbort('1')),
        ],
        until: rolloutIs('shop/web', 'Degraded', (status) => status.abort === true),
        settle: '3m',
      }),
    );
    assert.equal(run.problems, LOSS);
    const stable = run.sim.snapshot(SERVICE).find((one) => one.metadata.name === 'web-stable');
    assert.equal(selectorOf(stable)[POD_TEMPLATE_HASH], statusAtEnd(run).stableRS);
    // Its router never confirms a route that names a Service which is not there, so the pods stay.
    const sizes = run.sim.snapshot(REPLICA_SET).map((set) => countsOf(set).spec);
    assert.deepEqual(new Set(sizes), new Set([1, 4]));
    assert.match(run.text, /data plane: [^\n]*web-stable 100 web-canary 0\nt\+03:00 > abort/);
  });

  it('that somebody turns to other pods is named, and good again once it is put right', async () => {
    const turn = (app: string) => patchObject(SERVICE, 'shop/web-stable', { spec: { selector: { app } } });
    const run = await runScenario(
      scenario([services(), web()], { timeline: [at('60s', turn('other')), at('3m', turn('web'))], until: healthyAt(1), settle: '1m' }),
    );
    assert.equal(run.problems, '');
    assert.match(run.text, /t\+01:00 rollout web: Degraded; stalled: InvalidSpec/);
    assert.match(run.text, /t\+03:00 rollout web: Healthy/);
    assert.deepEqual(
      conditionsAtEnd(run).filter((one) => one.startsWith('Service')),
      [],
    );
  });
});
