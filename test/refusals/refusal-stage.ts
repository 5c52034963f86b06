import { parseAllDocuments } from 'yaml';
import { createTrafficRouters } from '../../src/adapters/traffic/traffic-routers.ts';
import { CONFIG_MAP, type KindDescriptor, NAMESPACE, OWN_KINDS, SERVICE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createManager } from '../../src/controllers/manager.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster, type SimCluster, type SimRequest } from '../../src/sim/cluster/sim-cluster.ts';
import { createScriptedMetricSource } from '../../src/sim/metrics/scripted-source.ts';
import type { SimRemote } from '../../src/sim/repository/sim-remote.ts';
import { createSimRepositories } from '../../src/sim/repository/sim-repositories.ts';
import { createWorld } from '../../src/sim/world/world.ts';
import { quietLog } from '../kube/quiet-log.ts';

const ADMIN = { name: 'admin', groups: ['system:masters'] };
const KINDS: readonly KindDescriptor[] = [...OWN_KINDS, NAMESPACE, CONFIG_MAP, SERVICE];

/** A cluster with the real controllers and workloads, on virtual time. */
export interface RefusalStage {
  readonly sim: SimCluster;
  readonly admin: Cluster;
  /** The repository that GitSyncs of `url` read. */
  readonly remote: SimRemote;
  readonly url: string;
  /** What `kubectl apply --server-side` sends. */
  apply(manifests: string): Promise<void>;
  find(kind: string, name: string): KubeObject | undefined;
  /** Lets virtual time pass until it holds; throws with the object's status when it does not within ten minutes. */
  until(kind: string, name: string, holds: (status: Status) => boolean): Promise<Status>;
  remove(kind: string, name: string): Promise<void>;
  end(): Promise<void>;
}

export interface Status {
  readonly phase?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[];
}

function kindOf(name: string): KindDescriptor {
  const kind = KINDS.find((known) => known.kind === name);
  if (kind === undefined) throw new Error(`the stage knows no ${name}`);
  return kind;
}

/** The service account of the GitSyncs may do everything but write Secrets. */
function authorize(request: SimRequest): string | undefined {
  return request.user.name === 'system:serviceaccount:shop:deployer' && request.kind.kind === 'Secret'
    ? `secrets is forbidden: User "${request.user.name}" cannot ${request.verb} resource "secrets"`
    : undefined;
}

/** Builds the stage; `end` stops everything on it. */
export function createRefusalStage(): RefusalStage {
  const clock = createVirtualClock(instant(Date.UTC(2026, 0, 1)));
  const sim = createSimCluster({ clock, crds: ownCrds(), authorize });
  const admin = sim.as(ADMIN);
  const repositories = createSimRepositories({ clock });
  const url = 'https://git.example.com/shop';
  const stop = new AbortController();
  const manager = createManager({
    cluster: sim.as({ name: 'system:serviceaccount:sluice-system:sluice', groups: ['system:masters'] }),
    routers: createTrafficRouters(),
    clock,
    random: createRandom(1),
    log: quietLog(),
    metrics: createScriptedMetricSource({ clock, rules: () => [] }),
    repositories,
    ownNamespace: 'sluice-system',
    identity: 'test',
    namespaces: [],
    instance: '',
    workers: 4,
    resync: millis(600_000),
  });
  const running = [
    createWorld({ cluster: sim.as(ADMIN), clock, random: createRandom(2) }).run(stop.signal),
    manager.runCaches(stop.signal),
    manager.runControllers(stop.signal),
  ];
  const find = (kind: string, name: string): KubeObject | undefined =>
    sim.snapshot(kindOf(kind)).find((object) => object.metadata.name === name);
  const statusOf = (kind: string, name: string): Status => ({ ...(find(kind, name)?.['status'] as Status | undefined) });
  return {
    sim,
    admin,
    remote: repositories.remote(url),
    url,
    find,
    apply: async (manifests) => {
      for (const document of parseAllDocuments(manifests)) {
        const object = document.toJS() as KubeObject;
        await admin.apply(kindOf(object.kind), object, { fieldManager: 'kubectl', force: true, fieldValidation: 'Strict' });
      }
    },
    remove: async (kind, name) => {
      const descriptor = kindOf(kind);
      await admin.remove(descriptor, descriptor.namespaced ? { namespace: 'shop', name } : { name }, {});
      await clock.runUntil(() => find(kind, name) === undefined, millis(60_000));
    },
    until: async (kind, name, holds) => {
      const reached = await clock.runUntil(() => holds(statusOf(kind, name)), millis(600_000));
      if (!reached) throw new Error(`${kind} ${name} did not come to what is wanted: ${JSON.stringify(statusOf(kind, name), null, 1)}`);
      return statusOf(kind, name);
    },
    end: async () => {
      stop.abort();
      await clock.settle();
      await Promise.all(running);
    },
  };
}
