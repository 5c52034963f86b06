import { z } from 'zod';

const entries = z.record(z.string(), z.string()).default({});
/** Annotation on ReplicaSets: what Sluice gives their pods. */
export const podMetadataSchema = z.object({
  labels: entries,
  annotations: entries,
  /** Values of the template's own under the same names: they come back. */
  was: z.object({ labels: entries, annotations: entries }).default({ labels: {}, annotations: {} }),
});

/** Annotation on ReplicaSets: names that have to leave their live pods. */
export const pendingNamesSchema = z.object({ labels: z.array(z.string()).default([]), annotations: z.array(z.string()).default([]) });
