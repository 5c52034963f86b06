import { z } from 'zod';
import type { KubeObject } from '../../../src/api/metadata.ts';

const rolloutSchema = z.object({
  metadata: z.object({ generation: z.int() }),
  status: z
    .object({
      observedGeneration: z.int(),
      phase: z.string().optional(),
      stableRS: z.string().optional(),
      currentPodHash: z.string().optional(),
    })
    .optional(),
});

/** Of a Rollout, what tells whether its release is over. */
export interface SeenRollout {
  readonly healthy: boolean;
  readonly stable: string | undefined;
}

/** Reads a Rollout; one whose newest template is not looked at yet is not healthy. */
export function readRollout(object: KubeObject): SeenRollout {
  const { metadata, status } = rolloutSchema.parse(object);
  const current = status?.observedGeneration === metadata.generation && status.stableRS === status.currentPodHash;
  return { healthy: current && status.phase === 'Healthy', stable: status?.stableRS };
}
