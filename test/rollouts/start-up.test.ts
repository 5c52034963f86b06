import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPLICA_SET } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { sleep } from '../../src/ports/sleep.ts';
import type { StartController } from '../../src/sim/scenario/controller-port.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { healthyAt, scenario, services, web } from './lab.ts';
import { startManager } from './start-manager.ts';

const LATE = millis(20_000);

/** A controller whose first list of ReplicaSets takes long. */
const lateReplicaSets: StartController = (deps) =>
  startManager()({
    ...deps,
    cluster: {
      ...deps.cluster,
      list: async (kind, options) => {
        if (kind === REPLICA_SET) await sleep(deps.clock, LATE, options?.signal);
        return deps.cluster.list(kind, options);
      },
    },
  });

describe('a controller that starts', () => {
  it('decides nothing before every cache is filled: what is not listed yet would count as gone', async () => {
    const run = await runScenario(scenario([services(), web()], { startController: lateReplicaSets, until: healthyAt(1), limit: '3m' }));
    assert.equal(run.problems, '');
    const first = run.log.find((line) => line.text.includes('created with'));
    assert.ok(first !== undefined && first.at >= LATE, `the first ReplicaSet was created after ${first?.at} ms`);
  });
});
