import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HTTP_ROUTE } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { routed } from './routed-strategy.ts';
import { hashOf, healthyWorld, World } from './world.ts';

function weightsOf(world: World): readonly number[] {
  return world.router?.weights ?? [];
}

describe('a canary with traffic routing', () => {
  it('walks its weights, promotes, and gives the weight back to the stable side', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf('v2'));
    assert.deepEqual(weightsOf(world), [20, 60, 100, 0]);
    assert.equal(world.selected('stable'), hashOf('v2'));
    assert.equal(world.selected('canary'), hashOf('v2'));
    assert.equal(world.size('v1'), 10);
    world.run(6);
    assert.equal(world.size('v1'), 0);
    assert.equal(world.status?.scaleDown, undefined);
  });

  it('sizes the canary by its weight and leaves stable whole', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(20));
    assert.equal(world.size('v2'), 2);
    assert.equal(world.size('v1'), 10);
    world.until(() => weightsOf(world).includes(60));
    assert.equal(world.size('v2'), 6);
    assert.equal(world.size('v1'), 10);
  });

  it('gives a revision that begins while spec.paused neither pods nor weight until that is over', () => {
    const world = healthyWorld(routed());
    world.change({ paused: true });
    world.deploy('v2');
    world.run(10);
    assert.deepEqual([weightsOf(world), world.size('v2'), world.size('v1')], [[], 0, 10]);
    assert.equal(world.status?.phase, 'Paused');
    world.change({ paused: false });
    world.until(() => weightsOf(world).includes(20));
  });

  it('keeps the weight of a release that has its last step behind it where spec.paused finds it', () => {
    const world = healthyWorld(routed({ steps: [{ setWeight: 20 }, { pause: {} }] }));
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.change({ paused: true });
    world.annotations['sluice.dev/request'] = `promote:${hashOf('v2')}@1`;
    world.run(10);
    assert.equal(world.status?.currentStepIndex, 2);
    assert.deepEqual(weightsOf(world), [20]);
    world.change({ paused: false });
    world.until(() => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf('v2'));
    assert.deepEqual(weightsOf(world), [20, 100, 0]);
  });

  it('gives no weight before the pods are reachable through the canary Service', () => {
    const world = healthyWorld(routed());
    world.broken.add('v2');
    world.deploy('v2');
    world.run(5);
    assert.deepEqual(weightsOf(world), []);
    assert.equal(world.selected('canary'), hashOf('v1'));
    assert.match(world.status?.message ?? '', /0 of 2 canary/);
  });

  it('takes the traffic back at once when it is aborted, and the pods a delay later', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(60));
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.tick();
    assert.equal(weightsOf(world).at(-1), 0);
    assert.equal(world.size('v2'), 6);
    world.run(2);
    assert.equal(world.size('v2'), 6);
    world.run(4);
    assert.equal(world.size('v2'), 0);
    world.run(2);
    assert.equal(world.selected('canary'), hashOf('v1'));
    assert.equal(world.status?.phase, 'Degraded');
  });

  it('brings the weight to 0 before another revision takes the canary Service', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(60));
    world.deploy('v3');
    world.tick();
    assert.equal(weightsOf(world).at(-1), 0);
    assert.equal(world.selected('canary'), hashOf('v2'));
    world.until(() => world.selected('canary') === hashOf('v3'));
    assert.deepEqual(weightsOf(world), [20, 60, 0, 20]);
    assert.equal(world.size('v2'), 0);
  });

  it('leaves a share with the former revision, while stable does not serve, until the fix has the pods of its first step', () => {
    const world = healthyWorld(routed({ steps: [{ setWeight: 50 }, { pause: {} }] }));
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    world.fail('v1');
    world.readyAfter = 4;
    world.deploy('v3');
    world.run(3);
    assert.deepEqual([weightsOf(world), world.size('v3'), world.selected('canary')], [[50], 5, hashOf('v2')]);
    assert.deepEqual([world.status?.currentStepIndex, world.status?.canary?.weights?.canary.podTemplateHash], [0, hashOf('v2')]);
    assert.match(world.status?.message ?? '', /; weight stays 50: no pod of the stable side is reachable/);
    world.until(() => world.selected('canary') === hashOf('v3'));
    assert.deepEqual(weightsOf(world).slice(0, 2), [50, 0]);
    world.until(() => world.status?.phase === 'Paused');
    assert.deepEqual(weightsOf(world), [50, 0, 50]);
  });

  it('begins no background analysis of a revision while a former one has the weight', () => {
    const analysis = { templates: [{ templateName: 'slo' }] };
    const world = healthyWorld(routed({ steps: [{ setWeight: 50 }, { pause: {} }], dynamicStableScale: true, analysis }));
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused');
    assert.equal(world.runs.size, 1);
    // Stable does not come up to take the weight.
    world.fail('v1');
    world.readyAfter = 3;
    world.deploy('v3');
    world.until(() => world.runs.size === 2);
    assert.equal(world.selected('canary'), hashOf('v3'));
    assert.equal(weightsOf(world).at(-1), 50);
  });

  it('shrinks a former revision with its share, with dynamicStableScale, so that stable finds the room for the rest', () => {
    const world = healthyWorld(routed({ steps: [{ setWeight: 80 }, { pause: {} }], dynamicStableScale: true }));
    world.deploy('v2');
    world.until(() => world.status?.phase === 'Paused' && world.size('v1') === 2);
    world.deploy('v3');
    world.tick(1);
    // Stable finds room for one pod more in each tick.
    world.sets.get(`checkout-${hashOf('v1')}`)?.pods.pending.splice(0, 8, 1, 2, 3, 4, 5, 6, 7, 8);
    const shares: (readonly number[])[] = [];
    world.until(
      () => world.selected('canary') === hashOf('v3'),
      50,
      () => {
        if (world.selected('canary') === hashOf('v2'))
          shares.push([Math.max(...(world.router?.served(world.now) ?? [])), world.size('v2')]);
      },
    );
    assert.ok(
      shares.every(([share = 0, size = 0]) => size >= Math.ceil(share / 10)),
      JSON.stringify(shares),
    );
    assert.ok(
      shares.some(([, size = 0]) => size > 0 && size < 8),
      JSON.stringify(shares),
    );
    assert.deepEqual(weightsOf(world).slice(1, -1), [70, 60, 50, 40, 30, 0]);
  });

  it('shrinks stable with the verified weight when dynamicStableScale is on, and grows it before the traffic comes back', () => {
    const world = healthyWorld(routed({ dynamicStableScale: true }));
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(60));
    world.tick();
    assert.equal(world.size('v1'), 4);
    world.annotations['sluice.dev/abort'] = `${hashOf('v2')}@1`;
    world.pass();
    assert.equal(weightsOf(world).at(-1), 60);
    assert.equal(world.size('v1'), 10);
    world.until(() => weightsOf(world).at(-1) === 0);
  });

  it('grows stable to its full size, dynamicStableScale or not, while routes that it named before still split the traffic', () => {
    const world = healthyWorld(routed({ dynamicStableScale: true }));
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(60));
    world.tick();
    assert.equal(world.size('v1'), 4);
    world.formerRoutes = [{ router: 'gatewayAPI', objects: [{ kind: HTTP_ROUTE, name: 'former', uid: 'uid-f', resourceVersion: '1' }] }];
    world.broken.add('v1');
    world.run(3);
    assert.deepEqual([world.size('v1'), world.formerRoutes.length], [10, 1]);
    world.broken.delete('v1');
    world.run(2);
    assert.deepEqual([world.size('v1'), world.formerRoutes.length], [4, 0]);
  });

  it('lets setCanaryScale set the size apart from the weight, until matchTrafficWeight', () => {
    const steps = [
      { setCanaryScale: { replicas: 1 } },
      { setWeight: 50 },
      { pause: { duration: '1m' } },
      { setCanaryScale: { matchTrafficWeight: true } },
      { pause: {} },
    ];
    const world = healthyWorld(routed({ steps }));
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(50));
    assert.equal(world.size('v2'), 1);
    world.until(() => world.status?.currentStepIndex === 4);
    assert.equal(world.size('v2'), 5);
  });

  it('gives no weight to a canary that setCanaryScale keeps at no pods, and says what to do', () => {
    const world = healthyWorld(routed({ steps: [{ setCanaryScale: { replicas: 0 } }, { setWeight: 50 }] }));
    world.deploy('v2');
    world.run(5);
    assert.deepEqual(weightsOf(world), []);
    assert.match(world.plans.at(-1)?.explain.join('\n') ?? '', /setCanaryScale asks for none: raise it/);
  });

  it('begins the pause behind a weight in the same status write when the router never confirms', () => {
    const world = healthyWorld(routed());
    if (world.router !== undefined) world.router.silent = true;
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(20));
    assert.equal(world.status?.currentStepIndex, 1);
    assert.equal(world.status?.canary?.weights?.verified, undefined);
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual(weightsOf(world), [20, 60, 100, 0]);
  });

  it('keeps every pod of stable, and names the router, when the last weight is never accepted (AR#3333, AR PR#3627)', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    world.until(() => world.status?.currentStepIndex === 3);
    if (world.router !== undefined) world.router.acceptsAfter = millis(3_600_000);
    world.until(() => weightsOf(world).includes(100));
    world.run(60);
    assert.equal(world.size('v1'), 10);
    assert.equal(world.selected('stable'), hashOf('v1'));
    assert.notEqual(world.status?.stableRS, hashOf('v2'));
    assert.match(world.status?.message ?? '', /gatewayAPI/);
  });

  it('points a subset at no revision without pods, also on a first deployment (AR#2507)', () => {
    const world = new World(routed());
    assert.ok(world.router);
    world.router.subsets = { stable: '', canary: '' };
    world.broken.add('v1');
    world.run(10);
    assert.deepEqual(world.router.subsets, { stable: '', canary: '' });
    world.broken.delete('v1');
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual(world.router.subsets, { stable: hashOf('v1'), canary: hashOf('v1') });
  });

  it('keeps the pods of the former revision beyond their delay while the new stable one does not serve', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    world.until(() => world.status?.stableRS === hashOf('v2'));
    world.fail('v2');
    world.run(20);
    assert.equal(world.size('v1'), 10);
    world.broken.delete('v2');
    world.until(() => world.size('v1') === 0);
  });

  it('keeps everything while the route is gone, and says so', () => {
    const world = healthyWorld(routed());
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(20));
    if (world.router !== undefined) world.router.missing = 'there is no HTTPRoute checkout; create it';
    world.run(20);
    assert.equal(world.status?.phase, 'Degraded');
    assert.match(world.status?.message ?? '', /no HTTPRoute checkout/);
    assert.equal(world.size('v2'), 2);
    assert.equal(world.size('v1'), 10);
  });

  it('writes weights that somebody puts back again, later each time', () => {
    const world = healthyWorld(routed({ steps: [{ setWeight: 20 }, { pause: {} }] }));
    world.deploy('v2');
    world.until(() => world.status?.currentStepIndex === 1);
    const router = world.router;
    assert.ok(router !== undefined);
    const before = router.writes;
    for (let second = 0; second < 300; second += 1) {
      router.written = { ...router.written, weight: 0 };
      world.tick(1);
    }
    assert.ok(router.writes - before < 12, `${router.writes - before} writes in 300 s`);
    assert.ok(router.writes - before > 3);
  });

  it('swaps ping and pong at the promotion without touching Services or weights', () => {
    const world = healthyWorld(
      routed({
        stableService: undefined,
        canaryService: undefined,
        pingPong: { pingService: 'ping', pongService: 'pong' },
      }),
    );
    world.deploy('v2');
    world.until(() => world.status?.canary?.stablePingPong === 'pong');
    assert.equal(world.selected('pong'), hashOf('v2'));
    assert.equal(world.selected('ping'), hashOf('v1'));
  });

  it('changes a subset only while its side carries nothing', () => {
    const world = new World(routed({ stableService: undefined, canaryService: undefined }));
    if (world.router !== undefined) world.router.subsets = { stable: '', canary: '' };
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual(world.router?.subsets, { stable: hashOf('v1'), canary: hashOf('v1') });
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(60));
    assert.deepEqual(world.router?.subsets, { stable: hashOf('v1'), canary: hashOf('v2') });
    world.until(() => world.status?.phase === 'Healthy');
    assert.deepEqual(world.router?.subsets, { stable: hashOf('v2'), canary: hashOf('v2') });
    assert.deepEqual(weightsOf(world), [20, 60, 100, 0]);
  });

  it('gives a subset its first share only once the mesh selects the new revision, since it follows weights apart (AR#4752)', () => {
    const world = new World(routed({ stableService: undefined, canaryService: undefined }));
    assert.ok(world.router);
    world.router.subsets = { stable: '', canary: '' };
    world.until(() => world.status?.phase === 'Healthy');
    world.deploy('v2');
    world.until(() => weightsOf(world).includes(20));
    world.deploy('v3');
    world.until(() => world.router?.subsets?.canary === hashOf('v3'));
    const changedAt = world.now;
    assert.equal(
      world.plans.at(-1)?.explain.some((line) => /weight 20 waits: the mesh may still select the revision before/.test(line)),
      true,
    );
    while (world.router.written.weight === 0) world.tick(1);
    assert.ok(world.now >= changedAt + world.router.settle, `${world.now - changedAt} ms`);
    assert.deepEqual(world.router.selectedCanaries(world.now).slice(0, 1), [hashOf('v3')]);
  });

  it('leads requests with a header to a subset only once the mesh selects the new revision (AR#4752)', () => {
    const match = [{ headerName: 'x-beta', headerValue: { exact: 'yes' } }];
    const world = new World(
      routed({
        stableService: undefined,
        canaryService: undefined,
        trafficRouting: { gatewayAPI: {}, managedRoutes: [{ name: 'beta' }] },
        steps: [{ setCanaryScale: { replicas: 1 } }, { setHeaderRoute: { name: 'beta', match } }, { setWeight: 20 }, { pause: {} }],
      }),
    );
    assert.ok(world.router);
    world.router.subsets = { stable: '', canary: '' };
    world.until(() => world.status?.phase === 'Healthy');
    world.deploy('v2');
    world.until(() => world.router?.subsets?.canary === hashOf('v2'));
    const changedAt = world.now;
    while (world.router.written.headerRoutes.length === 0) world.tick(1);
    assert.ok(world.now >= changedAt + world.router.settle, `${world.now - changedAt} ms`);
    world.until(() => world.status?.phase === 'Paused');
    assert.equal(world.router.written.headerRoutes.length, 1);
    assert.equal(world.router.written.weight, 20);
  });
});
