import { z } from 'zod';
import {
  type analysisArgSchema,
  analysisArgsSchema,
  type metricSchema,
  metricsSchema,
  type sloSchema,
  slosSchema,
} from './analysis-metric.ts';
import {
  type ANALYSIS_PHASES,
  analysisRunStatusSchema,
  type measurementSchema,
  type metricResultSchema,
  templateStatusSchema,
} from './analysis-status.ts';
import { withRules } from './cel.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { objectMetaSchema } from './metadata.ts';
import { dryRunSchema, measurementRetentionSchema, templateRefSchema } from './rollout-analysis.ts';

const analysisTemplateSpecSchema = withRules(
  z.object({
    args: analysisArgsSchema.optional(),
    metrics: metricsSchema.optional(),
    slos: slosSchema.optional(),
    dryRun: dryRunSchema.optional(),
    measurementRetention: measurementRetentionSchema.optional(),
    /** Templates whose metrics and arguments are taken over. */
    templates: z.array(templateRefSchema).max(20).optional(),
  }),
  {
    rule: '(has(self.metrics) && size(self.metrics) > 0) || (has(self.slos) && size(self.slos) > 0) || (has(self.templates) && size(self.templates) > 0)',
    message: 'spec needs at least one of metrics, slos or templates: an analysis of nothing would always pass',
  },
);

export const analysisTemplateSchema = z.object({
  apiVersion: z.literal('sluice.dev/v1alpha1'),
  kind: z.literal('AnalysisTemplate'),
  metadata: objectMetaSchema,
  spec: analysisTemplateSpecSchema,
  status: templateStatusSchema.optional(),
});

export const clusterAnalysisTemplateSchema = analysisTemplateSchema.extend({ kind: z.literal('ClusterAnalysisTemplate') });

const ttlStrategySchema = z.object({
  secondsAfterCompletion: z.int().min(0).optional(),
  secondsAfterSuccess: z.int().min(0).optional(),
  secondsAfterFailure: z.int().min(0).optional(),
});

const analysisRunSpecSchema = z.object({
  args: analysisArgsSchema.optional(),
  metrics: metricsSchema.optional(),
  slos: slosSchema.optional(),
  dryRun: dryRunSchema.optional(),
  measurementRetention: measurementRetentionSchema.optional(),
  terminate: z.boolean().optional(),
  ttlStrategy: ttlStrategySchema.optional(),
});

export const analysisRunSchema = z.object({
  apiVersion: z.literal('sluice.dev/v1alpha1'),
  kind: z.literal('AnalysisRun'),
  metadata: objectMetaSchema,
  spec: analysisRunSpecSchema,
  status: analysisRunStatusSchema.optional(),
});

export type AnalysisPhase = (typeof ANALYSIS_PHASES)[number];
export type AnalysisArg = DeepReadonly<z.infer<typeof analysisArgSchema>>;
export type Metric = DeepReadonly<z.infer<typeof metricSchema>>;
export type Slo = DeepReadonly<z.infer<typeof sloSchema>>;
export type Measurement = DeepReadonly<z.infer<typeof measurementSchema>>;
export type MetricResult = DeepReadonly<z.infer<typeof metricResultSchema>>;
export type AnalysisTemplate = DeepReadonly<z.infer<typeof analysisTemplateSchema>>;
export type AnalysisTemplateSpec = AnalysisTemplate['spec'];
export type ClusterAnalysisTemplate = DeepReadonly<z.infer<typeof clusterAnalysisTemplateSchema>>;
export type AnalysisRun = DeepReadonly<z.infer<typeof analysisRunSchema>>;
export type AnalysisRunStatus = DeepReadonly<z.infer<typeof analysisRunStatusSchema>>;
export type { MetricProvider } from './metric-provider.ts';
