import { z } from 'zod';
import type { KindDescriptor } from '../../api/kinds.ts';
import { type KubeObject, objectMetaSchema } from '../../api/metadata.ts';

export const HTTP_ROUTE: KindDescriptor = {
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'HTTPRoute',
  plural: 'httproutes',
  namespaced: true,
};

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

const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;
const BACKEND = {
  ...OPEN,
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 253 },
    port: { type: 'integer', minimum: 1, maximum: 65_535 },
    weight: { type: 'integer', format: 'int32', minimum: 0, maximum: 1_000_000, default: 1 },
  },
} as const;

/** The HTTPRoute CRD cut down to what weights need; install it with `installCrd`. */
export const HTTP_ROUTE_CRD: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'httproutes.gateway.networking.k8s.io' },
  spec: {
    group: HTTP_ROUTE.group,
    scope: 'Namespaced',
    names: { kind: HTTP_ROUTE.kind, listKind: 'HTTPRouteList', plural: HTTP_ROUTE.plural, singular: 'httproute' },
    versions: [
      {
        name: HTTP_ROUTE.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                ...OPEN,
                properties: {
                  rules: {
                    type: 'array',
                    maxItems: 16,
                    items: { ...OPEN, properties: { backendRefs: { type: 'array', maxItems: 16, items: BACKEND } } },
                  },
                },
              },
              status: OPEN,
            },
          },
        },
      },
    ],
  },
};
