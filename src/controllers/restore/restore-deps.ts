import type { Cached } from '../../api/cached.ts';
import type { GitTarget } from '../../api/git-target.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { Repositories } from '../../ports/repository.ts';
import type { SecretData } from './repository-credential.ts';

/** What the restore reconciler works with. */
export interface RestoreDeps {
  readonly cluster: Cluster;
  readonly repositories: Repositories;
  readonly clock: Clock;
  readonly log: Log;
  readonly rollouts: Store<Cached<Rollout>>;
  readonly gitTargets: Store<Cached<GitTarget>>;
  /** A Secret of Sluice's own namespace. */
  readonly readSecret: (name: string) => Promise<SecretData | undefined>;
  /** Makes the GitSync `namespace/name` look at its repository now. */
  readonly enqueueGitSync: (key: string) => void;
}
