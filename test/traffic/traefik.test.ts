import { describeRouterContract, describeRouterProperties } from './router-contract.ts';
import { plainWorld } from './router-world.ts';
import { simulatedWorld } from './simulated-world.ts';
import { TRAEFIK_FIXTURE } from './traefik-fixture.ts';

for (const fixture of [TRAEFIK_FIXTURE]) {
  describeRouterContract(fixture, 'plain objects', (rollout) => Promise.resolve(plainWorld(rollout)));
  describeRouterContract(fixture, 'the simulated API server', simulatedWorld(fixture.router.kinds));
  describeRouterProperties(fixture);
}
