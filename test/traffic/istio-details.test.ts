import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { localService, sameHost } from '../../src/adapters/traffic/istio/host.ts';
import { istioRouter } from '../../src/adapters/traffic/istio/istio-router.ts';
import type { IstioRouting } from '../../src/api/istio-routing.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { RoutedRollout, RouteWrite, TrafficIntent } from '../../src/ports/traffic-router.ts';
import { type Json, ROLLOUT, SERVICES } from './fixture-parts.ts';
import { destinationRule, virtualService } from './istio-fixture.ts';
import { plainWorld, type RouterWorld } from './router-world.ts';

const SUBSETS: IstioRouting = {
  virtualService: { name: 'checkout' },
  destinationRule: { name: 'checkout', canarySubsetName: 'canary', stableSubsetName: 'stable' },
};

const NOTHING = { headerRoutes: [], mirrorRoutes: [] } as const;

function intent(stable: string, canary: string, weight: number): TrafficIntent {
  return { stable: { hash: stable }, canary: { hash: canary }, weight, maxWeight: 100, ...NOTHING };
}

async function subsets(stable: string | undefined, canary: string | undefined, weight: number): Promise<RouterWorld> {
  const labels = (hash: string | undefined): Json => ({
    app: 'checkout',
    ...(hash === undefined ? {} : { 'sluice.dev/pod-template-hash': hash }),
  });
  const to = (subset: string, share: number): Json => ({ destination: { host: 'checkout', subset }, weight: share });
  const world = plainWorld(ROLLOUT);
  await world.put(virtualService({ http: [{ route: [to('stable', 100 - weight), to('canary', weight)] }] }));
  await world.put(
    destinationRule([
      { name: 'stable', labels: labels(stable) },
      { name: 'canary', labels: labels(canary) },
    ]),
  );
  return world;
}

/** The writes in words: the hashes of a DestinationRule, the canary's weight of a VirtualService. */
function inWords(writes: readonly RouteWrite[]): readonly string[] {
  return writes.map((write) => {
    assert.equal(write.type, 'update');
    const spec = write.object['spec'] as {
      readonly subsets?: readonly { readonly labels: Readonly<Record<string, string>> }[];
      readonly http?: readonly { readonly route: readonly { readonly weight: number }[] }[];
    };
    if (write.kind.kind === 'VirtualService') return `weight ${spec.http?.[0]?.route[1]?.weight}`;
    return `subsets ${spec.subsets?.map(({ labels }) => labels['sluice.dev/pod-template-hash'] ?? 'all').join(' ')}`;
  });
}

async function apply(world: RouterWorld, wanted: TrafficIntent): Promise<readonly string[]> {
  const writes = istioRouter.write(SUBSETS, ROLLOUT, world.read(), wanted);
  for (const write of writes) await world.apply(write);
  return inWords(writes);
}

