import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { at, causesOf, refused } from './fixtures.ts';

const TEMPLATE = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };

function rollout(spec: Readonly<Record<string, unknown>>): Parameters<ReturnType<ReturnType<typeof createSimCluster>['as']>['create']>[1] {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'checkout', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'x' } }, template: TEMPLATE, strategy: { canary: {} }, ...spec },
  };
}

describe("Sluice's own definitions in the simulated cluster", () => {
  const cluster = createSimCluster({ clock: createSystemClock(), crds: ownCrds() }).as({ name: 'admin', groups: ['system:masters'] });

  it('are served, every rule of them compiled', async () => {
    assert.ok(ownCrds().length >= 8);
    const made = await cluster.create(ROLLOUT, rollout({}), { fieldValidation: 'Strict' });
    assert.equal(at(made, 'spec.replicas'), 1);
    assert.equal(at(made, 'status.observedGeneration'), -1);
    const scaled = await cluster.patch(
      ROLLOUT,
      made.metadata,
      { type: 'merge', body: { spec: { replicas: 3 } } },
      { subresource: 'scale' },
    );
    assert.equal(scaled.kind, 'Scale');
  });

  it('refuse two strategies, two members in a step and a weight of 101', async () => {
    const two = await refused(
      cluster.create(ROLLOUT, rollout({ strategy: { canary: {}, blueGreen: { activeService: 'a' } } })),
      'spec_invalid',
      422,
      'Invalid',
    );
    assert.ok(
      causesOf(two).some((cause) => cause.startsWith('spec.strategy')),
      two.message,
    );
    const steps = [{ setWeight: 5, pause: {} }];
    const step = await refused(cluster.create(ROLLOUT, rollout({ strategy: { canary: { steps } } })), 'spec_invalid', 422, 'Invalid');
    assert.ok(
      causesOf(step).some((cause) => cause.startsWith('spec.strategy.canary.steps[0]')),
      step.message,
    );
    const heavy = cluster.create(ROLLOUT, rollout({ strategy: { canary: { steps: [{ setWeight: 101 }] } } }));
    assert.match((await refused(heavy, 'spec_invalid', 422, 'Invalid')).message, /setWeight/u);
  });
});
