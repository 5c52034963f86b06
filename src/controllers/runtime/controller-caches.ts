import type { Cached } from '../../api/cached.ts';
import { cachedBy } from '../../api/cached.ts';
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
import type { TrafficRouters } from '../../ports/traffic-router.ts';
import { type ConfigSources, createConfigSources } from '../rollout/config-sources.ts';
import { type ConfigView, toConfigView } from '../rollout/config-view.ts';
import { toEndpointSliceView } from '../rollout/endpoint-slice-view.ts';
import { toReplicaSetView } from '../rollout/replica-set-view.ts';
import {
  BY_CONTROLLER,
  BY_MANAGER,
  BY_NAMESPACE,
  BY_ORPHAN_NAMESPACE,
  BY_OWNER,
  BY_ROUTE,
  BY_SERVICE,
  BY_UID,
} from '../rollout/rollout-stores.ts';
import { routeKeys } from '../rollout/routing.ts';
import { toServiceView } from '../rollout/service-view.ts';
import { toWorkloadView } from '../rollout/workload-view.ts';
import { createWorkloads, type Workloads } from '../rollout/workloads.ts';
import type { CacheSet } from './cache-set.ts';

const namespaceOf = (item: { readonly raw: KubeObject }): readonly string[] => [item.raw.metadata.namespace ?? ''];
const uidOf = (item: { readonly raw: KubeObject }): readonly string[] => [item.raw.metadata.uid ?? ''];

function controllerOf(item: { readonly raw: KubeObject }): readonly string[] {
  return (item.raw.metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).map((owner) => owner.uid);
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
    indexes: { [BY_OWNER]: (view: ConfigView) => view.observed.ownerReferences.map((owner) => owner.uid) },
  };
  return {
    configMaps: caches.addByNamespace({ kind: CONFIG_MAP, parse: toConfigView('ConfigMap'), ...options }),
    secrets: caches.addByNamespace({ kind: SECRET, parse: toConfigView('Secret'), ...options }),
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
      indexes: { [BY_NAMESPACE]: namespaceOf, [BY_UID]: uidOf, [BY_ROUTE]: routesBy(routers) },
    }),
    replicaSets: caches.add({
      kind: REPLICA_SET,
      // A cluster has many more ReplicaSets than ours.
      labelSelector: POD_TEMPLATE_HASH,
      parse: toReplicaSetView,
      indexes: {
        [BY_CONTROLLER]: (view) => (view.controllerUid === undefined ? [] : [view.controllerUid]),
        [BY_ORPHAN_NAMESPACE]: (view) => (view.controllerUid === undefined ? [view.namespace] : []),
      },
    }),
    ...addConfigCaches(caches),
    ...addWorkloadCaches(caches),
    services: caches.add({
      kind: SERVICE,
      parse: toServiceView,
      indexes: { [BY_MANAGER]: (view) => (view.manager === undefined ? [] : [view.manager]) },
    }),
    endpointSlices: caches.add({
      kind: ENDPOINT_SLICE,
      parse: toEndpointSliceView,
      indexes: { [BY_SERVICE]: (view) => [`${view.namespace}/${view.service}`] },
    }),
    analysisRuns: caches.add({
      kind: ANALYSIS_RUN,
      labelSelector,
      parse: cachedBy(parseAnalysisRun),
      indexes: { [BY_CONTROLLER]: controllerOf },
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
      indexes: { [BY_NAMESPACE]: namespaceOf },
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