describe('the subsets of a DestinationRule', () => {
  it('get the hash of the revision under test before it gets a share', async () => {
    assert.deepEqual(await apply(await subsets('a', 'a', 0), intent('a', 'b', 20)), ['subsets a b', 'weight 20']);
  });

  it('keep the hash of a revision until its share is gone, also when a newer one is under test already', async () => {
    assert.deepEqual(await apply(await subsets('a', 'b', 20), intent('a', 'c', 0)), ['weight 0', 'subsets a c']);
  });

  it('move stable on while the new stable revision still gets everything as the canary', async () => {
    assert.deepEqual(await apply(await subsets('a', 'b', 100), intent('b', 'b', 0)), ['subsets b b', 'weight 0']);
  });

  it('never change on the two sides of one move of the weights at once', async () => {
    const world = await subsets('a', 'b', 100);
    assert.deepEqual(await apply(world, intent('b', 'a', 0)), ['subsets b b', 'weight 0']);
    assert.deepEqual(await apply(world, intent('b', 'a', 0)), ['subsets b a']);
    assert.deepEqual(await apply(world, intent('b', 'a', 0)), []);
  });

  it('keep the hash of a canary that header routes still lead to', async () => {
    const rollout: RoutedRollout = {
      ...ROLLOUT,
      managedRoutes: ['testers'],
      plannedRoutes: {
        headerRoutes: [{ name: 'testers', match: [{ headerName: 'x-tester', headerValue: { exact: 'yes' } }] }],
        mirrorRoutes: [],
      },
    };
    const world = await subsets('a', 'b', 0);
    const { headerRoutes } = rollout.plannedRoutes;
    for (const write of istioRouter.write(SUBSETS, rollout, world.read(), { ...intent('a', 'b', 0), headerRoutes }))
      await world.apply(write);
    const writes = istioRouter.write(SUBSETS, rollout, world.read(), intent('a', 'c', 0));
    assert.deepEqual(
      writes.map((write) => write.kind.kind),
      ['VirtualService', 'DestinationRule'],
    );
  });

  it('take their first hash before anything else, since without one they select every Pod', async () => {
    assert.deepEqual(await apply(await subsets(undefined, undefined, 0), intent('a', 'a', 0)), ['subsets a a']);
  });

  it('stay as they are for a side without a hash', async () => {
    const unknown = { ...intent('a', 'b', 0), canary: {} };
    assert.deepEqual(await apply(await subsets('a', 'b', 0), unknown), []);
  });

  it('select every Pod again once all traffic is on stable and the Rollout lets go', async () => {
    const world = await subsets('a', 'b', 20);
    const writes = istioRouter.release(SUBSETS, ROLLOUT, world.read());
    assert.deepEqual(inWords(writes), ['weight 0', 'subsets all all']);
  });

  it('are read back as the hashes of both sides', async () => {
    const world = await subsets('a', undefined, 20);
    const { state } = istioRouter.read(SUBSETS, ROLLOUT, world.read());
    assert.deepEqual(state.ok && [state.written.stableHash, state.written.canaryHash], ['a', '']);
  });
});

const HOSTS: IstioRouting = { virtualService: { name: 'checkout', routes: ['shop'] } };

const to = (host: string, weight: number): Json => ({ destination: { host }, weight });
const SHARED = { name: 'shop', match: [{ uri: { prefix: '/shop' } }, { uri: { exact: '/' } }], timeout: '3s' };
const ROUTE = [to('checkout-stable', 100), { ...to('checkout-canary', 0), headers: { response: { add: { side: 'canary' } } } }];
const ADMIN = { name: 'admin', match: [{ uri: { prefix: '/shop/admin' } }], route: [to('admin', 100)] };
const REST = { name: 'rest', route: [to('web', 100)] };

async function written(managed: Pick<TrafficIntent, 'headerRoutes' | 'mirrorRoutes'>, http: readonly Json[]): Promise<readonly Json[]> {
  const rollout = { ...ROLLOUT, managedRoutes: ['one', 'two'], plannedRoutes: managed };
  const world = plainWorld(rollout);
  await world.put(virtualService({ http }));
  for (const write of istioRouter.write(HOSTS, rollout, world.read(), { ...SERVICES, weight: 5, maxWeight: 100, ...managed })) {
    await world.apply(write);
  }
  const [object] = world.all();
  return ((object as KubeObject)['spec'] as { readonly http: readonly Json[] }).http;
}

