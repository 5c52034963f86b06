import { ISTIO_HOSTS_FIXTURE, ISTIO_SUBSETS_FIXTURE } from './istio-fixture.ts';
import { describeRouterContract, describeRouterProperties } from './router-contract.ts';
import { plainWorld } from './router-world.ts';
import { simulatedWorld } from './simulated-world.ts';

for (const fixture of [ISTIO_HOSTS_FIXTURE, ISTIO_SUBSETS_FIXTURE]) {
  describeRouterContract(fixture, 'plain objects', (rollout) => Promise.resolve(plainWorld(rollout)));
  describeRouterContract(fixture, 'the simulated API server', simulatedWorld(fixture.router.kinds));
  describeRouterProperties(fixture);
}
