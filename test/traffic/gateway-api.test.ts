import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { GENERATED_FIXTURE, GRPC_FIXTURE, HTTP_FIXTURE } from './gateway-api-fixture.ts';
import { describeRouterContract, describeRouterProperties } from './router-contract.ts';
import { clusterWorld, plainWorld, type StartWorld } from './router-world.ts';

const simulated: StartWorld = (rollout, crds) => {
  const sim = createSimCluster({ clock: createSystemClock(), crds: [...ownCrds(), ...crds] });
  return clusterWorld(sim.as({ name: 'sluice', groups: [] }), rollout, HTTP_FIXTURE.router.kinds);
};

for (const fixture of [HTTP_FIXTURE, GRPC_FIXTURE, GENERATED_FIXTURE]) {
  describeRouterContract(fixture, 'plain objects', (rollout) => Promise.resolve(plainWorld(rollout)));
  describeRouterContract(fixture, 'the simulated API server', simulated);
  describeRouterProperties(fixture);
}
