import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VIRTUAL_SERVICE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant } from '../../src/api/time.ts';
import { withServedVersions } from '../../src/kube/served-versions.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { inVersion } from '../peers/peer-routes.ts';

const OLD = { ...VIRTUAL_SERVICE, version: 'v1beta1' };

function clusterWith(crds: readonly KubeObject[]): Cluster {
  const sim = createSimCluster({ clock: createVirtualClock(instant(0)), crds });
  return sim.as({ name: 'jane', groups: ['system:authenticated'] });
}

function virtualService(version: string): KubeObject {
  return {
    apiVersion: `networking.istio.io/${version}`,
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'default' },
    spec: { hosts: ['shop'] },
  };
}

describe('a cluster that serves an older version of a kind', () => {
  it('is read and written in that version once a list has found it', async () => {
    const plain = clusterWith([inVersion('VirtualService', 'v1beta1')]);
    await plain.create(OLD, virtualService('v1beta1'));
    const cluster = withServedVersions(plain);
    const { items } = await cluster.list(VIRTUAL_SERVICE, { namespace: 'default' });
    const [found] = items;
    assert.equal(found?.apiVersion, 'networking.istio.io/v1beta1');
    const changed = await cluster.update(VIRTUAL_SERVICE, {
      ...virtualService('v1'),
      metadata: found.metadata,
      spec: { hosts: ['other'] },
    });
    assert.deepEqual([changed.apiVersion, changed['spec']], ['networking.istio.io/v1beta1', { hosts: ['other'] }]);
    const again = await cluster.get(VIRTUAL_SERVICE, { namespace: 'default', name: 'web' });
    assert.equal(again?.metadata.uid, found.metadata.uid);
    await cluster.remove(VIRTUAL_SERVICE, { namespace: 'default', name: 'web' });
    assert.equal(await plain.get(OLD, { namespace: 'default', name: 'web' }), undefined);
  });

  it('is taken in the newest version that it serves', async () => {
    const plain = clusterWith([inVersion('VirtualService', 'v1')]);
    await plain.create(VIRTUAL_SERVICE, virtualService('v1'));
    const { items } = await withServedVersions(plain).list(VIRTUAL_SERVICE, {});
    assert.equal(items[0]?.apiVersion, 'networking.istio.io/v1');
  });

  it('is not found when it serves the kind in no version', async () => {
    await assert.rejects(withServedVersions(clusterWith([])).list(VIRTUAL_SERVICE, {}), (error) => isSluiceError(error, 'not_found'));
  });
});
