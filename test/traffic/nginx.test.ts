import { NGINX_FIXTURE, NGINX_SEVERAL_FIXTURE } from './nginx-fixture.ts';
import { describeRouterContract, describeRouterProperties } from './router-contract.ts';
import { plainWorld } from './router-world.ts';
import { simulatedWorld } from './simulated-world.ts';

for (const fixture of [NGINX_FIXTURE, NGINX_SEVERAL_FIXTURE]) {
  describeRouterContract(fixture, 'plain objects', (rollout) => Promise.resolve(plainWorld(rollout)));
  describeRouterContract(fixture, 'the simulated API server', simulatedWorld(fixture.router.kinds));
  describeRouterProperties(fixture);
}
