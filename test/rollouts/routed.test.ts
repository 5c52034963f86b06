import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GRPC_ROUTE, HTTP_ROUTE, ROLLOUT } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { GATEWAY_CRDS } from '../../src/sim/router/gateway-api/gateway-crds.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, injectFault, patchObject, perform } from '../../src/sim/scenario/timeline.ts';
import { allOf, rolloutIs } from '../../src/sim/scenario/until.ts';
import { askAbort, conditionsAtEnd, halted, healthyAt, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { follows, requestFor, route, routed, routedWeb, SEARCH } from './routed-lab.ts';

const release = at('60s', apply(routedWeb({ tag: 'v2' })));

describe('a release whose traffic is split by an HTTPRoute', () => {
  it('moves the weights step by step, and leaves everything on stable', async () => {
    await playGolden('routed-canary', () => routed([route(), routedWeb()], { timeline: [release], until: healthyAt(2) }));
  });

  it('takes the traffic back when it is aborted', async () => {
    await playGolden('routed-abort', () =>
      routed([route(), routedWeb({ steps: '[{setWeight: 25}, {pause: {}}]' })], {
        timeline: [at('60s', apply(routedWeb({ tag: 'v2', steps: '[{setWeight: 25}, {pause: {}}]' }))), at('2m', askAbort('1'))],
        until: halted('Degraded'),
      }),
    );
  });

  it('sends testers to the new revision by a rule of its own, and takes the rule away again', async () => {
    const steps =
      '[{setWeight: 10}, {setHeaderRoute: {name: testers, match: [{headerName: X-Tester, headerValue: {exact: "1"}}]}}, {pause: {duration: 30s}}, {setWeight: 50}, {setHeaderRoute: {name: testers}}, {pause: {duration: 30s}}]';
    const routing = '{gatewayAPI: {httpRoute: web}, managedRoutes: [{name: testers}]}';
    await playGolden('routed-header-route', () =>
      routed([route(), routedWeb({ steps, routing })], {
        timeline: [at('60s', apply(routedWeb({ steps, routing, tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
  });

  it('is promoted in the next pass when the status write that should say so is refused, and turns nothing back', async () => {
    const refused = injectFault(requestFor('update', ROLLOUT, 'shop/web'), { type: 'status', status: 409, applied: false });
    const whenHandedOver = perform('the status write after the next weight 0 is to fail', (stage) => {
      const stop = stage.sim.onWrite(({ request, after }) => {
        if (request.kind !== HTTP_ROUTE || !JSON.stringify(after?.['spec']).includes('"weight":100},{"name":"web-canary"')) return;
        stop();
        void refused.act(stage);
      });
    });
    const run = await runScenario(routed([route(), routedWeb()], { timeline: [release, at('130s', whenHandedOver)], until: healthyAt(2) }));
    assert.equal(run.problems, '');
    assert.match(run.text, /! 409 \(not applied\): update Rollout/);
    assert.equal(run.log.filter(({ text }) => text.startsWith('service web-stable: r')).length, 1, run.text);
  });

  it('keeps the capacity for a data plane that follows almost as late as can be', async () => {
    const run = await runScenario(
      routed([route(), routedWeb()], { timeline: [release], until: healthyAt(2), router: { lag: follows(4900) } }),
    );
    assert.equal(run.problems, '');
  });

  it('writes routes of both kinds and makes one of its own', async () => {
    const routing = '{gatewayAPI: {httpRoute: web, grpcRoute: web, generate: {name: web-inner, parentRefs: [{name: inner}], port: 80}}}';
    const run = await runScenario(
      routed([route(), route({ kind: 'GRPCRoute' }), routedWeb({ routing })], {
        timeline: [at('60s', apply(routedWeb({ routing, tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    const made = run.sim.snapshot(HTTP_ROUTE).find((object) => object.metadata.name === 'web-inner');
    assert.equal(made?.metadata.ownerReferences?.[0]?.name, 'web');
    assert.equal(run.sim.snapshot(GRPC_ROUTE).length, 1);
  });

  it('puts weights right that somebody else changed, and comes to rest', async () => {
    const byHand = patchObject(HTTP_ROUTE, 'shop/web', {
      spec: {
        rules: [
          {
            name: 'shop',
            backendRefs: [
              { name: 'web-stable', port: 80, weight: 10 },
              { name: 'web-canary', port: 80, weight: 90 },
            ],
          },
        ],
      },
    });
    const run = await runScenario(
      routed([route({ rules: '[{name: shop, backendRefs: [{name: web-stable, port: 80}]}]' }), routedWeb()], {
        timeline: [release, at('80s', byHand)],
        until: healthyAt(2),
      }),
    );
    assert.match(run.text, /HTTPRoute web: shop: web-stable 10 web-canary 90\n(.*\n)*.*HTTPRoute web: shop: web-stable 75 web-canary 25/);
    assert.equal(statusAtEnd(run).phase, 'Healthy');
  });
});

describe('a route that cannot be used', () => {
  it('is told in the status while the cluster does not know its kind, and heals without a restart', async () => {
    const other = web({ name: 'other' });
    const run = await runScenario(
      routed([], {
        crds: ownCrds(),
        manifests: [
          `{apiVersion: v1, kind: Namespace, metadata: {name: shop}}`,
          services(),
          services('other'),
          SEARCH,
          routedWeb(),
          other,
        ].join('\n---\n'),
        timeline: [
          at(
            '60s',
            perform('the other Rollout is Healthy and this one waits', ({ sim }) => {
              assert.ok(rolloutIs('shop/other', 'Healthy').holds(sim));
              assert.ok(!rolloutIs('shop/web', 'Healthy').holds(sim));
            }),
          ),
          at(
            '61s',
            perform('the definitions are installed', ({ sim }) => GATEWAY_CRDS.forEach((crd) => sim.installCrd(crd))),
          ),
          at('62s', apply(route())),
        ],
        until: allOf(healthyAt(1), healthyAt(1, 'shop/other')),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(run.incarnations, 1);
  });

  it('leaves the first route as it was when the second one is refused, says so, and goes on once it is allowed', async () => {
    const routing = '{gatewayAPI: {httpRoutes: [{name: web}, {name: web-b}]}}';
    const refuse = (times: number) =>
      injectFault(requestFor('dry-run', HTTP_ROUTE, 'shop/web-b'), { type: 'status', status: 422, applied: false }, times);
    const run = await runScenario(
      routed([route(), route({ name: 'web-b' }), routedWeb({ routing })], {
        timeline: [at('50s', refuse(4)), at('60s', apply(routedWeb({ routing, tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    const messages = run.writes.flatMap(
      ({ after }) => JSON.stringify(after?.['status'] ?? {}).match(/the API server refuses what should be written: [^"]*/)?.[0] ?? [],
    );
    assert.match(messages[0] ?? 'nothing was said', /denied by a policy .*; correct the route/);
    const order = run.log.map(({ text }) => text).filter((text) => text.startsWith('HTTPRoute') && text.includes('web-canary 25'));
    assert.equal(order.length, 2, run.text);
    const tries = run.requests.filter(requestFor('dry-run', HTTP_ROUTE, 'shop/web-b'));
    assert.ok(tries.length < 20, `${tries.length} tries`);
  });

  it('still lets an abort take the traffic back at once while another write is refused', async () => {
    const refused = injectFault(
      (request) => request.kind.kind === 'HTTPRoute' && request.verb === 'update',
      { type: 'status', status: 422, applied: false },
      3,
    );
    const run = await runScenario(
      routed([route(), routedWeb()], {
        timeline: [release, at('85s', refused), at('100s', askAbort('1'))],
        until: halted('Degraded'),
      }),
    );
    assert.equal(run.problems, '');
    const back = run.log.find(({ text, at: when }) => when >= 100_000 && text.startsWith('HTTPRoute web') && text.includes('web-canary 0'));
    assert.ok(back !== undefined && back.at < 110_000, run.text);
  });

  it('is refused before anything moves when a step asks for what it cannot say', async () => {
    const steps = '[{setWeight: 10}, {setHeaderRoute: {name: Testers, match: [{headerName: X-Tester, headerValue: {exact: "1"}}]}}]';
    const routing = '{gatewayAPI: {httpRoute: web}, managedRoutes: [{name: Testers}]}';
    const run = await runScenario(
      routed([route(), routedWeb()], {
        timeline: [at('60s', apply(routedWeb({ steps, routing, tag: 'v2' })))],
        until: rolloutIs('shop/web', 'Degraded'),
      }),
    );
    assert.equal(run.problems, '');
    assert.ok(conditionsAtEnd(run).includes('Stalled=True/InvalidSpec'), conditionsAtEnd(run).join(' '));
    assert.match(statusAtEnd(run).message ?? '', /managedRoutes.*cannot be the name of a rule; use lower case/);
  });
});
