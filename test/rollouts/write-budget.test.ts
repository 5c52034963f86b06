import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT, REPLICA_SET } from '../../src/api/kinds.ts';
import { countsOf } from '../../src/sim/invariants/world-view.ts';
import { controllerWrites } from '../../src/sim/invariants/write-budget.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at } from '../../src/sim/scenario/timeline.ts';
import { allOf } from '../../src/sim/scenario/until.ts';
import { healthyAt, scenario, services, web } from './lab.ts';
import { INGRESS } from './router-cases.ts';

const STEPS =
  '[{setWeight: 20}, {pause: {duration: 20s}}, {setWeight: 40}, {pause: {duration: 20s}}, {setWeight: 60}, {pause: {duration: 20s}}, {setWeight: 80}, {pause: {duration: 20s}}]';

function routedByNginx(tag: string): string {
  return web({ tag, replicas: 2, steps: STEPS, canary: 'trafficRouting: {nginx: {stableIngress: web}}' });
}

describe('a release of four weights and four pauses through NGINX, two replicas', () => {
  it('costs at most 20 API writes and 4 Events until the old ReplicaSet is at 0', async () => {
    const run = await runScenario(
      scenario([services(), INGRESS, routedByNginx('v1')], {
        timeline: [at('60s', apply(routedByNginx('v2')))],
        until: allOf(healthyAt(2), {
          what: 'the old ReplicaSet is at 0',
          holds: (sim) => sim.snapshot(REPLICA_SET).filter((set) => countsOf(set).spec === 0).length === 1,
        }),
      }),
    );
    assert.equal(run.problems, '');
    const release = controllerWrites(run.writes).filter((write) => write.at >= Date.UTC(2026, 0, 1, 0, 1));
    const events = release.filter((write) => write.request.kind.kind === EVENT.kind);
    const others = release.filter((write) => write.request.kind.kind !== EVENT.kind && write.request.kind.kind !== 'Lease');
    const told = others.map(
      ({ request }) => `${request.verb} ${request.kind.kind}${request.subresource === undefined ? '' : `/${request.subresource}`}`,
    );
    assert.ok(others.length <= 20, `${others.length} writes: ${told.join(', ')}\n${run.text}`);
    assert.ok(events.length <= 4, `${events.length} Events`);
  });
});
