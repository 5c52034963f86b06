import { z } from 'zod';
import { POD_TEMPLATE_HASH } from '../api/labels.ts';
import { type KubeObject, objectMetaSchema } from '../api/metadata.ts';
import { instant, parseInstant } from '../api/time.ts';
import { countable } from '../core/rollout/countable.ts';
import type { ObservedReplicaSet, PodFailure } from '../core/rollout/observed.ts';

const conditionSchema = z.object({ type: z.string(), status: z.string(), reason: z.string().default(''), message: z.string().default('') });

const replicaSetSchema = z.object({
  metadata: objectMetaSchema,
  spec: z.object({
    replicas: z.int().min(0).default(1),
    minReadySeconds: z.int().min(0).default(0),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }),
    template: z.looseObject({}).default({}),
  }),
  status: z
    .object({
      replicas: z.int().default(0),
      readyReplicas: z.int().default(0),
      availableReplicas: z.int().default(0),
      observedGeneration: z.int().default(0),
      conditions: z.array(conditionSchema).default([]),
    })
    .default({ replicas: 0, readyReplicas: 0, availableReplicas: 0, observedGeneration: 0, conditions: [] }),
});

/** The condition that the ReplicaSet controller sets while the API server refuses its pods. */
function failureOf(conditions: readonly z.infer<typeof conditionSchema>[]): PodFailure | undefined {
  const found = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  return found === undefined ? undefined : { reason: found.reason, message: found.message };
}

/** A ReplicaSet as the caches hold it: what decisions read, and nothing else of a large object. */
export interface ReplicaSetView {
  readonly namespace: string;
  readonly controllerUid: string | undefined;
  readonly observed: Omit<ObservedReplicaSet, 'owned'>;
}

/** Parses a ReplicaSet that the API server sent. Throws a ZodError when it is none. */
export function toReplicaSetView(object: KubeObject): ReplicaSetView {
  const { metadata, spec, status } = replicaSetSchema.parse(object);
  const labels = metadata.labels ?? {};
  return {
    namespace: metadata.namespace ?? '',
    controllerUid: metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid,
    observed: {
      name: metadata.name,
      uid: metadata.uid ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
      hash: labels[POD_TEMPLATE_HASH],
      labels,
      annotations: metadata.annotations ?? {},
      ownerReferences: metadata.ownerReferences ?? [],
      createdAt: parseInstant(metadata.creationTimestamp ?? undefined) ?? instant(0),
      deleting: metadata.deletionTimestamp !== undefined,
      specReplicas: spec.replicas,
      minReadySeconds: spec.minReadySeconds,
      replicas: status.replicas,
      readyReplicas: status.readyReplicas,
      availableReplicas: status.availableReplicas,
      countable: countable({ ...status, annotations: metadata.annotations ?? {}, specReplicas: spec.replicas }),
      generation: metadata.generation ?? 0,
      statusCurrent: status.observedGeneration >= (metadata.generation ?? 0),
      failure: failureOf(status.conditions),
      template: spec.template,
    },
  };
}
