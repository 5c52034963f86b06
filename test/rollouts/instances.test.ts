import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { startManager } from './start-manager.ts';

function rollout(name: string, instance?: string): string {
  return `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata:
  name: ${name}
  namespace: shop
  ${instance === undefined ? '' : `labels: {sluice.dev/instance: ${instance}}`}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: web, image: 'web:1'}]}
  strategy: {canary: {}}
`;
}

const MANIFESTS = [
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
  rollout('plain'),
  rollout('blue', 'blue'),
  rollout('green', 'green'),
].join('---\n');

describe('several installations on one cluster', () => {
  for (const [instance, own] of [
    ['', 'plain'],
    ['blue', 'blue'],
  ] as const) {
    it(`leave the objects of others alone: ${instance === '' ? 'the one without a name' : `the one named ${instance}`}`, async () => {
      const run = await runScenario({
        crds: ownCrds(),
        manifests: MANIFESTS,
        startController: startManager({ instance }),
        until: rolloutIs(`shop/${own}`, 'Healthy'),
        limit: '2m',
      });
      assert.equal(run.problems, '');
      const touched = run.sim
        .snapshot(ROLLOUT)
        .filter((object) => JSON.stringify(object['status']) !== JSON.stringify({ observedGeneration: -1 }))
        .map((object) => object.metadata.name);
      assert.deepEqual(touched, [own]);
    });
  }
});
