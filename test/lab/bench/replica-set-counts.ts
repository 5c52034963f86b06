import { z } from 'zod';
import type { KubeObject } from '../../../src/api/metadata.ts';

const replicaSetSchema = z.object({
  spec: z.object({ replicas: z.int().default(1) }),
  status: z.object({ replicas: z.int().default(0), readyReplicas: z.int().default(0) }).optional(),
});

/** Pods of one ReplicaSet. */
export interface ReplicaSetCounts {
  readonly wanted: number;
  readonly pods: number;
  readonly ready: number;
}

/** Reads the counts of a ReplicaSet. */
export function readCounts(object: KubeObject): ReplicaSetCounts {
  const { spec, status } = replicaSetSchema.parse(object);
  return { wanted: spec.replicas, pods: status?.replicas ?? spec.replicas, ready: status?.readyReplicas ?? 0 };
}
