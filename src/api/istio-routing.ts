import { z } from 'zod';
import { exactlyOne, withRules } from './cel.ts';
import { nameSchema } from './common-fields.ts';
import type { DeepReadonly } from './deep-readonly.ts';

/** Argo Rollouts reads `name.namespace` as a VirtualService of another namespace: no type has a namespace field, in whatever form (M4). */
const localNameSchema = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[^.]+$/, 'write the name of a VirtualService in the namespace of the Rollout, without a dot');

const portSchema = z.int().min(1).max(65_535);

const tlsRouteSchema = withRules(
  z.object({ port: portSchema.optional(), sniHosts: z.array(z.string().min(1).max(253)).max(32).optional() }),
  {
    rule: 'has(self.port) || (has(self.sniHosts) && self.sniHosts.size() > 0)',
    message: 'an entry of tlsRoutes needs port, sniHosts or both; write what its match in the VirtualService says',
  },
);

const virtualServiceSchema = z.object({
  name: localNameSchema,
  routes: z
    .array(nameSchema)
    .max(32)
    .optional()
    .describe('http routes to weigh, by name; may be left out when the VirtualService has exactly one route.'),
  tlsRoutes: z.array(tlsRouteSchema).max(32).optional().describe('tls routes to weigh, by the port and all SNI hosts of their match.'),
  tcpRoutes: z
    .array(z.object({ port: portSchema.optional() }))
    .max(32)
    .optional()
    .describe('tcp routes to weigh, by the one port of their match; without port the one that matches every port.'),
});

const destinationRuleSchema = withRules(
  z.object({
    name: nameSchema,
    canarySubsetName: z.string().min(1).max(63).describe('Subset whose labels get the hash of the revision under test.'),
    stableSubsetName: z.string().min(1).max(63).describe('Subset whose labels get the hash of the stable revision.'),
    additionalSubsetNames: z
      .array(z.string().min(1).max(63))
      .max(16)
      .optional()
      .describe('Other subsets that may stand in the routes; they are left alone and must take no share of the traffic.'),
  }),
  {
    rule: 'self.canarySubsetName != self.stableSubsetName',
    message: 'canarySubsetName must differ from stableSubsetName; name two subsets',
    fieldPath: '.canarySubsetName',
  },
);

/** `trafficRouting.istio`: VirtualServices whose weights follow the steps, by the hosts of two Services or by two subsets of one host. */
export const istioRoutingSchema = withRules(
  z.object({
    virtualService: virtualServiceSchema.optional(),
    virtualServices: z
      .array(virtualServiceSchema)
      .min(1)
      .max(16)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .optional(),
    destinationRule: destinationRuleSchema.optional(),
  }),
  exactlyOne('istio', ['virtualService', 'virtualServices'], 'form'),
);

export type IstioRouting = DeepReadonly<z.infer<typeof istioRoutingSchema>>;
export type IstioVirtualService = DeepReadonly<z.infer<typeof virtualServiceSchema>>;
