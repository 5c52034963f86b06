import { z } from 'zod';
import { labelSelectorSchema } from '../api/label-selector.ts';
import { type KubeObject, objectMetaSchema } from '../api/metadata.ts';
import { podTemplateSchema } from '../api/rollout.ts';
import type { ObservedWorkload } from '../core/rollout/observed.ts';

/** What a Deployment puts on the pods of its own ReplicaSets: on ours it would hand them to one of those. */
const FOREIGN_HASH = 'pod-template-hash';

const count = z.int().min(0);
const workloadSchema = z.object({
  kind: z.enum(['Deployment', 'ReplicaSet', 'PodTemplate']),
  metadata: objectMetaSchema,
  spec: z
    .looseObject({
      replicas: count.default(1),
      selector: labelSelectorSchema.optional().catch(undefined),
      template: podTemplateSchema.optional(),
    })
    .default({ replicas: 0 }),
  /** Of a PodTemplate. */
  template: podTemplateSchema.optional(),
  status: z
    .looseObject({ availableReplicas: count.default(0), observedGeneration: count.default(0) })
    .default({ availableReplicas: 0, observedGeneration: 0 }),
});

type Labels = Readonly<Record<string, string>> | undefined;

function withoutForeignHash(labels: Labels): Labels {
  if (labels === undefined || !Object.hasOwn(labels, FOREIGN_HASH)) return labels;
  const { [FOREIGN_HASH]: _hash, ...rest } = labels;
  return rest;
}

type Template = z.infer<typeof podTemplateSchema>;

/** The template as its author meant it: without what other controllers and the API server wrote into its metadata. */
function ownTemplate(template: Template): Template {
  if (template.metadata === undefined) return template;
  const { creationTimestamp: _created, labels, ...metadata } = template.metadata;
  const own = withoutForeignHash(labels);
  return { ...template, metadata: { ...metadata, ...(own === undefined ? {} : { labels: own }) } };
}

/** A Deployment, ReplicaSet or PodTemplate as the caches hold it. */
export interface WorkloadView {
  readonly namespace: string;
  readonly observed: ObservedWorkload;
}

/** Parses an object that a `workloadRef` may name. Throws a ZodError when it is none. */
export function toWorkloadView(object: KubeObject): WorkloadView {
  const { kind, metadata, spec, template: bare, status } = workloadSchema.parse(object);
  const template = kind === 'PodTemplate' ? bare : spec.template;
  const selector = spec.selector;
  return {
    namespace: metadata.namespace ?? '',
    observed: {
      kind,
      name: metadata.name,
      uid: metadata.uid ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
      generation: metadata.generation,
      deleting: metadata.deletionTimestamp !== undefined,
      template: template === undefined ? undefined : ownTemplate(template),
      selector: selector === undefined ? undefined : { ...selector, matchLabels: withoutForeignHash(selector.matchLabels) ?? {} },
      replicas: spec.replicas,
      availableReplicas: status.availableReplicas,
      statusCurrent: status.observedGeneration >= (metadata.generation ?? 0),
    },
  };
}
