import { z } from 'zod';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { isSettled } from '../tests/support/is-settled.ts';

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
  const rollout = rolloutSchema.parse(object);
  return { healthy: isSettled(rollout), stable: rollout.status?.stableRS };
}
