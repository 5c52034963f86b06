import { z } from 'zod';
import { analysisArgSchema } from './analysis-metric.ts';
import { ANALYSIS_PHASES } from './analysis-status.ts';
import { withRules } from './cel.ts';
import { nameSchema, podMetadataSchema } from './common-fields.ts';
import { conditionSchema } from './conditions.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { durationOrSecondsSchema } from './duration.ts';
import { labelSelectorSchema } from './label-selector.ts';
import { objectMetaSchema } from './metadata.ts';
import { podTemplateSchema } from './rollout.ts';
import { dryRunSchema, measurementRetentionSchema } from './rollout-analysis.ts';
import { SELECTOR_MATCHES_TEMPLATE, SELECTOR_NOT_EMPTY } from './selector-rules.ts';

const time = z.string().max(64);
const text = z.string().max(4096);

const experimentTemplateSchema = withRules(
  z.object({
    name: nameSchema,
    replicas: z.int().min(0).optional(),
    minReadySeconds: z.int().min(0).optional(),
    selector: labelSelectorSchema,
    template: podTemplateSchema,
    /** A Service of its own, named after the experiment's template when `name` is absent. */
    service: z.object({ name: nameSchema.optional() }).optional(),
  }),
  {
    rule: SELECTOR_NOT_EMPTY,
    message: 'selector must not be empty: it would match every pod; set matchLabels to labels of the template',
    fieldPath: '.selector',
  },
  ...SELECTOR_MATCHES_TEMPLATE,
);

const experimentAnalysisSchema = z.object({
  name: nameSchema,
  templateName: nameSchema,
  clusterScope: z.boolean().optional(),
  args: z.array(analysisArgSchema).max(50).optional(),
  requiredForCompletion: z.boolean().optional(),
});

const named = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };

const experimentSpecSchema = withRules(
  z.object({
    templates: z.array(experimentTemplateSchema).min(1).max(10).meta(named),
    /** Until the analyses end when absent. */
    duration: durationOrSecondsSchema.optional(),
    progressDeadlineSeconds: z.int().min(0).optional(),
    terminate: z.boolean().optional(),
    analyses: z.array(experimentAnalysisSchema).max(20).meta(named).optional(),
    scaleDownDelaySeconds: z.int().min(0).optional(),
    dryRun: dryRunSchema.optional(),
    measurementRetention: measurementRetentionSchema.optional(),
    analysisRunMetadata: podMetadataSchema.optional(),
  }),
  {
    rule: 'self.templates.all(t, t.?minReadySeconds.orValue(0) <= self.?progressDeadlineSeconds.orValue(600))',
    message: 'progressDeadlineSeconds (default 600) must not be less than minReadySeconds of a template; raise it',
    fieldPath: '.progressDeadlineSeconds',
  },
);

const templateStateSchema = z.object({
  name: nameSchema,
  status: z.string().max(63),
  message: text.optional(),
  podTemplateHash: z.string().max(63).optional(),
  serviceName: z.string().max(253).optional(),
  replicas: z.int().optional(),
  updatedReplicas: z.int().optional(),
  readyReplicas: z.int().optional(),
  availableReplicas: z.int().optional(),
  lastTransitionTime: time.optional(),
});

const analysisStateSchema = z.object({
  name: nameSchema,
  analysisRun: z.string().max(253),
  phase: z.enum(ANALYSIS_PHASES),
  message: text.optional(),
});

const experimentStatusSchema = z.object({
  observedGeneration: z.int().min(-1),
  phase: z.enum(ANALYSIS_PHASES).optional(),
  message: z.string().max(32_768).optional(),
  conditions: z.array(conditionSchema).max(50).optional(),
  availableAt: time.optional(),
  templateStatuses: z.array(templateStateSchema).max(10).optional(),
  analysisRuns: z.array(analysisStateSchema).max(20).optional(),
});

export const experimentSchema = z.object({
  apiVersion: z.literal('sluice.dev/v1alpha1'),
  kind: z.literal('Experiment'),
  metadata: objectMetaSchema,
  spec: experimentSpecSchema,
  status: experimentStatusSchema.optional(),
});

export type Experiment = DeepReadonly<z.infer<typeof experimentSchema>>;
