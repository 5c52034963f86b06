import { z } from 'zod';
import { argDurationSchema, argLimitSchema, argNumberSchema } from './analysis-number.ts';
import { metricProviderRefSchema } from './analysis-provider.ts';
import { withOneMember, withRules } from './cel.ts';
import { nameSchema } from './common-fields.ts';
import { durationSchema } from './duration.ts';

const query = z.string().min(1).max(10_240);

/** Argo's argument sources. Secrets are refused (M3): credentials belong to a MetricProvider. */
const argSourceSchema = z.object({
  secretKeyRef: z.object({ name: nameSchema, key: nameSchema }).optional(),
  fieldRef: z.object({ fieldPath: z.string().min(1).max(1024) }).optional(),
});

export const analysisArgSchema = withRules(
  z.object({ name: nameSchema, value: z.string().max(4096).optional(), valueFrom: argSourceSchema.optional() }),
  { rule: '!(has(self.value) && has(self.valueFrom))', message: 'args: give value or valueFrom, not both' },
);

export const analysisArgsSchema = z
  .array(analysisArgSchema)
  .max(50)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });

/** CEL: a member that is a number, not an argument that still has to be filled in. */
function isNumber(member: string): string {
  return `has(self.${member}) && type(self.${member}) == int`;
}

/** CEL: the value of such a number. Without `int` Kubernetes 1.30 takes it for a text of any length, and refuses a rule that compares two of them as too dear. */
function numberOf(member: string): string {
  return `int(self.${member})`;
}

const COUNTED = `${isNumber('count')} && self.count > 0`;
const SUCCESSES = `(${isNumber('consecutiveSuccessLimit')} ? ${numberOf('consecutiveSuccessLimit')} : 0)`;

export const metricSchema = withRules(
  z.object({
    name: nameSchema,
    interval: argDurationSchema.optional(),
    initialDelay: argDurationSchema.optional(),
    count: argNumberSchema.optional().describe('0 or absent: one without an interval, else until the run ends.'),
    successCondition: z.string().max(2048).optional().describe('CEL over result.'),
    failureCondition: z.string().max(2048).optional().describe('CEL; wins over successCondition.'),
    failureLimit: argLimitSchema.optional().describe('0 when absent, -1 tolerates all.'),
    inconclusiveLimit: argNumberSchema.optional(),
    consecutiveErrorLimit: argNumberSchema.optional(),
    consecutiveSuccessLimit: argNumberSchema.optional(),
    noData: z.enum(['Pause', 'Pass', 'Fail']).optional().describe('Pause when absent.'),
    onError: z.enum(['Pause', 'Abort', 'Ignore']).optional().describe('Pause when absent.'),
    provider: metricProviderRefSchema,
  }),
  {
    rule: `!(${isNumber('count')}) || self.count <= 1 || has(self.interval)`,
    message: 'interval is needed when count is more than 1; add an interval such as 1m',
    fieldPath: '.interval',
  },
  {
    rule: `!(${COUNTED} && ${isNumber('failureLimit')} && self.failureLimit > 0) || ${numberOf('count')} >= ${numberOf('failureLimit')} + ${SUCCESSES}`,
    message: 'failureLimit plus consecutiveSuccessLimit must not exceed count; raise count or lower the limits',
    fieldPath: '.failureLimit',
  },
  {
    rule: `!(${COUNTED}) || ${numberOf('count')} >= ${SUCCESSES}`,
    message: 'consecutiveSuccessLimit must not exceed count: it could never be reached; raise count or lower it',
    fieldPath: '.consecutiveSuccessLimit',
  },
  {
    rule: `!(${COUNTED} && ${isNumber('inconclusiveLimit')}) || ${numberOf('inconclusiveLimit')} <= ${numberOf('count')}`,
    message: 'inconclusiveLimit must not exceed count; lower it',
    fieldPath: '.inconclusiveLimit',
  },
  {
    rule: `!(${isNumber('failureLimit')} && self.failureLimit == -1) || (has(self.consecutiveSuccessLimit) && (type(self.consecutiveSuccessLimit) != int || self.consecutiveSuccessLimit > 0))`,
    message: 'failureLimit -1 (off) needs consecutiveSuccessLimit of 1 or more, else the metric can never end; set it',
    fieldPath: '.failureLimit',
  },
);

export const metricsSchema = z
  .array(metricSchema)
  .max(50)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });

export const sloSchema = z.object({
  name: nameSchema,
  objective: z.number().gt(0).lt(100),
  window: durationSchema.optional(),
  sli: withOneMember(
    z.object({
      events: z.object({ total: query, bad: query }).optional(),
      latency: z.object({ histogram: query, threshold: durationSchema }).optional(),
    }),
    'sli',
    'indicator',
  ),
});

export const slosSchema = z
  .array(sloSchema)
  .max(20)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
