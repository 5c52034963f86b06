import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP, CUSTOM_RESOURCE_DEFINITION, NAMESPACE } from '../../src/api/kinds.ts';
import { refused, WIDGET, WIDGET_CRD, widget } from '../contract/fixtures.ts';
import { configMap, configMaps, startBench } from './support.ts';

describe('garbage collection', () => {
  it('deletes what lost its owner, and what that owned', async () => {
    const { sim, cluster, clock } = await startBench();
    const owner = await cluster.create(CONFIG_MAP, configMap('owner'));
    const child = await cluster.create(CONFIG_MAP, configMap('child', [owner]));
    await cluster.create(CONFIG_MAP, configMap('grandchild', [child]));
    await cluster.create(CONFIG_MAP, configMap('stranger'));
    await cluster.remove(CONFIG_MAP, { namespace: 'shop', name: 'owner' });
    await clock.settle();
    assert.deepEqual(configMaps(sim), ['stranger']);
  });

  it('deletes a dependent that is created after its owner is gone', async () => {
    const { sim, cluster, clock } = await startBench();
    const owner = await cluster.create(CONFIG_MAP, configMap('owner'));
    await cluster.remove(CONFIG_MAP, { namespace: 'shop', name: 'owner' });
    await cluster.create(CONFIG_MAP, configMap('late', [owner]));
    await clock.settle();
    assert.deepEqual(configMaps(sim), []);
  });

  it('does not take a new object of the same name for the owner', async () => {
    const { sim, cluster, clock } = await startBench();
    const owner = await cluster.create(CONFIG_MAP, configMap('owner'));
    await cluster.create(CONFIG_MAP, configMap('child', [owner]));
    await cluster.remove(CONFIG_MAP, { namespace: 'shop', name: 'owner' });
    await cluster.create(CONFIG_MAP, configMap('owner'));
    await clock.settle();
    assert.deepEqual(configMaps(sim), ['owner']);
  });

  it('keeps a dependent while one owner is left, and drops the broken reference', async () => {
    const { sim, cluster, clock } = await startBench();
    const first = await cluster.create(CONFIG_MAP, configMap('first'));
    const second = await cluster.create(CONFIG_MAP, configMap('second'));
    await cluster.create(CONFIG_MAP, configMap('child', [first, second]));
    await cluster.remove(CONFIG_MAP, { namespace: 'shop', name: 'first' });
    await clock.settle();
    const child = sim.snapshot(CONFIG_MAP).find((object) => object.metadata.name === 'child');
    assert.deepEqual(
      child?.metadata.ownerReferences?.map((owner) => owner.name),
      ['second'],
    );
  });

  it('orphans dependents when asked to', async () => {
    const { sim, cluster, clock } = await startBench();
    const owner = await cluster.create(CONFIG_MAP, configMap('owner'));
    await cluster.create(CONFIG_MAP, configMap('child', [owner]));
    await cluster.remove(CONFIG_MAP, { namespace: 'shop', name: 'owner' }, { propagation: 'Orphan' });
    await clock.settle();
    assert.deepEqual(configMaps(sim), ['child']);
    assert.deepEqual(sim.snapshot(CONFIG_MAP)[0]?.metadata.ownerReferences ?? [], []);
  });

  it('keeps the owner until blocking dependents are gone in a foreground deletion', async () => {
    const { sim, cluster, clock } = await startBench();
    const owner = await cluster.create(CONFIG_MAP, configMap('owner'));
    await cluster.create(CONFIG_MAP, configMap('child', [owner], { finalizers: ['example.com/hold'] }));
    await cluster.remove(CONFIG_MAP, { namespace: 'shop', name: 'owner' }, { propagation: 'Foreground' });
    await clock.settle();
    assert.deepEqual(configMaps(sim), ['child', 'owner']);
    const child = { namespace: 'shop', name: 'child' };
    const finalizers = (await cluster.get(CONFIG_MAP, child))?.metadata.finalizers ?? [];
    const left = finalizers.filter((finalizer) => finalizer !== 'example.com/hold');
    await cluster.patch(CONFIG_MAP, child, { type: 'merge', body: { metadata: { finalizers: left } } });
    await clock.settle();
    assert.deepEqual(configMaps(sim), []);
  });

  it('empties a namespace that is deleted, and lets nothing new in meanwhile', async () => {
    const { sim, cluster, clock } = await startBench();
    await cluster.create(CONFIG_MAP, configMap('held', [], { finalizers: ['example.com/hold'] }));
    await cluster.create(WIDGET, widget('shop', 'inside'));
    await cluster.remove(NAMESPACE, { name: 'shop' });
    await clock.settle();
    assert.deepEqual(sim.snapshot(WIDGET), []);
    const error = await refused(cluster.create(CONFIG_MAP, configMap('late')), 'forbidden', 403, 'Forbidden');
    assert.match(error.message, /because it is being terminated/u);
    await cluster.patch(CONFIG_MAP, { namespace: 'shop', name: 'held' }, { type: 'merge', body: { metadata: { finalizers: null } } });
    await clock.settle();
    assert.equal(await cluster.get(NAMESPACE, { name: 'shop' }), undefined);
  });

  it('deletes the objects of a definition that is deleted, and serves the kind no longer', async () => {
    const { sim, cluster, clock } = await startBench();
    await cluster.create(WIDGET, widget('shop', 'one'));
    await cluster.remove(CUSTOM_RESOURCE_DEFINITION, { name: WIDGET_CRD.metadata.name });
    await clock.settle();
    assert.deepEqual(sim.snapshot(WIDGET), []);
    await refused(cluster.list(WIDGET), 'not_found', 404, 'NotFound');
  });
});
