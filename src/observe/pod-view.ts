import { z } from 'zod';
import { type KubeObject, objectMetaSchema } from '../api/metadata.ts';
import { instant, parseInstant } from '../api/time.ts';
import type { ObservedPod } from '../core/rollout/observed.ts';

const podSchema = z.object({
  metadata: objectMetaSchema,
  status: z
    .object({
      phase: z.string().default('Pending'),
      conditions: z.array(z.object({ type: z.string(), status: z.string(), lastTransitionTime: z.string().nullish() })).nullish(),
    })
    .default({ phase: 'Pending' }),
});

/** A Pod as a restart looks at it; undefined for one that is over, or that no object controls. Throws a ZodError when it is none. */
export function toPodView(object: KubeObject): ObservedPod | undefined {
  const { metadata, status } = podSchema.parse(object);
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined || status.phase === 'Succeeded' || status.phase === 'Failed') return undefined;
  const ready = status.conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'True');
  const createdAt = parseInstant(metadata.creationTimestamp ?? undefined) ?? instant(0);
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    ownerUid: owner.uid,
    createdAt,
    deleting: metadata.deletionTimestamp !== undefined,
    readySince: ready === undefined ? undefined : (parseInstant(ready.lastTransitionTime ?? undefined) ?? createdAt),
  };
}
