import { CONFIG_MAP, NAMESPACE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant } from '../../src/api/time.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster, type SimCluster, type SimClusterOptions } from '../../src/sim/cluster/sim-cluster.ts';
import { WIDGET_CRD } from '../contract/fixtures.ts';

export const ADMIN = { name: 'admin', groups: ['system:masters'] };

export interface Bench {
  readonly clock: VirtualClock;
  readonly sim: SimCluster;
  readonly cluster: Cluster;
}

/** A simulated cluster on a virtual clock, with the widget definition and the namespace `shop`. */
export async function startBench(options: Partial<SimClusterOptions> = {}): Promise<Bench> {
  const clock = createVirtualClock(instant(Date.UTC(2026, 0, 1)));
  const sim = createSimCluster({ clock, crds: [WIDGET_CRD], ...options });
  const cluster = sim.as(ADMIN);
  await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  return { clock, sim, cluster };
}

/** A ConfigMap, owned by others when they are given. */
export function configMap(name: string, owners: readonly KubeObject[] = [], more: Readonly<Record<string, unknown>> = {}): KubeObject {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    blockOwnerDeletion: true,
  }));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', ...(owners.length === 0 ? {} : { ownerReferences }), ...more },
  };
}

/** Names of the ConfigMaps that are left. */
export function configMaps(sim: SimCluster): readonly string[] {
  return sim.snapshot(CONFIG_MAP).map((object) => object.metadata.name);
}
