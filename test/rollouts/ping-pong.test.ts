import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at } from '../../src/sim/scenario/timeline.ts';
import { healthyAt, services, statusAtEnd } from './lab.ts';
import { route, routed, routedWeb } from './routed-lab.ts';

/** Ping and pong in place of the stable and the canary Service, with the router that Argo's manifests name for it. */
function pingPong(tag: string): string {
  const routing = '{plugins: {"argoproj-labs/gatewayAPI": {httpRoute: web}}}';
  return routedWeb({ tag, routing })
    .replace('stableService: web-stable', 'pingPong: {pingService: web-stable, pongService: web-canary}')
    .replace('canaryService: web-canary', '');
}

describe('a release with ping and pong', () => {
  it('moves the traffic to the other Service, and swaps their parts at the promotion', async () => {
    const run = await runScenario(
      routed([services(), route(), pingPong('v1')], { timeline: [at('60s', apply(pingPong('v2')))], until: healthyAt(2) }),
    );
    assert.equal(run.problems, '');
    const { canary } = statusAtEnd(run);
    assert.equal(Reflect.get(Object(canary), 'stablePingPong'), 'pong');
  });
});
