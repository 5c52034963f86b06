import {
  CONFIG_MAP,
  CUSTOM_RESOURCE_DEFINITION,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  EVENT,
  INGRESS,
  JOB,
  type KindDescriptor,
  LEASE,
  NAMESPACE,
  POD,
  POD_TEMPLATE,
  REPLICA_SET,
  SECRET,
  SERVICE,
  SERVICE_ACCOUNT,
} from '../../api/kinds.ts';

function kind(group: string, version: string, name: string, plural: string, namespaced: boolean): KindDescriptor {
  return { group, version, kind: name, plural, namespaced };
}

const RBAC = 'rbac.authorization.k8s.io';
export const ROLE = kind(RBAC, 'v1', 'Role', 'roles', true);
export const ROLE_BINDING = kind(RBAC, 'v1', 'RoleBinding', 'rolebindings', true);
export const CLUSTER_ROLE = kind(RBAC, 'v1', 'ClusterRole', 'clusterroles', false);
export const CLUSTER_ROLE_BINDING = kind(RBAC, 'v1', 'ClusterRoleBinding', 'clusterrolebindings', false);
export const SELF_SUBJECT_ACCESS_REVIEW = kind('authorization.k8s.io', 'v1', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', false);
export const NODE = kind('', 'v1', 'Node', 'nodes', false);
export const POD_DISRUPTION_BUDGET = kind('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets', true);
/** The old face of Events: served from the store of `events.k8s.io`. */
export const CORE_EVENT = kind('', 'v1', 'Event', 'events', true);

/** A kind that the server knows without a CustomResourceDefinition. */
export interface BuiltInKind {
  readonly kind: KindDescriptor;
  /** Name in `built-in-schemas.json`; absent when the kind's content is checked elsewhere. */
  readonly schema?: string;
  readonly shortNames?: readonly string[];
  readonly status?: boolean;
  readonly scale?: boolean;
  /** Whether `metadata.generation` counts changes of `spec` (or of all but metadata when there is no spec). */
  readonly generation?: boolean;
  readonly inAll?: boolean;
}

export const BUILT_IN_KINDS: readonly BuiltInKind[] = [
  { kind: POD, schema: 'core.v1.Pod', shortNames: ['po'], status: true, generation: true, inAll: true },
  { kind: SERVICE, schema: 'core.v1.Service', shortNames: ['svc'], status: true, inAll: true },
  { kind: CONFIG_MAP, schema: 'core.v1.ConfigMap', shortNames: ['cm'] },
  { kind: SECRET, schema: 'core.v1.Secret' },
  { kind: SERVICE_ACCOUNT, schema: 'core.v1.ServiceAccount', shortNames: ['sa'] },
  { kind: NAMESPACE, schema: 'core.v1.Namespace', shortNames: ['ns'], status: true },
  { kind: NODE, schema: 'core.v1.Node', shortNames: ['no'], status: true },
  { kind: REPLICA_SET, schema: 'apps.v1.ReplicaSet', shortNames: ['rs'], status: true, scale: true, generation: true, inAll: true },
  { kind: DEPLOYMENT, schema: 'apps.v1.Deployment', shortNames: ['deploy'], status: true, scale: true, generation: true, inAll: true },
  // Without its published schema: nothing but the program itself writes Jobs here.
  { kind: JOB, status: true, generation: true, inAll: true },
  { kind: POD_TEMPLATE, schema: 'core.v1.PodTemplate', generation: true },
  { kind: EVENT, schema: 'events.v1.Event', shortNames: ['ev'] },
  { kind: ENDPOINT_SLICE, schema: 'discovery.v1.EndpointSlice', generation: true },
  { kind: INGRESS, schema: 'networking.v1.Ingress', shortNames: ['ing'], status: true, generation: true },
  {
    kind: POD_DISRUPTION_BUDGET,
    schema: 'policy.v1.PodDisruptionBudget',
    shortNames: ['pdb'],
    status: true,
    generation: true,
  },
  { kind: LEASE, schema: 'coordination.v1.Lease' },
  { kind: ROLE, schema: 'rbac.v1.Role' },
  { kind: ROLE_BINDING, schema: 'rbac.v1.RoleBinding' },
  { kind: CLUSTER_ROLE, schema: 'rbac.v1.ClusterRole' },
  { kind: CLUSTER_ROLE_BINDING, schema: 'rbac.v1.ClusterRoleBinding' },
  { kind: CUSTOM_RESOURCE_DEFINITION, shortNames: ['crd', 'crds'], status: true, generation: true },
  { kind: SELF_SUBJECT_ACCESS_REVIEW, schema: 'authorization.v1.SelfSubjectAccessReview' },
];
