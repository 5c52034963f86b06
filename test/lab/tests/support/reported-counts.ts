import { z } from 'zod';
import type { KubeObject } from '../../../../src/api/metadata.ts';

const count = z.number().default(0);
const setSchema = z.object({
  metadata: z.looseObject({ generation: count }),
  spec: z.looseObject({ replicas: z.number().default(1) }),
  status: z
    .looseObject({ replicas: count, availableReplicas: count, observedGeneration: count })
    .default({ replicas: 0, availableReplicas: 0, observedGeneration: 0 }),
});

/** A ReplicaSet as its object says: the pods that it is to have, and what status tells of which generation. */
export interface ReportedCounts {
  readonly generation: number;
  readonly wanted: number;
  readonly total: number;
  readonly available: number;
  readonly observedGeneration: number;
}

export function reportedCounts(replicaSet: KubeObject): ReportedCounts {
  const { metadata, spec, status } = setSchema.parse(replicaSet);
  const { replicas: total, availableReplicas: available, observedGeneration } = status;
  return { generation: metadata.generation, wanted: spec.replicas, total, available, observedGeneration };
}
