import { z } from 'zod';
import { argDurationSchema } from './analysis-number.ts';
import { exactlyOne, withRules } from './cel.ts';
import { nameSchema, opaqueSchema } from './common-fields.ts';

const query = z.string().min(1).max(10_240);

/** Every provider that Argo Rollouts knows. Those without an adapter are one opaque object. */
export const PROVIDERS = [
  'prometheus',
  'web',
  'job',
  'datadog',
  'newRelic',
  'cloudWatch',
  'wavefront',
  'kayenta',
  'graphite',
  'influxdb',
  'skywalking',
  'plugin',
] as const;

/** Argo's headers in a metric: seen, so that they can be refused by name (M3). */
const inlineHeadersSchema = z.array(z.object({ key: z.string().max(256), value: z.string().max(4096) })).max(20);

const rangeQuerySchema = z.object({
  start: z.string().min(1).max(256).describe("now() or now() - duration('1h')."),
  end: z.string().min(1).max(256).optional().describe('As start; now() when absent.'),
  step: argDurationSchema,
});

const prometheusQuerySchema = withRules(
  z.object({
    query,
    // Tenants give no URL (M1).
    provider: nameSchema.optional().describe('Names a MetricProvider; default when absent.'),
    address: z
      .string()
      .max(2048)
      .optional()
      .describe('Address of the endpoint itself; only taken with --allow-inline-endpoints. Name a MetricProvider instead.'),
    timeout: z.int().min(1).max(300).optional().describe('Seconds; that of the MetricProvider when absent.'),
    rangeQuery: rangeQuerySchema.optional().describe('All samples of a stretch of time, as one list.'),
    insecure: z.boolean().optional(),
    headers: inlineHeadersSchema.optional(),
    authentication: opaqueSchema.optional(),
  }),
  { rule: '!(has(self.provider) && has(self.address))', message: 'prometheus: give provider or address, not both', fieldPath: '.address' },
);

/** Where a metric comes from: exactly one member. */
export const metricProviderRefSchema = withRules(
  z.object({
    prometheus: prometheusQuerySchema.optional(),
    web: opaqueSchema.optional(),
    job: opaqueSchema.optional(),
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
  exactlyOne('provider', PROVIDERS, 'provider'),
);
