import { z } from 'zod';
import { GRPC_ROUTE, HTTP_ROUTE } from '../../api/kinds.ts';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { AppliedRoute } from './applied-config.ts';

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

/** The kinds of routes that the model of a data plane follows. */
export const ROUTE_KINDS: readonly ResourceKind[] = [HTTP_ROUTE, GRPC_ROUTE];

/** How one route is called among all of them: `HTTPRoute/shop/checkout`. */
export function routeId(kind: ResourceKind, object: Pick<KubeObject, 'metadata'>): string {
  return `${kind.kind}/${object.metadata.namespace}/${object.metadata.name}`;
}

/** What a data plane takes from a route. */
export function configOf(route: GatewayRouteView): AppliedRoute {
  const rules = route.spec.rules.map((rule) => ({
    name: rule.name,
    backends: rule.backendRefs.map((backend) => ({ service: backend.name, weight: backend.weight })),
  }));
  return { generation: route.metadata.generation ?? 0, rules };
}
