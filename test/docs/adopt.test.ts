import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEPLOYMENT, type KindDescriptor, POD, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { isServing, selectorOf } from '../../src/sim/invariants/world-view.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { selects } from '../../src/sim/world/workload-views.ts';
import { createInstalledStage, manifestsOf } from './installed-stage.ts';
import { readPage } from './markdown.ts';

describe('docs/adopt-a-deployment.md', () => {
  it('takes the Deployment over, releases through it and gives it back, with five pods behind the Service all the time', async () => {
    const objects = manifestsOf(readPage('docs/adopt-a-deployment.md'));
    const stage = await createInstalledStage();
    const { sim } = stage;
    const inShop = (kind: KindDescriptor) => sim.snapshot(kind).filter(({ metadata }) => metadata.namespace === 'shop');
    const size = (): unknown => Reflect.get(Object(inShop(DEPLOYMENT)[0]?.['spec']), 'replicas');
    const behind = (): number => {
      const selector = selectorOf(inShop(SERVICE)[0]);
      return inShop(POD).filter((pod) => isServing(pod) && selects(selector, pod.metadata.labels)).length;
    };
    await stage.apply(objects.filter((object) => object.kind !== 'Rollout'));
    await stage.until({ what: 'the Deployment serves', holds: () => behind() === 5 });
    let least = 5;
    sim.onWrite(() => void (least = Math.min(least, behind())));
    const life = stage.start();
    await stage.apply(objects.filter((object) => object.kind === 'Rollout'));
    const healthy = rolloutIs('shop/checkout', 'Healthy', (status) => status.currentPodHash === status.stableRS);
    await stage.until({ what: 'the Deployment has given way', holds: () => healthy.holds(sim) && size() === 0 && behind() === 5 });
    assert.equal(least, 5);
    // As `kubectl set image` does.
    const containers = [{ name: 'checkout', image: 'registry.example.com/shop/checkout:2' }];
    const body = { spec: { template: { spec: { containers } } } };
    await stage.during(stage.admin.patch(DEPLOYMENT, { namespace: 'shop', name: 'checkout' }, { type: 'merge', body }));
    const images = (): readonly unknown[] => inShop(POD).map((pod) => JSON.stringify(pod['spec']).includes('checkout:2"'));
    await stage.until({ what: 'the release is out', holds: () => healthy.holds(sim) && images().every((is) => is === true) });
    least = 5;
    await stage.during(stage.admin.remove(ROLLOUT, { namespace: 'shop', name: 'checkout' }));
    await stage.until({
      what: 'only the Deployment is left',
      holds: () => inShop(ROLLOUT).length === 0 && inShop(POD).length === 5,
    });
    await life.stop();
    await stage.end();
    assert.deepEqual([least, size(), selectorOf(inShop(SERVICE)[0])], [5, 5, { app: 'checkout' }]);
    assert.deepEqual(stage.refused, []);
  });
});
