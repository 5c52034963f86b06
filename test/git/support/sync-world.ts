import assert from 'node:assert/strict';
import type { GitSyncStatus } from '../../../src/api/git-sync.ts';
import { GIT_SYNC, type KindDescriptor, NAMESPACE } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { parseGitSync } from '../../../src/api/parse.ts';
import { instant } from '../../../src/api/time.ts';
import { createGitSyncReconciler, type GitSyncReconciler } from '../../../src/controllers/git-sync/git-sync-reconciler.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { createSimCluster, type SimCluster } from '../../../src/sim/cluster/sim-cluster.ts';
import type { SimRemote } from '../../../src/sim/repository/sim-remote.ts';
import { createSimRepositories, type SimRepositories } from '../../../src/sim/repository/sim-repositories.ts';
import { crdsOf } from './crds.ts';
import { CONTROLLER, freshStore, memoryLog, START, steppedClock } from './restore-world.ts';

export const ADDRESS = 'https://git.example.com/team/shop';

export interface SyncWorld {
  readonly cluster: SimCluster;
  readonly as: Cluster;
  readonly clock: ReturnType<typeof steppedClock>;
  readonly repositories: SimRepositories;
  readonly remote: SimRemote;
  readonly reconciler: GitSyncReconciler;
  /** What the next pass is told of serving ReplicaSets. */
  templates: readonly unknown[];
  commit(files: Readonly<Record<string, string | null>>): string;
  createSync(spec?: Readonly<Record<string, unknown>>): Promise<KubeObject>;
  /** A new controller process. */
  restart(): void;
  /** One reconcile as the queue would call it; answers the next wake-up. */
  pass(): Promise<number | undefined>;
  /** A pass that looks at the repository now. */
  sync(): Promise<GitSyncStatus>;
  status(): GitSyncStatus;
  condition(type: string): string | undefined;
  find(kind: KindDescriptor, name: string): KubeObject | undefined;
}

/** A cluster with the namespace shop and a GitSync reconciler over a simulated repository. */
export async function createSyncWorld(): Promise<SyncWorld> {
  const clock = steppedClock();
  const cluster = createSimCluster({ clock, crds: crdsOf('rollouts', 'gitsyncs') });
  const as = cluster.as(CONTROLLER);
  await as.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const repositories = createSimRepositories({ clock });
  const remote = repositories.remote(ADDRESS);
  let count = 0;
  const make = (): GitSyncReconciler =>
    createGitSyncReconciler({
      cluster: cluster.as(CONTROLLER),
      repositories,
      clock,
      log: memoryLog([]),
      gitSyncs: freshStore(cluster, GIT_SYNC, parseGitSync),
      liveTemplates: () => world.templates,
    });
  let reconciler = make();
  const status = (): GitSyncStatus => {
    const parsed = parseGitSync(cluster.snapshot(GIT_SYNC)[0]!);
    assert.ok(parsed.ok && parsed.value.status);
    return parsed.value.status;
  };
  const pass = async (): Promise<number | undefined> => {
    const { requeueAt } = await reconciler.reconcile('shop/shop', new AbortController().signal);
    return requeueAt;
  };
  const world: SyncWorld = {
    cluster,
    as,
    clock,
    repositories,
    remote,
    get reconciler() {
      return reconciler;
    },
    templates: [],
    commit: (files) => remote.commit('main', files, 'a commit', instant(START + (count += 1) * 1000)),
    createSync: (spec = {}) =>
      as.create(GIT_SYNC, {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'GitSync',
        metadata: { name: 'shop', namespace: 'shop' },
        spec: { url: ADDRESS, branch: 'main', path: 'apps/shop', serviceAccountName: 'deployer', ...spec },
      }),
    restart: () => {
      reconciler = make();
    },
    pass,
    sync: async () => {
      reconciler.requestSync('shop/shop');
      await pass();
      return status();
    },
    status,
    condition: (type) => status().conditions?.find((one) => one.type === type)?.status,
    find: (kind, name) => cluster.snapshot(kind).find((one) => one.metadata.name === name && one.metadata.namespace === 'shop'),
  };
  return world;
}