describe('a header route in a VirtualService', () => {
  it('takes the requests of the weighted route with any of its headers, and nothing of other routes', async () => {
    const match = [
      { headerName: 'X-A', headerValue: { exact: '1' } },
      { headerName: 'X-B', headerValue: { regex: '.*2' } },
    ];
    const http = await written({ headerRoutes: [{ name: 'one', match }], mirrorRoutes: [] }, [ADMIN, { ...SHARED, route: ROUTE }, REST]);
    assert.deepEqual(http[1], {
      name: 'one',
      match: [
        { uri: { prefix: '/shop' }, headers: { 'X-A': { exact: '1' } } },
        { uri: { prefix: '/shop' }, headers: { 'X-B': { regex: '.*2' } } },
        { uri: { exact: '/' }, headers: { 'X-A': { exact: '1' } } },
        { uri: { exact: '/' }, headers: { 'X-B': { regex: '.*2' } } },
      ],
      timeout: '3s',
      route: [{ destination: { host: 'checkout-canary' }, weight: 100, headers: { response: { add: { side: 'canary' } } } }],
    });
  });

  it("stands right before its weighted route, so that the owner's routes before that one still come first", async () => {
    const match = [{ headerName: 'x-a', headerValue: { exact: '1' } }];
    const headerRoutes = [
      { name: 'two', match },
      { name: 'one', match },
    ];
    const http = await written({ headerRoutes, mirrorRoutes: [] }, [ADMIN, { ...SHARED, route: ROUTE }, REST]);
    assert.deepEqual(
      http.map((route) => route['name']),
      ['admin', 'one', 'two', 'shop', 'rest'],
    );
  });
});

describe('a mirror route in a VirtualService', () => {
  it('sends on by the weights of its weighted route and copies to the canary', async () => {
    const match = [
      { method: { exact: 'GET' }, path: { prefix: '/shop/cart' } },
      { path: { prefix: '/' }, headers: { 'x-a': { prefix: '1' } } },
    ];
    const mirrorRoutes = [{ name: 'one', match, percentage: 35 }];
    const http = await written({ headerRoutes: [], mirrorRoutes }, [{ ...SHARED, route: ROUTE }]);
    assert.deepEqual(http[0], {
      name: 'one',
      match: [
        { uri: { prefix: '/shop/cart' }, method: { exact: 'GET' } },
        { uri: { prefix: '/shop' }, headers: { 'x-a': { prefix: '1' } } },
        { uri: { exact: '/' }, headers: { 'x-a': { prefix: '1' } } },
      ],
      timeout: '3s',
      route: [to('checkout-stable', 95), { ...ROUTE[1], weight: 5 }],
      mirror: { host: 'checkout-canary' },
      mirrorPercentage: { value: 35 },
    });
  });
});

describe('the only http route', () => {
  it('needs no name in the Rollout, whatever its own name is', async () => {
    const world = plainWorld(ROLLOUT);
    await world.put(virtualService({ http: [{ ...SHARED, route: ROUTE }] }));
    const { state } = istioRouter.read({ virtualService: { name: 'checkout' } }, ROLLOUT, world.read());
    assert.equal(state.ok && state.written.weight, 0);
  });

  it('is still the only one beside managed routes', async () => {
    const rollout = { ...ROLLOUT, managedRoutes: ['one'] };
    const world = plainWorld(rollout);
    await world.put(virtualService({ http: [{ name: 'one', route: ROUTE }, { name: 'one.2', route: ROUTE }, { route: ROUTE }] }));
    const { state } = istioRouter.read({ virtualService: { name: 'checkout' } }, rollout, world.read());
    assert.ok(state.ok);
    assert.equal(state.written.weight, undefined, 'routes that no step makes are to be removed');
  });
});

describe('a host of Istio', () => {
  it('means a Service of the namespace in each of its forms', () => {
    for (const host of ['web', 'web.shop', 'web.shop.svc', 'web.shop.svc.cluster.local', 'web.shop.svc.corp.example']) {
      assert.equal(localService(host, 'shop'), 'web', host);
    }
  });

  it('means something else in another namespace or outside of the cluster', () => {
    for (const host of ['web.other', 'web.other.svc.cluster.local', 'web.shop.example.com', '']) {
      assert.notEqual(localService(host, 'shop'), 'web', host);
    }
  });

  it('is the same in two forms', () => {
    assert.ok(sameHost('web', 'web.shop.svc.cluster.local', 'shop'));
    assert.ok(sameHost('api.example.com', 'api.example.com', 'shop'));
    assert.ok(!sameHost('web', 'web.other', 'shop'));
  });
});
