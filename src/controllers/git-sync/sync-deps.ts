import type { Cached } from '../../api/cached.ts';
import type { GitSync } from '../../api/git-sync.ts';
import type { KindDescriptor } from '../../api/kinds.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { Repositories } from '../../ports/repository.ts';

export interface GitSyncDeps {
  /** As Sluice itself: GitSync objects and their status, nothing else. */
  readonly cluster: Cluster;
  readonly repositories: Repositories;
  readonly clock: Clock;
  readonly log: Log;
  readonly gitSyncs: Store<Cached<GitSync>>;
  /** Pod templates of the ReplicaSets of a namespace that may still serve: what they use is not pruned. */
  readonly liveTemplates: (namespace: string) => readonly unknown[];
  /** Kinds beyond the common ones, found in the cluster. */
  readonly kinds?: (() => readonly KindDescriptor[]) | undefined;
}
