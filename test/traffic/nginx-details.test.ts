import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nginxRouter } from '../../src/adapters/traffic/nginx/nginx-router.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { NginxRouting } from '../../src/api/nginx-routing.ts';
import type { RoutedRollout, TrafficIntent } from '../../src/ports/traffic-router.ts';
import { edited, ROLLOUT, SERVICES } from './fixture-parts.ts';
import { ingress } from './nginx-fixture.ts';
import { plainWorld, type RouterWorld } from './router-world.ts';

function intent(weight: number, maxWeight = 100): TrafficIntent {
  return { ...SERVICES, weight, maxWeight, headerRoutes: [], mirrorRoutes: [] };
}

async function routed(
  config: NginxRouting,
  weight: number,
  { stable = ingress(), rollout = ROLLOUT }: { readonly stable?: KubeObject; readonly rollout?: RoutedRollout } = {},
): Promise<{ readonly world: RouterWorld; readonly canary: KubeObject }> {
  const world = plainWorld(rollout);
  await world.put(stable);
  for (const write of nginxRouter.write(config, rollout, world.read(), intent(weight, rollout.maxWeight))) await world.apply(write);
  const canary = world.all()[1];
  assert.ok(canary);
  return { world, canary };
}

const CONFIG: NginxRouting = { stableIngress: 'checkout' };

describe('a canary Ingress', () => {
  it('has the paths to the stable Service with the canary Service instead, and no other', async () => {
    const { canary } = await routed(CONFIG, 20);
    assert.equal(canary.metadata.name, 'checkout-checkout-canary');
    assert.deepEqual(canary.metadata.annotations, {
      'nginx.ingress.kubernetes.io/canary': 'true',
      'nginx.ingress.kubernetes.io/canary-weight': '20',
    });
    const backend = { service: { name: 'checkout-canary', port: { number: 80 } } };
    assert.deepEqual(canary['spec'], {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
      rules: [
        {
          host: 'shop.example.com',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend },
              { path: '/pay', pathType: 'Prefix', backend },
            ],
          },
        },
      ],
    });
  });

  it('is owned by the Rollout, so that it goes with it', async () => {
    const { canary } = await routed(CONFIG, 0);
    assert.deepEqual(canary.metadata.ownerReferences, [
      {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'Rollout',
        name: 'checkout',
        uid: 'rollout-uid',
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
  });

  it('has the class of its Ingress also where that is an annotation, and the annotations of the Rollout', async () => {
    const stable = ingress(
      'checkout',
      undefined,
      { ingressClassName: undefined },
      { 'kubernetes.io/ingress.class': 'outer', other: 'left' },
    );
    const config: NginxRouting = {
      stableIngress: 'checkout',
      annotationPrefix: 'custom.example.com',
      additionalIngressAnnotations: { 'canary-by-header': 'X-Tester', 'custom.example.com/canary-by-header-value': 'yes' },
      canaryIngressAnnotations: { 'example.com/note': 'as it is' },
    };
    const { canary } = await routed(config, 7, { stable, rollout: { ...ROLLOUT, maxWeight: 1000 } });
    assert.deepEqual(canary.metadata.annotations, {
      'kubernetes.io/ingress.class': 'outer',
      'example.com/note': 'as it is',
      'custom.example.com/canary-by-header': 'X-Tester',
      'custom.example.com/canary-by-header-value': 'yes',
      'custom.example.com/canary': 'true',
      'custom.example.com/canary-weight': '7',
      'custom.example.com/canary-weight-total': '1000',
    });
  });

  it('has a name that the API server takes, however long the two names are', async () => {
    const name = 'a'.repeat(200);
    const stable = ingress(name);
    const { canary } = await routed({ stableIngress: name }, 1, { stable, rollout: { ...ROLLOUT, name: 'b'.repeat(60) } });
    assert.equal(canary.metadata.name.length, 253);
    assert.match(canary.metadata.name, /^b{60}-a+-[a-z0-9]{10}$/);
  });

  it('follows the paths of its Ingress', async () => {
    const { world } = await routed(CONFIG, 20);
    await world.put(
      ingress('checkout', [{ http: { paths: [{ path: '/new', pathType: 'Exact', backend: { service: { name: 'checkout-stable' } } }] } }]),
    );
    const { state } = nginxRouter.read(CONFIG, ROLLOUT, world.read());
    assert.equal(state.ok && state.written.weight, undefined);
    const [write] = nginxRouter.write(CONFIG, ROLLOUT, world.read(), intent(20));
    assert.ok(write?.type === 'update');
    const backend = { service: { name: 'checkout-canary' } };
    assert.deepEqual(write.object['spec'], {
      ...(world.all()[0]?.['spec'] as object),
      rules: [{ http: { paths: [{ path: '/new', pathType: 'Exact', backend }] } }],
    });
  });

  it('keeps annotations of other tools, and loses those of ingress-nginx that the Rollout no longer asks for', async () => {
    const { world, canary } = await routed({ ...CONFIG, additionalIngressAnnotations: { 'canary-by-header': 'X-Tester' } }, 20);
    await world.put(
      edited(canary, (copy) => {
        Object.assign(copy.metadata.annotations ?? {}, { 'example.com/endpoints': '[]' });
      }),
    );
    const [write] = nginxRouter.write(CONFIG, ROLLOUT, world.read(), intent(20));
    assert.ok(write?.type === 'update');
    assert.deepEqual(write.object.metadata.annotations, {
      'example.com/endpoints': '[]',
      'nginx.ingress.kubernetes.io/canary': 'true',
      'nginx.ingress.kubernetes.io/canary-weight': '20',
    });
  });

  it('of another owner is not deleted when the Rollout lets go', async () => {
    const { world, canary } = await routed(CONFIG, 20);
    await world.put(
      edited(canary, (copy) => {
        Object.assign(copy.metadata, { ownerReferences: [] });
      }),
    );
    assert.deepEqual(nginxRouter.release(CONFIG, ROLLOUT, world.read()), []);
  });

  it('takes one write a weight', async () => {
    const { world } = await routed(CONFIG, 0);
    for (const weight of [20, 40, 60, 80, 100, 0]) {
      const writes = nginxRouter.write(CONFIG, ROLLOUT, world.read(), intent(weight));
      assert.deepEqual(
        writes.map((write) => write.type),
        ['update'],
      );
      for (const write of writes) await world.apply(write);
    }
  });
});
