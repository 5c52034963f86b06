import { z } from 'zod';
import { argDurationSchema } from './analysis-number.ts';
import { exactlyOne, withOneMember, withRules } from './cel.ts';
import { nameSchema, opaqueSchema, podMetadataSchema } from './common-fields.ts';

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
const inlineHeadersSchema = z.array(opaqueSchema).max(20);

const rangeQuerySchema = z.object({
  start: z.string().min(1).max(256).describe("now() or now() - duration('1h')."),
  end: z.string().min(1).max(256).optional(),
  step: argDurationSchema,
});

const prometheusQuerySchema = withRules(
  z.object({
    query,
    // Tenants give no URL (M1).
    provider: nameSchema.optional().describe('Names a MetricProvider; default when absent.'),
    address: z.string().max(2048).optional(),
    timeout: z.int().min(1).max(300).optional(),
    rangeQuery: rangeQuerySchema.optional(),
    insecure: z.boolean().optional(),
    headers: inlineHeadersSchema.optional(),
    authentication: opaqueSchema.optional(),
  }),
  { rule: '!(has(self.provider) && has(self.address))', message: 'prometheus: give provider or address, not both', fieldPath: '.address' },
);

const HAS_BODY = '(has(self.body) || has(self.jsonBody))';

const webQuerySchema = withRules(
  z.object({
    provider: nameSchema.optional(),
    path: z.string().max(2048).regex(/^[/?]/, 'begin the path with /').optional(),
    url: z.string().min(1).max(2048).optional(),
    method: z.enum(['GET', 'POST', 'PUT']).optional(),
    body: z.string().max(16_384).optional(),
    jsonBody: opaqueSchema.optional(),
    jsonPath: z.string().min(1).max(1024).optional(),
    timeoutSeconds: z.int().min(1).max(300).optional(),
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

/** A Kubernetes Job. Its spec is opaque, as the pod template of a Rollout is: the API server checks it when the Job is made. */
export const jobQuerySchema = z.object({
  metadata: podMetadataSchema.optional(),
  spec: opaqueSchema,
});

/** Providers of Argo Rollouts without an adapter here: seen, so that they can be refused by name. */
export const OPAQUE_PROVIDERS = {
  datadog: opaqueSchema.optional(),
  newRelic: opaqueSchema.optional(),
  cloudWatch: opaqueSchema.optional(),
  wavefront: opaqueSchema.optional(),
  kayenta: opaqueSchema.optional(),
  graphite: opaqueSchema.optional(),
  influxdb: opaqueSchema.optional(),
  skywalking: opaqueSchema.optional(),
  plugin: opaqueSchema.optional(),
} as const;

/** Where a metric comes from: exactly one member. */
export const metricProviderRefSchema = withOneMember(
  z.object({
    prometheus: prometheusQuerySchema.optional(),
    web: webQuerySchema.optional(),
    job: jobQuerySchema.optional(),
    ...OPAQUE_PROVIDERS,
  }),
  'provider',
  'provider',
);
