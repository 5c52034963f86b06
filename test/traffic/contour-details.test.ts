import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contourRouter } from '../../src/adapters/traffic/contour/contour-router.ts';
import type { ContourRouting } from '../../src/api/contour-routing.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { HeaderRoute, RoutedRollout } from '../../src/ports/traffic-router.ts';
import { edited, type Json, owned, ROLLOUT, SERVICES } from './fixture-parts.ts';
import { plainWorld, type RouterWorld } from './router-world.ts';

const CONFIG: ContourRouting = { httpProxies: ['checkout'] };

const TESTERS: HeaderRoute = {
  name: 'testers',
  match: [
    { headerName: 'x-a', headerValue: { exact: '1' } },
    { headerName: 'x-b', headerValue: { prefix: 'v1.' } },
  ],
};

const BASE = {
  conditions: [{ prefix: '/shop' }],
  services: [
    { name: 'checkout-stable', port: 80, weight: 100 },
    { name: 'checkout-canary', port: 80, weight: 0, protocol: 'h2c' },
    { name: 'recorder', port: 80, mirror: true },
  ],
  timeoutPolicy: { response: '10s' },
};

const routed = (planned: readonly HeaderRoute[]): RoutedRollout => ({
  ...ROLLOUT,
  managedRoutes: ['testers'],
  plannedRoutes: { headerRoutes: planned, mirrorRoutes: [] },
});

async function withTesters(): Promise<RouterWorld> {
  const world = plainWorld(ROLLOUT);
  await world.put(owned('projectcontour.io/v1', 'HTTPProxy', 'checkout', { routes: [BASE] }));
  await write(world, routed([TESTERS]), [TESTERS]);
  return world;
}

async function write(world: RouterWorld, rollout: RoutedRollout, headerRoutes: readonly HeaderRoute[]): Promise<void> {
  const intent = { ...SERVICES, weight: 5, maxWeight: 100, headerRoutes, mirrorRoutes: [] };
  for (const one of contourRouter.write(CONFIG, rollout, world.read(), intent)) await world.apply(one);
}

function proxyIn(world: RouterWorld): KubeObject & { readonly spec: { readonly routes: readonly Json[] } } {
  return world.all()[0] as KubeObject & { readonly spec: { readonly routes: readonly Json[] } };
}

describe('a header route in an HTTPProxy', () => {
  it('takes the requests of the weighted route with all of its headers, and keeps what that route does with them', async () => {
    const { routes } = proxyIn(await withTesters()).spec;
    assert.deepEqual(routes[1], {
      conditions: [{ prefix: '/shop' }, { header: { name: 'x-a', exact: '1' } }, { header: { name: 'x-b', regex: 'v1\\..*' } }],
      services: [
        { name: 'checkout-canary', port: 80, protocol: 'h2c' },
        { name: 'recorder', port: 80, mirror: true },
      ],
      timeoutPolicy: { response: '10s' },
    });
  });

  it('is removed also when no step speaks of it any more', async () => {
    const world = await withTesters();
    const { state } = contourRouter.read(CONFIG, routed([]), world.read());
    assert.deepEqual(state.ok && [state.written.weight, state.written.headerRoutes], [undefined, []]);
    await write(world, routed([]), []);
    const proxy = proxyIn(world);
    assert.deepEqual(proxy.metadata.annotations, { note: 'kept' });
    assert.equal(proxy.spec.routes.length, 1);
  });

  it('is not taken for one when somebody else sends its requests elsewhere', async () => {
    const world = await withTesters();
    await world.put(
      edited(proxyIn(world), ({ spec }) => {
        Object.assign(spec.routes[1] ?? {}, { services: [{ name: 'search', port: 80 }] });
      }),
    );
    await write(world, routed([]), []);
    assert.equal(proxyIn(world).spec.routes.length, 2);
  });

  it('is refused where the owner has a route of the same conditions', async () => {
    const world = await withTesters();
    const [, made] = proxyIn(world).spec.routes;
    await world.put(
      owned('projectcontour.io/v1', 'HTTPProxy', 'checkout', { routes: [BASE, { ...made, services: [{ name: 'x', port: 1 }] }] }),
    );
    const [problem] = contourRouter.problems?.(CONFIG, routed([TESTERS]), world.read()) ?? [];
    assert.match(problem?.problem ?? '', /has a route with these conditions already/);
  });

  it('survives an annotation that is no record', async () => {
    const world = await withTesters();
    await world.put(
      edited(proxyIn(world), (copy) => {
        Object.assign(copy.metadata.annotations ?? {}, { 'sluice.dev/managed-routes': '{' });
      }),
    );
    const { state } = contourRouter.read(CONFIG, routed([TESTERS]), world.read());
    assert.ok(state.ok);
  });
});
