import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at } from '../../src/sim/scenario/timeline.ts';
import { healthyAt, services, statusAtEnd } from './lab.ts';
import { pingPongWeb, route, routed } from './routed-lab.ts';

describe('a release with ping and pong', () => {
  it('moves the traffic to the other Service, and swaps their parts at the promotion', async () => {
    const run = await runScenario(
      routed([services(), route(), pingPongWeb()], { timeline: [at('60s', apply(pingPongWeb({ tag: 'v2' })))], until: healthyAt(2) }),
    );
    assert.equal(run.problems, '');
    const { canary } = statusAtEnd(run);
    assert.equal(Reflect.get(Object(canary), 'stablePingPong'), 'pong');
  });
});
