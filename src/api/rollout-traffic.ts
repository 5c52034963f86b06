import { z } from 'zod';
import { withRules } from './cel.ts';
import { nameSchema, opaqueSchema } from './common-fields.ts';
import { contourRoutingSchema } from './contour-routing.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { durationSchema } from './duration.ts';
import { gatewayApiSchema } from './gateway-api-routing.ts';
import { istioRoutingSchema } from './istio-routing.ts';
import { nginxRoutingSchema } from './nginx-routing.ts';
import { traefikRoutingSchema } from './traefik-routing.ts';

/** Every router that Argo Rollouts knows, and Gateway API. One without an adapter is one opaque object. */
export const ROUTERS = [
  'gatewayAPI',
  'istio',
  'nginx',
  'alb',
  'smi',
  'ambassador',
  'appMesh',
  'traefik',
  'contour',
  'apisix',
  'plugins',
] as const;

export type TrafficRouting = DeepReadonly<z.infer<typeof trafficRoutingSchema>>;
export type RouterName = (typeof ROUTERS)[number];

export const trafficRoutingSchema = withRules(
  z.object({
    gatewayAPI: gatewayApiSchema.optional(),
    istio: istioRoutingSchema.optional(),
    nginx: nginxRoutingSchema.optional(),
    alb: opaqueSchema.optional(),
    smi: opaqueSchema.optional(),
    ambassador: opaqueSchema.optional(),
    appMesh: opaqueSchema.optional(),
    traefik: traefikRoutingSchema.optional(),
    contour: contourRoutingSchema.optional(),
    apisix: opaqueSchema.optional(),
    /** By plugin name; the API server keeps the configuration as it is. */
    plugins: opaqueSchema.optional(),
    /** Routes that header and mirror steps may make; the order is their precedence. */
    managedRoutes: z
      .array(z.object({ name: nameSchema }))
      .max(32)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .optional(),
    settle: durationSchema
      .optional()
      .describe(
        'How long the data plane may still follow the former weights after the router accepted new ones; the default of the router when absent.',
      ),
    maxTrafficWeight: z.int().min(1).max(1_000_000).optional(),
  }),
  {
    rule: '!has(self.maxTrafficWeight) || has(self.nginx) || has(self.plugins)',
    message: 'maxTrafficWeight works with nginx or plugins only; remove it',
    fieldPath: '.maxTrafficWeight',
  },
);
