import { z } from 'zod';
import type { DeepReadonly } from './deep-readonly.ts';

/** metav1.Condition; kstatus reads `Ready`, `Reconciling` and `Stalled` in array order. */
export const conditionSchema = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(1024),
  message: z.string().max(32_768),
  observedGeneration: z.int().optional(),
  lastTransitionTime: z.string(),
  lastUpdateTime: z.string().optional(),
});

export type Condition = DeepReadonly<z.infer<typeof conditionSchema>>;
