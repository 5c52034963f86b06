import { z } from 'zod';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';

const labels = z.record(z.string(), z.string());

const replicaSetSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    replicas: z.int().min(0).default(1),
    minReadySeconds: z.int().min(0).default(0),
    template: z
      .looseObject({
        metadata: z.looseObject({ labels: labels.optional(), annotations: labels.optional() }).optional(),
        spec: z.looseObject({}).optional(),
      })
      .default({}),
  }),
  status: z.looseObject({}).optional(),
});

const deploymentSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    replicas: z.int().min(0).default(1),
    minReadySeconds: z.int().min(0).default(0),
    selector: z.looseObject({ matchLabels: labels.default({}) }),
    template: z.looseObject({ metadata: z.looseObject({ labels: labels.optional() }).optional() }),
  }),
  status: z.looseObject({}).optional(),
});

const podSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z
    .looseObject({
      containers: z.array(z.looseObject({ name: z.string(), image: z.string().optional() })).default([]),
      nodeName: z.string().optional(),
    })
    .default({ containers: [] }),
  status: z
    .looseObject({
      phase: z.string().default('Pending'),
      podIP: z.string().optional(),
      startTime: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), lastTransitionTime: z.string().nullish() })).default([]),
    })
    .default({ phase: 'Pending', conditions: [] }),
});

const serviceSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z
    .looseObject({
      selector: labels.nullish(),
      ports: z
        .array(
          z.looseObject({
            name: z.string().optional(),
            port: z.int(),
            targetPort: z.union([z.int(), z.string()]).optional(),
            protocol: z.string().default('TCP'),
          }),
        )
        .default([]),
    })
    .default({ ports: [] }),
});

const endpointSliceSchema = z.looseObject({
  metadata: objectMetaSchema,
  endpoints: z
    .array(
      z.looseObject({
        addresses: z.array(z.string()),
        conditions: z
          .looseObject({ ready: z.boolean().optional(), serving: z.boolean().optional(), terminating: z.boolean().optional() })
          .default({}),
        targetRef: z.looseObject({ kind: z.string(), name: z.string(), namespace: z.string().optional() }).optional(),
      }),
    )
    .nullish(),
});

export type DeploymentView = z.infer<typeof deploymentSchema>;
export type ReplicaSetView = z.infer<typeof replicaSetSchema>;
export type PodView = z.infer<typeof podSchema>;
export type ServiceView = z.infer<typeof serviceSchema>;
export type EndpointSliceView = z.infer<typeof endpointSliceSchema>;

/** The part of a Deployment that its controller reads; undefined when it cannot be read. */
export function viewDeployment(object: KubeObject): DeploymentView | undefined {
  return deploymentSchema.safeParse(object).data;
}

/** The part of a ReplicaSet that its controller reads; undefined when it cannot be read. */
export function viewReplicaSet(object: KubeObject): ReplicaSetView | undefined {
  return replicaSetSchema.safeParse(object).data;
}

/** The part of a Pod that its readers use; undefined when it cannot be read. */
export function viewPod(object: KubeObject): PodView | undefined {
  return podSchema.safeParse(object).data;
}

/** The part of a Service that its readers use; undefined when it cannot be read. */
export function viewService(object: KubeObject): ServiceView | undefined {
  return serviceSchema.safeParse(object).data;
}

/** The part of an EndpointSlice that its readers use; undefined when it cannot be read. */
export function viewEndpointSlice(object: KubeObject): EndpointSliceView | undefined {
  return endpointSliceSchema.safeParse(object).data;
}

/** Whether the pod's Ready condition is True, and since when. */
export function readiness(pod: PodView): { readonly ready: boolean; readonly since: string | undefined } {
  const condition = pod.status.conditions.find((entry) => entry.type === 'Ready');
  return { ready: condition?.status === 'True', since: condition?.lastTransitionTime ?? undefined };
}

/** Whether the pod is on its way out. */
export function isDeleting(object: { readonly metadata: { readonly deletionTimestamp?: string | undefined } }): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** Whether a non-empty `selector` matches these labels; an empty one matches nothing here, as in a Service. */
export function selects(
  selector: Readonly<Record<string, string>> | null | undefined,
  present: Readonly<Record<string, string>> | undefined,
): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => present?.[name] === value);
}
