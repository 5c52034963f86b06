import { z } from 'zod';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';

const backendSchema = z.looseObject({ name: z.string(), namespace: z.string().optional(), weight: z.int().min(0).default(1) });

const routeSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    parentRefs: z.array(z.looseObject({ name: z.string() })).default([]),
    rules: z.array(z.looseObject({ backendRefs: z.array(backendSchema).default([]) })).default([]),
  }),
  status: z.looseObject({ parents: z.array(z.looseObject({})).optional() }).optional(),
});

export type HttpRouteView = z.infer<typeof routeSchema>;

/** The part of an HTTPRoute that a data plane follows; undefined when it cannot be read. */
export function viewHttpRoute(object: KubeObject): HttpRouteView | undefined {
  return routeSchema.safeParse(object).data;
}
