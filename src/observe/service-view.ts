import { z } from 'zod';
import { FIELD_MANAGER } from '../api/field-manager.ts';
import { MANAGED_BY } from '../api/labels.ts';
import { type KubeObject, type OwnerReference, objectMetaSchema } from '../api/metadata.ts';
import type { ServicePort } from '../api/rollout-service.ts';
import { specFieldsByManager } from '../core/sync/spec-owner.ts';

const portSchema = z.object({
  name: z.string().optional(),
  port: z.int(),
  targetPort: z.union([z.int(), z.string()]).optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
  appProtocol: z.string().optional(),
});

const serviceSchema = z.object({
  metadata: objectMetaSchema,
  spec: z
    .object({
      type: z.string().optional(),
      selector: z.record(z.string(), z.string()).default({}),
      ports: z.array(portSchema).default([]),
    })
    .default({ selector: {}, ports: [] }),
});

/** A Service as the caches hold it. */
export interface ServiceView {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly external: boolean;
  readonly ports: readonly ServicePort[];
  readonly controller: OwnerReference | undefined;
  /** The field manager that owns the selector, when that is not ours. */
  readonly selectorWriter: string | undefined;
  /** `namespace/name` of the Rollout that it is marked with. */
  readonly manager: string | undefined;
}

/** Parses a Service that the API server sent. Throws a ZodError when it is none. */
export function toServiceView(object: KubeObject): ServiceView {
  const { metadata, spec } = serviceSchema.parse(object);
  const manager = metadata.annotations?.[MANAGED_BY];
  const writers = specFieldsByManager(object).filter(({ fields }) => fields.includes('f:selector'));
  const others = writers.map(({ manager }) => String(manager));
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    selector: spec.selector,
    // A cluster has many more Services than ours, and annotations of others may be large.
    annotations: manager === undefined ? {} : { [MANAGED_BY]: manager },
    external: spec.type === 'ExternalName',
    ports: spec.ports,
    controller: metadata.ownerReferences?.find((owner) => owner.controller === true),
    selectorWriter: others.includes(FIELD_MANAGER) ? undefined : others.at(-1),
    manager: manager === undefined ? undefined : `${metadata.namespace ?? ''}/${manager}`,
  };
}
