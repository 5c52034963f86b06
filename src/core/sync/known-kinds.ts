import { CUSTOM_RESOURCE_DEFINITION, type KindDescriptor, OWN_KINDS } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { fieldsOf } from './fields-of.ts';

type Row = readonly [group: string, version: string, kind: string, plural: string, scope?: 'cluster'];

const ROWS: readonly Row[] = [
  ['', 'v1', 'Namespace', 'namespaces', 'cluster'],
  ['', 'v1', 'ConfigMap', 'configmaps'],
  ['', 'v1', 'Secret', 'secrets'],
  ['', 'v1', 'Service', 'services'],
  ['', 'v1', 'ServiceAccount', 'serviceaccounts'],
  ['', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['', 'v1', 'PersistentVolume', 'persistentvolumes', 'cluster'],
  ['', 'v1', 'ResourceQuota', 'resourcequotas'],
  ['', 'v1', 'LimitRange', 'limitranges'],
  ['', 'v1', 'Pod', 'pods'],
  ['', 'v1', 'PodTemplate', 'podtemplates'],
  ['apps', 'v1', 'Deployment', 'deployments'],
  ['apps', 'v1', 'StatefulSet', 'statefulsets'],
  ['apps', 'v1', 'DaemonSet', 'daemonsets'],
  ['apps', 'v1', 'ReplicaSet', 'replicasets'],
  ['batch', 'v1', 'Job', 'jobs'],
  ['batch', 'v1', 'CronJob', 'cronjobs'],
  ['autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'],
  ['policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'],
  ['networking.k8s.io', 'v1', 'Ingress', 'ingresses'],
  ['networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', 'cluster'],
  ['networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'],
  ['rbac.authorization.k8s.io', 'v1', 'Role', 'roles'],
  ['rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRole', 'clusterroles', 'cluster'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRoleBinding', 'clusterrolebindings', 'cluster'],
  ['storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', 'cluster'],
  ['scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', 'cluster'],
  ['gateway.networking.k8s.io', 'v1', 'GatewayClass', 'gatewayclasses', 'cluster'],
  ['gateway.networking.k8s.io', 'v1', 'Gateway', 'gateways'],
  ['gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'],
  ['gateway.networking.k8s.io', 'v1', 'GRPCRoute', 'grpcroutes'],
  ['monitoring.coreos.com', 'v1', 'ServiceMonitor', 'servicemonitors'],
  ['monitoring.coreos.com', 'v1', 'PodMonitor', 'podmonitors'],
  ['monitoring.coreos.com', 'v1', 'PrometheusRule', 'prometheusrules'],
];

const KNOWN: readonly KindDescriptor[] = [
  ...OWN_KINDS,
  CUSTOM_RESOURCE_DEFINITION,
  ...ROWS.map(([group, version, kind, plural, scope]) => ({ group, version, kind, plural, namespaced: scope !== 'cluster' })),
];

/** The kinds that a CustomResourceDefinition declares, one for each served version. */
export function kindsOfCrd(crd: KubeObject): readonly KindDescriptor[] {
  const spec = fieldsOf(crd['spec']);
  const names = fieldsOf(spec['names']);
  const [group, kind, plural] = [spec['group'], names['kind'], names['plural']];
  if (typeof group !== 'string' || typeof kind !== 'string' || typeof plural !== 'string') return [];
  const versions = Array.isArray(spec['versions']) ? spec['versions'].map((version) => fieldsOf(version)['name']) : [];
  return versions.flatMap((version) =>
    typeof version === 'string' ? [{ group, version, kind, plural, namespaced: spec['scope'] !== 'Cluster' }] : [],
  );
}

/** How the API server serves a kind: the common ones, Sluice's own, and those of `extra` (CRDs of the same build). */
export function findKind(group: string, version: string, kind: string, extra: readonly KindDescriptor[] = []): KindDescriptor | undefined {
  return [...KNOWN, ...extra].find((known) => known.group === group && known.version === version && known.kind === kind);
}
