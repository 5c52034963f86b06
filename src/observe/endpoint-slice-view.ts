import { z } from 'zod';
import { type KubeObject, objectMetaSchema } from '../api/metadata.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';

const endpointSliceSchema = z.object({
  metadata: objectMetaSchema,
  endpoints: z
    .array(
      z.object({
        conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
        targetRef: z.object({ kind: z.string().optional(), name: z.string() }).nullish(),
      }),
    )
    .nullish(),
});

/** An EndpointSlice as the caches hold it. */
export interface EndpointSliceView {
  readonly namespace: string;
  /** The Service it belongs to, '' when it says none. */
  readonly service: string;
  /** Names of the Pods that are ready to serve; an unknown readiness counts as ready, as the API defines it. */
  readonly readyPods: readonly string[];
}

/** Parses an EndpointSlice that the API server sent. Throws a ZodError when it is none. */
export function toEndpointSliceView(object: KubeObject): EndpointSliceView {
  const { metadata, endpoints } = endpointSliceSchema.parse(object);
  return {
    namespace: metadata.namespace ?? '',
    service: metadata.labels?.[SERVICE_NAME] ?? '',
    readyPods: (endpoints ?? [])
      .filter((endpoint) => endpoint.conditions?.ready !== false)
      .flatMap((endpoint) => (endpoint.targetRef?.name === undefined ? [] : [endpoint.targetRef.name])),
  };
}
