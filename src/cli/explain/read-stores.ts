import type { AnalysisTemplate, ClusterAnalysisTemplate } from '../../api/analysis.ts';
import type { Cached } from '../../api/cached.ts';
import type { GitTarget } from '../../api/git-target.ts';
import {
  ANALYSIS_RUN,
  ANALYSIS_TEMPLATE,
  CLUSTER_ANALYSIS_TEMPLATE,
  ENDPOINT_SLICE,
  GIT_SYNC,
  GIT_TARGET,
  REPLICA_SET,
  SERVICE,
} from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import { parseAnalysisRun, parseAnalysisTemplate, parseClusterAnalysisTemplate, parseGitSync, parseGitTarget } from '../../api/parse.ts';
import type { Rollout } from '../../api/rollout.ts';
import { analysesOf } from '../../core/lint/lint-references.ts';
import { namedServices } from '../../core/rollout/named-services.ts';
import { createStore, type Store } from '../../kube/store.ts';
import { cachedBy } from '../../observe/cached-by.ts';
import { toEndpointSliceView } from '../../observe/endpoint-slice-view.ts';
import { toReplicaSetView } from '../../observe/replica-set-view.ts';
import type { RolloutStores } from '../../observe/rollout-stores.ts';
import { toServiceView } from '../../observe/service-view.ts';
import { STORE_INDEXES } from '../../observe/store-indexes.ts';
import type { ObjectReader } from './object-reader.ts';

type ListedStores = Omit<RolloutStores, 'workloads' | 'config' | 'rollouts'>;

/** ReplicaSets, Services and their ready endpoints in a namespace. */
export async function readServing(namespace: string, essential: boolean, reader: ObjectReader) {
  const [replicaSets, services, endpointSlices] = await Promise.all([
    reader.list({
      kind: REPLICA_SET,
      namespace,
      labelSelector: POD_TEMPLATE_HASH,
      parse: toReplicaSetView,
      indexes: STORE_INDEXES.replicaSets,
      essential: true,
    }),
    reader.list({ kind: SERVICE, namespace, parse: toServiceView, indexes: STORE_INDEXES.services, essential }),
    reader.list({ kind: ENDPOINT_SLICE, namespace, parse: toEndpointSliceView, indexes: STORE_INDEXES.endpointSlices, essential }),
  ]);
  return { replicaSets: replicaSets.store, services: services.store, endpointSlices: endpointSlices.store };
}

/** Everything that `observeRollout` looks up among many, as the caches of the controller would hold it. */
export async function readStores(rollout: Rollout, reader: ObjectReader): Promise<ListedStores> {
  const namespace = rollout.metadata.namespace ?? '';
  const judged = analysesOf(rollout).length > 0;
  const [serving, analysisRuns, templates, gitSyncs, gitTargets] = await Promise.all([
    readServing(namespace, namedServices(rollout).length > 0, reader),
    reader.list({
      kind: ANALYSIS_RUN,
      namespace,
      parse: cachedBy(parseAnalysisRun),
      indexes: STORE_INDEXES.analysisRuns,
      essential: judged,
    }),
    judged ? readTemplates(rollout, reader) : NO_TEMPLATES,
    reader.list({ kind: GIT_SYNC, namespace, parse: cachedBy(parseGitSync), indexes: STORE_INDEXES.gitSyncs, essential: false }),
    reader.list<Cached<GitTarget>>({ kind: GIT_TARGET, parse: cachedBy(parseGitTarget), essential: false }),
  ]);
  return {
    ...serving,
    ...templates,
    analysisRuns: analysisRuns.store,
    gitSyncs: gitSyncs.store,
    gitTargets: gitTargets.store,
  };
}

interface TemplateStores {
  readonly templates: Store<Cached<AnalysisTemplate>>;
  readonly clusterTemplates: Store<Cached<ClusterAnalysisTemplate>>;
}

const NO_TEMPLATES: TemplateStores = { templates: createStore(), clusterTemplates: createStore() };

/** The cluster's templates are read only when one of them is named: many people may not. */
async function readTemplates(rollout: Rollout, reader: ObjectReader): Promise<TemplateStores> {
  const namespace = rollout.metadata.namespace ?? '';
  const { store: templates } = await reader.list({
    kind: ANALYSIS_TEMPLATE,
    namespace,
    parse: cachedBy(parseAnalysisTemplate),
    essential: true,
  });
  const named = analysesOf(rollout).flatMap(({ analysis }) => analysis.templates);
  const taken = templates.list().flatMap(({ parsed }) => (parsed.ok ? (parsed.value.spec.templates ?? []) : []));
  if (![...named, ...taken].some((ref) => ref.clusterScope === true)) return { templates, clusterTemplates: createStore() };
  const cluster = await reader.list({ kind: CLUSTER_ANALYSIS_TEMPLATE, parse: cachedBy(parseClusterAnalysisTemplate), essential: true });
  return { templates, clusterTemplates: cluster.store };
}
