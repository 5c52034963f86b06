import { z } from 'zod';
import { MEMBERS_SET, withRules } from './cel.ts';
import { nameSchema, opaqueSchema } from './common-fields.ts';

const RULE_NAME = nameSchema.describe('Name of a rule of the route.');

/** One route of the Rollout's own namespace: no type has a namespace field (M4). */
const routeSchema = z.object({
  name: nameSchema,
  rules: z
    .array(RULE_NAME)
    .min(1)
    .max(16)
    .optional()
    .describe('Rules to weigh, by name; every rule that names the stable Service when absent.'),
  useHeaderRoutes: z.boolean().optional().describe('Whether header steps make rules in this route; true when absent.'),
});

/** Where a generated route is attached; the namespace says where the Gateway is, whose allowedRoutes decides. */
const parentRefSchema = z.object({
  group: z.string().max(253).optional(),
  kind: z.string().min(1).max(63).optional(),
  namespace: z.string().min(1).max(63).optional(),
  name: nameSchema,
  sectionName: z.string().min(1).max(253).optional(),
  port: z.int().min(1).max(65_535).optional(),
});

/** A route that Sluice makes and owns. */
const generateSchema = z.object({
  kind: z.enum(['HTTPRoute', 'GRPCRoute']).optional().describe('HTTPRoute when absent.'),
  name: nameSchema.optional().describe('The name of the Rollout when absent.'),
  parentRefs: z.array(parentRefSchema).min(1).max(32),
  hostnames: z.array(z.string().min(1).max(253)).max(16).optional(),
  matches: z.array(opaqueSchema).max(64).optional().describe('As in a rule of the route; every request when absent.'),
  port: z.int().min(1).max(65_535).describe('Port of both Services.'),
});

const routesSchema = z.object({
  httpRoute: nameSchema.optional().describe('Short form of httpRoutes with one name.'),
  httpRoutes: z.array(routeSchema).min(1).max(16).optional(),
  grpcRoute: nameSchema.optional().describe('Short form of grpcRoutes with one name.'),
  grpcRoutes: z.array(routeSchema).min(1).max(16).optional(),
});

/** `trafficRouting.gatewayAPI`: routes whose weights follow the steps, and a route that is made. */
export const gatewayApiSchema = withRules(routesSchema.extend({ generate: generateSchema.optional() }), {
  rule: `${MEMBERS_SET} > 0`,
  message: 'gatewayAPI needs a route: name one in httpRoutes or grpcRoutes, or let one be made with generate',
});

/** The name under which Argo Rollouts knows its Gateway API plugin. */
export const GATEWAY_API_PLUGIN = 'argoproj-labs/gatewayAPI';

/**
 * The configuration of Argo's plugin, as far as it means the same here. `namespace` must be the Rollout's own; its bookkeeping (`configMap`, the in-progress
 * label) is accepted and not needed.
 */
export const gatewayApiPluginSchema = routesSchema.extend({
  namespace: z.string().optional(),
  configMap: z.string().optional(),
  disableInProgressLabel: z.boolean().optional(),
  inProgressLabelKey: z.string().optional(),
  inProgressLabelValue: z.string().optional(),
  generate: generateSchema.optional(),
});

export type GatewayApiRouting = z.infer<typeof gatewayApiSchema>;
export type GatewayApiPlugin = z.infer<typeof gatewayApiPluginSchema>;
export type GeneratedRoute = z.infer<typeof generateSchema>;
