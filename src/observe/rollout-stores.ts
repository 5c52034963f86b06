import type { AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate } from '../api/analysis.ts';
import type { Cached } from '../api/cached.ts';
import type { GitSync } from '../api/git-sync.ts';
import type { GitTarget } from '../api/git-target.ts';
import type { Rollout } from '../api/rollout.ts';
import type { Store } from '../kube/store.ts';
import type { ConfigSources } from './config-sources.ts';
import type { EndpointSliceView } from './endpoint-slice-view.ts';
import type { ReplicaSetView } from './replica-set-view.ts';
import type { ServiceView } from './service-view.ts';
import type { Workloads } from './workloads.ts';

/** Index of ReplicaSets and AnalysisRuns: the uid of the object that controls them. */
export const BY_CONTROLLER = 'controller';
/** Index of orphaned ReplicaSets: their namespace. */
export const BY_ORPHAN_NAMESPACE = 'orphan-namespace';
/** Index of EndpointSlices and Rollouts: `namespace/service` of the Services that they belong to, or name. */
export const BY_SERVICE = 'service';
/** Index of Services: `namespace/name` of the Rollout that they are marked with. */
export const BY_MANAGER = 'manager';
/** Index of Rollouts: every route that they name, as `routeKey` writes it. */
export const BY_ROUTE = 'route';
/** Index of Rollouts: their uid. */
export const BY_UID = 'uid';
/** Index of ConfigMaps and Secrets: the uids of all their owners. */
export const BY_OWNER = 'owner';
/** Index of everything namespaced. */
export const BY_NAMESPACE = 'namespace';

/** The caches that the Rollout's reconciler reads. */
export interface RolloutStores {
  readonly rollouts: Store<Cached<Rollout>>;
  readonly replicaSets: Store<ReplicaSetView>;
  readonly workloads: Workloads;
  readonly config: ConfigSources;
  readonly services: Store<ServiceView>;
  readonly endpointSlices: Store<EndpointSliceView>;
  readonly analysisRuns: Store<Cached<AnalysisRun>>;
  readonly templates: Store<Cached<AnalysisTemplate>>;
  readonly clusterTemplates: Store<Cached<ClusterAnalysisTemplate>>;
  readonly gitSyncs: Store<Cached<GitSync>>;
  readonly gitTargets: Store<Cached<GitTarget>>;
}
