import { z } from 'zod';
import { OPAQUE_PROVIDERS, PROVIDERS } from './analysis-provider.ts';
import { templateStatusSchema } from './analysis-status.ts';
import { exactlyOne, withOneMember, withRules } from './cel.ts';
import { nameSchema } from './common-fields.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { durationSchema } from './duration.ts';
import { objectMetaSchema } from './metadata.ts';

/** What a MetricProvider can be: a Job needs no address. */
export const ENDPOINT_KINDS = PROVIDERS.filter((provider) => provider !== 'job');

/** Without user and password: they would show in every message. */
const addressSchema = withRules(z.string().min(1).max(2048), {
  rule: "self.matches('^https?://[^/@]+(/.*)?$')",
  message: 'address must be an http:// or https:// address without user or password; put credentials into a Secret',
});

const headerSchema = withRules(
  z.object({
    key: z
      .string()
      .max(256)
      .regex(/^[A-Za-z0-9-]+$/, 'write a header name such as X-Scope-OrgID'),
    value: z.string().max(4096).optional(),
    /** Secret of Sluice's own namespace. */
    secretRef: z.object({ name: nameSchema, key: nameSchema }).optional(),
  }),
  exactlyOne('a header', ['value', 'secretRef'], 'source'),
);

/** How an HTTP endpoint is reached. Secrets stand in Sluice's own namespace; verification of certificates is always on (M22). */
const httpEndpointSchema = z.object({
  address: addressSchema,
  timeout: durationSchema.optional(),
  /** Secret with `username` and `password`. */
  basicAuth: z.object({ secretRef: z.object({ name: nameSchema }) }).optional(),
  /** The key is `token` when absent. */
  bearerToken: z.object({ secretRef: z.object({ name: nameSchema, key: nameSchema.optional() }) }).optional(),
  headers: z.array(headerSchema).max(20).optional(),
  /** Secret with `ca.crt`: the only authority that is trusted then. */
  tls: z.object({ caSecretRef: z.object({ name: nameSchema }) }).optional(),
});

const NOT_BOTH = '!(has(self.basicAuth) && has(self.bearerToken))';

export const metricProviderSchema = z.object({
  apiVersion: z.literal('sluice.dev/v1alpha1'),
  kind: z.literal('MetricProvider'),
  metadata: objectMetaSchema,
  spec: withOneMember(
    z.object({
      prometheus: withRules(httpEndpointSchema, {
        rule: NOT_BOTH,
        message: 'prometheus: give basicAuth or bearerToken, not both',
      }).optional(),
      web: withRules(httpEndpointSchema, { rule: NOT_BOTH, message: 'web: give basicAuth or bearerToken, not both' }).optional(),
      ...OPAQUE_PROVIDERS,
    }),
    'spec',
    'provider',
  ),
  status: templateStatusSchema.optional(),
});

export type HttpEndpoint = DeepReadonly<z.infer<typeof httpEndpointSchema>>;
export type MetricProvider = DeepReadonly<z.infer<typeof metricProviderSchema>>;
