/** Descriptor of a kind as the API server serves it; the core group is ''. */
export interface KindDescriptor {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

function own(kind: string, plural: string, namespaced: boolean): KindDescriptor {
  return { group: 'sluice.dev', version: 'v1alpha1', kind, plural, namespaced };
}

function native(group: string, version: string, kind: string, plural: string, namespaced = true): KindDescriptor {
  return { group, version, kind, plural, namespaced };
}

export const ROLLOUT = own('Rollout', 'rollouts', true);
export const ANALYSIS_TEMPLATE = own('AnalysisTemplate', 'analysistemplates', true);
export const CLUSTER_ANALYSIS_TEMPLATE = own('ClusterAnalysisTemplate', 'clusteranalysistemplates', false);
export const ANALYSIS_RUN = own('AnalysisRun', 'analysisruns', true);
export const EXPERIMENT = own('Experiment', 'experiments', true);
export const METRIC_PROVIDER = own('MetricProvider', 'metricproviders', false);
export const GIT_TARGET = own('GitTarget', 'gittargets', false);
export const GIT_SYNC = own('GitSync', 'gitsyncs', true);

export const REPLICA_SET = native('apps', 'v1', 'ReplicaSet', 'replicasets');
export const DEPLOYMENT = native('apps', 'v1', 'Deployment', 'deployments');
export const POD_TEMPLATE = native('', 'v1', 'PodTemplate', 'podtemplates');
export const POD = native('', 'v1', 'Pod', 'pods');
export const JOB = native('batch', 'v1', 'Job', 'jobs');
export const SERVICE = native('', 'v1', 'Service', 'services');
export const CONFIG_MAP = native('', 'v1', 'ConfigMap', 'configmaps');
export const SECRET = native('', 'v1', 'Secret', 'secrets');
export const SERVICE_ACCOUNT = native('', 'v1', 'ServiceAccount', 'serviceaccounts');
export const NAMESPACE = native('', 'v1', 'Namespace', 'namespaces', false);
export const ENDPOINT_SLICE = native('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices');
export const INGRESS = native('networking.k8s.io', 'v1', 'Ingress', 'ingresses');
export const VIRTUAL_SERVICE = native('networking.istio.io', 'v1', 'VirtualService', 'virtualservices');
export const DESTINATION_RULE = native('networking.istio.io', 'v1', 'DestinationRule', 'destinationrules');
export const TRAEFIK_SERVICE = native('traefik.io', 'v1alpha1', 'TraefikService', 'traefikservices');
export const HTTP_PROXY = native('projectcontour.io', 'v1', 'HTTPProxy', 'httpproxies');
export const EVENT = native('events.k8s.io', 'v1', 'Event', 'events');
export const LEASE = native('coordination.k8s.io', 'v1', 'Lease', 'leases');
export const HTTP_ROUTE = native('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes');
export const GRPC_ROUTE = native('gateway.networking.k8s.io', 'v1', 'GRPCRoute', 'grpcroutes');
export const CUSTOM_RESOURCE_DEFINITION = native(
  'apiextensions.k8s.io',
  'v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);

/** The kinds that Sluice defines. */
export const OWN_KINDS: readonly KindDescriptor[] = [
  ROLLOUT,
  ANALYSIS_TEMPLATE,
  CLUSTER_ANALYSIS_TEMPLATE,
  ANALYSIS_RUN,
  EXPERIMENT,
  METRIC_PROVIDER,
  GIT_TARGET,
  GIT_SYNC,
];
