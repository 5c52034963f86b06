import { z } from 'zod';
import { exactlyOne, withOneMember, withRules } from './cel.ts';
import { nameSchema, podMetadataSchema } from './common-fields.ts';

/** Argo's argument sources on a Rollout's side: a revision's hash, or a field of the Rollout. */
const argSourceSchema = withOneMember(
  z.object({
    podTemplateHashValue: z.enum(['Stable', 'Latest']).optional(),
    fieldRef: z.object({ fieldPath: z.string().min(1).max(1024) }).optional(),
  }),
  'valueFrom',
  'source',
);

export const rolloutAnalysisArgSchema = withRules(
  z.object({ name: nameSchema, value: z.string().max(4096).optional(), valueFrom: argSourceSchema.optional() }),
  exactlyOne('an argument', ['value', 'valueFrom'], 'source'),
);

/** Metrics, by regular expression, that report without judging. */
export const dryRunSchema = z.array(z.object({ metricName: z.string().min(1).max(253) })).max(50);

/** How many measurements of a metric, by regular expression, are kept. */
export const measurementRetentionSchema = z
  .array(z.object({ metricName: z.string().min(1).max(253), limit: z.int().min(0).max(100) }))
  .max(50);

/** A named template; `clusterScope` means a ClusterAnalysisTemplate. */
export const templateRefSchema = z.object({ templateName: nameSchema, clusterScope: z.boolean().optional() });

/** What an analysis of a Rollout names: templates and their arguments. */
export const rolloutAnalysisSchema = z.object({
  templates: z.array(templateRefSchema).min(1).max(20),
  args: z
    .array(rolloutAnalysisArgSchema)
    .max(50)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .optional(),
  dryRun: dryRunSchema.optional(),
  measurementRetention: measurementRetentionSchema.optional(),
  analysisRunMetadata: podMetadataSchema.optional(),
});

/** The analysis that judges during the whole rollout, from `startingStep` on. */
export const backgroundAnalysisSchema = rolloutAnalysisSchema.extend({ startingStep: z.int().min(0).optional() });
