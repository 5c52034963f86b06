import { z } from 'zod';
import { nameSchema } from './common-fields.ts';
import { conditionSchema } from './conditions.ts';

/** Status of the kinds that only have to type-check: templates and providers. */
export const templateStatusSchema = z.object({
  observedGeneration: z.int().min(-1),
  phase: z.string().max(63).optional(),
  message: z.string().max(32_768).optional(),
  conditions: z.array(conditionSchema).max(50).optional(),
});

/** Argo's six values. Successful = Pass, Failed = Breach, every other one is Unknown (design 6). */
export const ANALYSIS_PHASES = ['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'] as const;

export const measurementSchema = z.object({
  phase: z.enum(ANALYSIS_PHASES),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  /** The measured value as people read it; numbers only, never a body that a server sent. */
  value: z.string().max(1024).optional(),
  message: z.string().max(4096).optional(),
  /** What the provider needs to find a measurement that is under way again: `job-name`. */
  metadata: z.record(z.string().max(63), z.string().max(253)).meta({ maxProperties: 8 }).optional(),
});

/** The limits of a metric with its arguments filled in: `count`, `failure`, `inconclusive`, `consecutiveError`, `consecutiveSuccess`. */
const metricLimitsSchema = z.record(z.string(), z.int()).meta({ maxProperties: 8 });

export const metricResultSchema = z.object({
  name: nameSchema,
  phase: z.enum(ANALYSIS_PHASES),
  /** Reports without judging. */
  dryRun: z.boolean().optional(),
  count: z.int().optional(),
  successful: z.int().optional(),
  failed: z.int().optional(),
  inconclusive: z.int().optional(),
  error: z.int().optional(),
  consecutiveError: z.int().optional(),
  consecutiveSuccess: z.int().optional(),
  message: z.string().max(4096).optional(),
  /** The conditions with their arguments filled in. */
  threshold: z.string().max(4200).optional(),
  limits: metricLimitsSchema.optional(),
  /** Failed measurements that are still tolerated; absent when all are, and when the metric has ended. */
  remainingFailures: z.int().optional(),
  nextMeasurementAt: z.string().max(64).optional(),
  measurements: z.array(measurementSchema).max(100).optional(),
});

/** How many metrics ended how: `count`, `successful`, `failed`, `inconclusive`, `error`. */
const runSummarySchema = z.record(z.string(), z.int()).meta({ maxProperties: 8 });

export const analysisRunStatusSchema = z.object({
  observedGeneration: z.int().min(-1),
  phase: z.enum(ANALYSIS_PHASES).optional(),
  message: z.string().max(32_768).optional(),
  conditions: z.array(conditionSchema).max(50).optional(),
  startedAt: z.string().optional(),
  completedAt: z.string().optional(),
  /** Metrics that count for the verdict, by how they ended. */
  runSummary: runSummarySchema.optional(),
  /** Metrics that only report. */
  dryRunSummary: runSummarySchema.optional(),
  metricResults: z.array(metricResultSchema).max(50).optional(),
});
