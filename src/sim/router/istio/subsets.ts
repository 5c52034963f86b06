import { z } from 'zod';

/** `spec.subsets` of a DestinationRule: which pods of its host each of them selects. */
export const subsetsSchema = z.array(z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) })).default([]);
