import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HTTP_ROUTE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { millis } from '../../src/api/time.ts';
import type { RouterLag } from '../../src/sim/router/applied-config.ts';
import { GATEWAY_API } from '../../src/sim/router/gateway-api/gateway-api.ts';
import { createLaggingRouter, type LaggingRouter } from '../../src/sim/router/lagging-router.ts';
import { create, dig, type Lab, replicaSet, scale, service, startLab } from './lab.ts';

const seconds = (value: number) => millis(value * 1000);
const REF = { namespace: 'default', name: 'web' };

function route(stable: number, canary: number): KubeObject {
  const backendRefs = [
    { name: 'web-stable', port: 80, weight: stable },
    { name: 'web-canary', port: 80, weight: canary },
  ];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: REF,
    spec: { parentRefs: [{ name: 'gateway' }], rules: [{ backendRefs }] },
  };
}

interface RouterLab extends Lab {
  readonly router: LaggingRouter;
  readonly weigh: (stable: number, canary: number) => Promise<void>;
  readonly weights: () => string;
  readonly traffic: () => Record<string, number>;
}

async function startRouter(lag?: (route: string, generation: number) => RouterLag): Promise<RouterLab> {
  const lab = await startLab({ crds: GATEWAY_API.crds });
  const router = createLaggingRouter({
    cluster: lab.sim.as({ name: 'router', groups: [] }),
    clock: lab.clock,
    lag,
    routers: [GATEWAY_API],
  });
  const stop = new AbortController();
  const end = router.run(stop.signal);
  for (const name of ['stable', 'canary']) await create(lab.cluster, service(`web-${name}`, { [POD_TEMPLATE_HASH]: `web-${name}` }));
  await create(lab.cluster, replicaSet('web-stable', 4));
  await create(lab.cluster, replicaSet('web-canary', 1));
  await lab.clock.runFor(seconds(5));
  return {
    ...lab,
    router,
    async weigh(stable, canary) {
      await lab.cluster.apply(HTTP_ROUTE, route(stable, canary), { fieldManager: 'test', force: true });
      await lab.clock.settle();
    },
    weights: () => (router.appliedWeights('HTTPRoute/default/web')?.rules[0]?.backends ?? []).map((backend) => backend.weight).join('/'),
    traffic() {
      const { byHash, failed } = router.trafficByHash({ route: 'HTTPRoute/default/web' });
      return { ...Object.fromEntries(byHash), failed };
    },
    async stop() {
      stop.abort();
      await end;
      await lab.stop();
    },
  };
}

function conditions(lab: Lab): readonly string[] {
  const found = dig(lab.sim.snapshot(HTTP_ROUTE)[0], 'status', 'parents', 0, 'conditions');
  const entries: readonly unknown[] = Array.isArray(found) ? found : [];
  return entries.map(
    (entry) => `${String(dig(entry, 'type'))}=${String(dig(entry, 'status'))}@${String(dig(entry, 'observedGeneration'))}`,
  );
}

describe('the lagging router', () => {
  it('splits traffic by the weights that it applied', async () => {
    const lab = await startRouter();
    await lab.weigh(80, 20);
    assert.deepEqual(lab.traffic(), { 'web-stable': 0.8, 'web-canary': 0.2, failed: 0 });
    await lab.stop();
  });

  it('reports a route as accepted before its data plane follows', async () => {
    const lab = await startRouter(() => ({ type: 'after', delay: seconds(60) }));
    await lab.weigh(100, 0);
    await lab.clock.runFor(seconds(60));
    await lab.weigh(50, 50);
    assert.deepEqual(conditions(lab), ['Accepted=True@2', 'ResolvedRefs=True@2']);
    assert.equal(lab.weights(), '100/0');
    await lab.clock.runFor(seconds(59));
    assert.equal(lab.weights(), '100/0');
    await lab.clock.runFor(seconds(1));
    assert.equal(lab.weights(), '50/50');
    await lab.stop();
  });

  it('may never follow', async () => {
    const lab = await startRouter((_, generation) => (generation === 1 ? { type: 'after', delay: millis(0) } : { type: 'never' }));
    await lab.weigh(100, 0);
    await lab.weigh(0, 100);
    await lab.clock.runFor(seconds(3600));
    assert.equal(lab.weights(), '100/0');
    await lab.stop();
  });

  it('does not go back to an older configuration that arrives late', async () => {
    const lab = await startRouter((_, generation) => ({ type: 'after', delay: seconds(generation === 1 ? 100 : 10) }));
    await lab.weigh(80, 20);
    await lab.weigh(50, 50);
    await lab.clock.runFor(seconds(200));
    assert.equal(lab.weights(), '50/50');
    await lab.stop();
  });

  it('goes back for a while when configurations arrive out of order', async () => {
    const lab = await startRouter((_, generation) =>
      generation === 1 ? { type: 'out-of-order', delay: seconds(100) } : { type: 'after', delay: seconds(10) },
    );
    await lab.weigh(80, 20);
    await lab.weigh(50, 50);
    await lab.clock.runFor(seconds(50));
    assert.equal(lab.weights(), '50/50');
    await lab.clock.runFor(seconds(60));
    assert.equal(lab.weights(), '80/20');
    await lab.clock.runFor(seconds(100));
    assert.equal(lab.weights(), '50/50');
    await lab.stop();
  });

  it('answers 503 for the share of a backend without ready endpoints', async () => {
    const lab = await startRouter();
    await lab.weigh(75, 25);
    await scale(lab.cluster, 'web-canary', 0);
    await lab.clock.runFor(seconds(5));
    assert.deepEqual(lab.traffic(), { 'web-stable': 0.75, failed: 0.25 });
    await lab.stop();
  });

  it('answers 503 for everything when all weights are zero', async () => {
    const lab = await startRouter();
    await lab.weigh(0, 0);
    assert.deepEqual(lab.traffic(), { failed: 1 });
    await lab.stop();
  });

  it('says which Service of a route does not exist', async () => {
    const lab = await startRouter();
    const broken = route(1, 1);
    const body = { ...broken, spec: { parentRefs: [{ name: 'gateway' }], rules: [{ backendRefs: [{ name: 'nowhere', port: 80 }] }] } };
    await lab.cluster.create(HTTP_ROUTE, body);
    await lab.clock.settle();
    assert.deepEqual(conditions(lab), ['Accepted=True@1', 'ResolvedRefs=False@1']);
    await lab.stop();
  });

  it('spreads the traffic of a Service over its ready endpoints', async () => {
    const lab = await startRouter();
    await create(lab.cluster, service('all', { app: 'web' }));
    await lab.clock.runFor(seconds(1));
    const { byHash, failed } = lab.router.trafficByHash({ service: 'default/all' });
    assert.deepEqual(Object.fromEntries(byHash), { 'web-stable': 0.8, 'web-canary': 0.2 });
    assert.equal(failed, 0);
    await lab.stop();
  });
});
