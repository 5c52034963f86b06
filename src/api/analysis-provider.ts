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

const HAS_BODY = '(has(self.body) || has(self.jsonBody))';

const webQuerySchema = withRules(
  z.object({
    provider: nameSchema.optional().describe('Names a MetricProvider with a web entry.'),
    path: z
      .string()
      .max(2048)
      .regex(/^[/?]/, 'begin the path with /')
      .optional()
      .describe("Put behind the MetricProvider's address; the values of arguments are percent-encoded."),
    url: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe('The whole address; only taken with --allow-inline-endpoints. Name a MetricProvider instead.'),
    method: z.enum(['GET', 'POST', 'PUT']).optional().describe('GET when absent.'),
    body: z.string().max(16_384).optional(),
    jsonBody: opaqueSchema.optional(),
    jsonPath: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('Where the result stands in the answer, as in {$.data.ok}; all of it when absent.'),
    timeoutSeconds: z.int().min(1).max(300).optional().describe('That of the MetricProvider when absent, else 10.'),
    insecure: z.boolean().optional(),
    headers: inlineHeadersSchema.optional(),
    authentication: opaqueSchema.optional(),
  }),
  exactlyOne('web', ['provider', 'url'], 'address'),
  { rule: '!(has(self.url) && has(self.path))', message: 'web: path belongs to a provider; put it into the url', fieldPath: '.path' },
  { rule: '!(has(self.body) && has(self.jsonBody))', message: 'web: give body or jsonBody, not both', fieldPath: '.body' },
  {
    rule: `!${HAS_BODY} || (has(self.method) && self.method != 'GET')`,
    message: 'web: a body needs method POST or PUT; set one',
    fieldPath: '.method',
  },
);

/** Where a metric comes from: exactly one member. */
export const metricProviderRefSchema = withRules(
  z.object({
    prometheus: prometheusQuerySchema.optional(),
    web: webQuerySchema.optional(),
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
