import { z } from 'zod';
import { PROVIDERS } from './analysis-metric.ts';
import { templateStatusSchema } from './analysis-status.ts';
import { exactlyOne, withRules } from './cel.ts';
import { nameSchema, opaqueSchema } from './common-fields.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { durationSchema } from './duration.ts';
import { objectMetaSchema } from './metadata.ts';

/** What a MetricProvider can be: a Job needs no address. */
export const ENDPOINT_KINDS = PROVIDERS.filter((provider) => provider !== 'job');

const prometheusEndpointSchema = withRules(
  z.object({
    /** Without user and password: they would show in every message. */
    address: withRules(z.string().min(1).max(2048), {
      rule: "self.matches('^https?://[^/@]+(/.*)?$')",
      message: 'address must be an http:// or https:// address without user or password; put credentials into a Secret',
    }),
    timeout: durationSchema.optional(),
    /** Secret of Sluice's own namespace with `username` and `password`. */
    basicAuth: z.object({ secretRef: z.object({ name: nameSchema }) }).optional(),
    /** Secret of Sluice's own namespace; the key is `token` when absent. */
    bearerToken: z.object({ secretRef: z.object({ name: nameSchema, key: nameSchema.optional() }) }).optional(),
    /** Secret of Sluice's own namespace with `ca.crt`. Verification is always on (M22). */
    tls: z.object({ caSecretRef: z.object({ name: nameSchema }) }).optional(),
  }),
  { rule: '!(has(self.basicAuth) && has(self.bearerToken))', message: 'prometheus: give basicAuth or bearerToken, not both' },
);

export const metricProviderSchema = z.object({
  apiVersion: z.literal('sluice.dev/v1alpha1'),
  kind: z.literal('MetricProvider'),
  metadata: objectMetaSchema,
  spec: withRules(
    z.object({
      prometheus: prometheusEndpointSchema.optional(),
      web: opaqueSchema.optional(),
      datadog: opaqueSchema.optional(),
      newRelic: opaqueSchema.optional(),
      cloudWatch: opaqueSchema.optional(),
      wavefront: opaqueSchema.optional(),
      kayenta: opaqueSchema.optional(),
      graphite: opaqueSchema.optional(),
      influxdb: opaqueSchema.optional(),
      skywalking: opaqueSchema.optional(),
      plugin: opaqueSchema.optional(),
    }),
    exactlyOne('spec', ENDPOINT_KINDS, 'provider'),
  ),
  status: templateStatusSchema.optional(),
});

export type MetricProvider = DeepReadonly<z.infer<typeof metricProviderSchema>>;
