import { DEPLOYMENT, type KindDescriptor, POD_TEMPLATE, REPLICA_SET } from './kinds.ts';
import type { WorkloadRef } from './rollout.ts';

/** What a `workloadRef` may name. */
export const WORKLOAD_KINDS: Readonly<Record<WorkloadRef['kind'], KindDescriptor>> = {
  Deployment: DEPLOYMENT,
  ReplicaSet: REPLICA_SET,
  PodTemplate: POD_TEMPLATE,
};
