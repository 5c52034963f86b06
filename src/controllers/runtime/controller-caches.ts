import type { Cached } from '../../api/cached.ts';
import type { GitSync } from '../../api/git-sync.ts';
import {
  ANALYSIS_RUN,
  ANALYSIS_TEMPLATE,
  CLUSTER_ANALYSIS_TEMPLATE,
  CONFIG_MAP,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  EXPERIMENT,
  GIT_SYNC,
  GIT_TARGET,
  METRIC_PROVIDER,
  POD_TEMPLATE,
  REPLICA_SET,
  ROLLOUT,
  SECRET,
  SERVICE,
} from '../../api/kinds.ts';
import { INSTANCE, POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import {
  parseAnalysisRun,
  parseAnalysisTemplate,
  parseClusterAnalysisTemplate,
  parseExperiment,
  parseGitSync,
  parseGitTarget,
  parseMetricProvider,
  parseRollout,
} from '../../api/parse.ts';
import type { Rollout } from '../../api/rollout.ts';
import { namedServices } from '../../core/rollout/named-services.ts';
import { cachedBy } from '../../observe/cached-by.ts';
import type { ConfigSources } from '../../observe/config-sources.ts';
import { toConfigView } from '../../observe/config-view.ts';
import { toEndpointSliceView } from '../../observe/endpoint-slice-view.ts';
import { toReplicaSetView } from '../../observe/replica-set-view.ts';
import { BY_NAMESPACE, BY_ROUTE, BY_SERVICE, BY_UID } from '../../observe/rollout-stores.ts';
import { toServiceView } from '../../observe/service-view.ts';
import { STORE_INDEXES } from '../../observe/store-indexes.ts';
import { toWorkloadView } from '../../observe/workload-view.ts';
import type { Workloads } from '../../observe/workloads.ts';
import type { TrafficRouters } from '../../ports/traffic-router.ts';
import { createConfigSources } from '../rollout/config-sources.ts';
import { routeKeys } from '../rollout/routing-of.ts';
import { createWorkloads } from '../rollout/workloads.ts';
import type { CacheSet } from './cache-set.ts';

const namespaceOf = (item: { readonly raw: KubeObject }): readonly string[] => [item.raw.metadata.namespace ?? ''];
const uidOf = (item: { readonly raw: KubeObject }): readonly string[] => [item.raw.metadata.uid ?? ''];

/** An EndpointSlice that changes asks for these: with a thousand Rollouts in a namespace, nobody could look through all of them each time. */
function servicesOf({ raw, parsed }: Cached<Rollout>): readonly string[] {
  return parsed.ok ? namedServices(parsed.value).map(([, name]) => `${raw.metadata.namespace ?? ''}/${name}`) : [];
}

function routesBy(routers: TrafficRouters): (item: Cached<Rollout>) => readonly string[] {
  return ({ parsed }) => (parsed.ok ? routeKeys(parsed.value, routers) : []);
}

/** The objects of one installation: those with its name on the label, or without the label for the installation that has no name. */
export function ofInstance(instance: string): string {
  return instance === '' ? `!${INSTANCE}` : `${INSTANCE}=${instance}`;
}

/**
 * What pods take their configuration from, of the namespaces that need it. Each of these objects may be of one MiB: few at a time are in memory whole, and only
 * digests of them stay.
 */
function addConfigCaches(caches: CacheSet) {
  const options = {
    pageSize: 20,
    indexes: STORE_INDEXES.config,
  };
  return {
    configMaps: caches.addOnDemand({ kind: CONFIG_MAP, parse: toConfigView('ConfigMap'), ...options }),
    secrets: caches.addOnDemand({ kind: SECRET, parse: toConfigView('Secret'), ...options }),
  };
}

/** What Rollouts refer to. */
function addWorkloadCaches(caches: CacheSet) {
  return {
    deployments: caches.addOnDemand({ kind: DEPLOYMENT, parse: toWorkloadView }),
    podTemplates: caches.addOnDemand({ kind: POD_TEMPLATE, parse: toWorkloadView }),
    /** Of whoever they are. */
    foreignReplicaSets: caches.addOnDemand({ kind: REPLICA_SET, parse: toWorkloadView }),
  };
}

/** Adds every cache that the reconcilers read to the set. */
export function addControllerCaches(caches: CacheSet, instance: string, routers: TrafficRouters) {
  const labelSelector = ofInstance(instance);
  return {
    rollouts: caches.add<Cached<Rollout>>({
      kind: ROLLOUT,
      labelSelector,
      parse: cachedBy(parseRollout),
      indexes: { [BY_NAMESPACE]: namespaceOf, [BY_UID]: uidOf, [BY_SERVICE]: servicesOf, [BY_ROUTE]: routesBy(routers) },
    }),
    replicaSets: caches.add({
      kind: REPLICA_SET,
      // A cluster has many more ReplicaSets than ours.
      labelSelector: POD_TEMPLATE_HASH,
      parse: toReplicaSetView,
      indexes: STORE_INDEXES.replicaSets,
    }),
    ...addConfigCaches(caches),
    ...addWorkloadCaches(caches),
    services: caches.add({
      kind: SERVICE,
      parse: toServiceView,
      indexes: STORE_INDEXES.services,
    }),
    endpointSlices: caches.add({
      kind: ENDPOINT_SLICE,
      parse: toEndpointSliceView,
      indexes: STORE_INDEXES.endpointSlices,
    }),
    analysisRuns: caches.add({
      kind: ANALYSIS_RUN,
      labelSelector,
      parse: cachedBy(parseAnalysisRun),
      indexes: STORE_INDEXES.analysisRuns,
    }),
    templates: caches.add({ kind: ANALYSIS_TEMPLATE, parse: cachedBy(parseAnalysisTemplate) }),
    clusterTemplates: caches.add({ kind: CLUSTER_ANALYSIS_TEMPLATE, parse: cachedBy(parseClusterAnalysisTemplate) }),
    experiments: caches.add({ kind: EXPERIMENT, labelSelector, parse: cachedBy(parseExperiment) }),
    providers: caches.add({ kind: METRIC_PROVIDER, parse: cachedBy(parseMetricProvider) }),
    gitTargets: caches.add({ kind: GIT_TARGET, parse: cachedBy(parseGitTarget) }),
    gitSyncs: caches.add<Cached<GitSync>>({
      kind: GIT_SYNC,
      labelSelector,
      parse: cachedBy(parseGitSync),
      indexes: STORE_INDEXES.gitSyncs,
    }),
  };
}

export type ControllerCaches = ReturnType<typeof addControllerCaches>;

/** What a `workloadRef` may name, read from these caches. */
export function workloadsOf(caches: ControllerCaches): Workloads {
  return createWorkloads({ Deployment: caches.deployments, ReplicaSet: caches.foreignReplicaSets, PodTemplate: caches.podTemplates });
}

/** What pods take their configuration from, read from these caches. */
export function configSourcesOf(caches: ControllerCaches, secretNamespaces: readonly string[]): ConfigSources {
  return createConfigSources({ ConfigMap: caches.configMaps, Secret: caches.secrets, secretNamespaces });
}
