import { z } from 'zod';
import { type KubeObject, objectMetaSchema } from '../../../api/metadata.ts';
import type { AppliedRule } from '../applied-config.ts';

const backendSchema = z.looseObject({ name: z.string(), namespace: z.string().optional(), weight: z.int().min(0).default(1) });

const ruleSchema = z.looseObject({ name: z.string().optional(), backendRefs: z.array(backendSchema).default([]) });

const routeSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    parentRefs: z.array(z.looseObject({ name: z.string() })).default([]),
    rules: z.array(ruleSchema).default([]),
  }),
  status: z.looseObject({ parents: z.array(z.looseObject({})).optional() }).optional(),
});

export type GatewayRouteView = z.infer<typeof routeSchema>;

/** The part of an HTTPRoute or GRPCRoute that a data plane follows; undefined when it cannot be read. */
export function viewGatewayRoute(object: KubeObject): GatewayRouteView | undefined {
  return routeSchema.safeParse(object).data;
}

/** The rules of a route as a data plane takes them. */
export function rulesOf(route: GatewayRouteView): readonly AppliedRule[] {
  return route.spec.rules.map((rule) => ({
    name: rule.name,
    backends: rule.backendRefs.map((backend) => ({ service: backend.name, weight: backend.weight })),
  }));
}
