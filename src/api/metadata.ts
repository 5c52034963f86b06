import { z } from 'zod';
import type { DeepReadonly } from './deep-readonly.ts';

const ownerReferenceSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});

/** The part of Kubernetes' ObjectMeta that Sluice reads; the API server owns its validation. */
export const objectMetaSchema = z.looseObject({
  name: z.string().min(1).max(253),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.int().optional(),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  ownerReferences: z.array(ownerReferenceSchema).optional(),
  finalizers: z.array(z.string()).optional(),
});

export type OwnerReference = DeepReadonly<z.infer<typeof ownerReferenceSchema>>;
export type ObjectMeta = DeepReadonly<z.infer<typeof objectMetaSchema>>;

/** Any Kubernetes object as it travels: parsed further by the schema of its kind before anything reads it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}
