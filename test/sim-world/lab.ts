import { ENDPOINT_SLICE, POD, REPLICA_SET, SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant } from '../../src/api/time.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster, type SimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { readiness, viewEndpointSlice, viewPod } from '../../src/sim/world/workload-views.ts';
import { createWorld, type World, type WorldOptions } from '../../src/sim/world/world.ts';

export const ADMIN = { name: 'admin', groups: ['system:masters'] };

export interface Lab {
  readonly clock: VirtualClock;
  readonly sim: SimCluster;
  readonly cluster: Cluster;
  readonly world: World;
  readonly stop: () => Promise<void>;
}

/** A simulated cluster with a running world on a virtual clock. */
export async function startLab(options: Partial<WorldOptions> & { readonly crds?: readonly KubeObject[] } = {}): Promise<Lab> {
  const clock = createVirtualClock(instant(Date.UTC(2026, 0, 1)));
  const sim = createSimCluster({ clock, crds: options.crds ?? [] });
  const world = createWorld({
    cluster: sim.as({ name: 'system:kube-controller-manager', groups: [] }),
    clock,
    random: createRandom(1),
    ...options,
  });
  const stop = new AbortController();
  const end = world.run(stop.signal);
  await clock.settle();
  return {
    clock,
    sim,
    cluster: sim.as(ADMIN),
    world,
    async stop() {
      stop.abort();
      await end;
    },
  };
}

export function replicaSet(
  name: string,
  replicas: number,
  options: { readonly minReadySeconds?: number; readonly image?: string } = {},
): KubeObject {
  const labels = { app: 'web', [POD_TEMPLATE_HASH]: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default', labels },
    spec: {
      replicas,
      minReadySeconds: options.minReadySeconds ?? 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: options.image ?? 'web:1' }] } },
    },
  };
}

export function service(name: string, selector: Record<string, string>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
}

/** `ready`, `running`, `pending` or `ending`, for each pod by name. */
export function podStates(sim: SimCluster): Record<string, string> {
  return Object.fromEntries(
    sim.snapshot(POD).map((pod) => {
      const view = viewPod(pod);
      if (view === undefined) return [pod.metadata.name, 'unreadable'];
      if (pod.metadata.deletionTimestamp !== undefined) return [pod.metadata.name, 'ending'];
      return [pod.metadata.name, readiness(view).ready ? 'ready' : view.status.phase.toLowerCase()];
    }),
  );
}

/** How many pods are in each state. */
export function podCounts(sim: SimCluster): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of Object.values(podStates(sim))) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

export function statusOf(sim: SimCluster, name: string): unknown {
  return sim.snapshot(REPLICA_SET).find((object) => object.metadata.name === name)?.['status'];
}

/** The endpoints of a Service: `ready/serving/terminating` of each pod. */
export function endpointsOf(sim: SimCluster, name: string): readonly string[] {
  return sim
    .snapshot(ENDPOINT_SLICE)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap((slice) => viewEndpointSlice(slice)?.endpoints ?? [])
    .map(({ conditions }) => `${conditions.ready}/${conditions.serving}/${conditions.terminating}`);
}

export async function create(cluster: Cluster, object: KubeObject): Promise<void> {
  await cluster.create(object.kind === 'Service' ? SERVICE : REPLICA_SET, object);
}

export async function scale(cluster: Cluster, name: string, replicas: number): Promise<void> {
  await cluster.patch(REPLICA_SET, { namespace: 'default', name }, { type: 'merge', body: { spec: { replicas } } });
}

/** What stands at this path of a raw object. */
export function dig(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((inner: unknown, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined), value);
}
