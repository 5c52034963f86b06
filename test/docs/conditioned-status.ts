import { z } from 'zod';
import type { KubeObject } from '../../src/api/metadata.ts';

const schema = z.object({
  metadata: z.object({ name: z.string(), generation: z.number().optional() }),
  status: z
    .object({
      observedGeneration: z.number().optional(),
      message: z.string().default(''),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ message: '', conditions: [] }),
});

export interface ConditionedStatus {
  readonly object: string;
  /** Of the condition Ready for the present generation. */
  readonly ready: string;
  readonly message: string;
}

/** How Ready an object says it is. */
export function conditionedStatus(object: KubeObject): ConditionedStatus {
  const { metadata, status } = schema.parse(object);
  const current = status.observedGeneration === metadata.generation;
  const ready = status.conditions.find((condition) => condition.type === 'Ready')?.status ?? 'Unknown';
  return { object: `${object.kind} ${metadata.name}`, ready: current ? ready : 'Unknown', message: status.message };
}
