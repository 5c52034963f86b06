import type { z } from 'zod';
import {
  type AnalysisRun,
  type AnalysisTemplate,
  analysisRunSchema,
  analysisTemplateSchema,
  type ClusterAnalysisTemplate,
  clusterAnalysisTemplateSchema,
} from './analysis.ts';
import { type Experiment, experimentSchema } from './experiment.ts';
import type { ParseResult } from './field-problem.ts';
import { type GitSync, gitSyncSchema } from './git-sync.ts';
import { type GitTarget, gitTargetSchema } from './git-target.ts';
import type { KubeObject } from './metadata.ts';
import { type MetricProvider, metricProviderSchema } from './metric-provider.ts';
import { type Rollout, rolloutSchema } from './rollout.ts';
import { zodProblem } from './zod-problem.ts';

/**
 * Reads one object, or names every problem of its shape. Fields that the schema does not know are left out, as the API server prunes them;
 * `unknownFields` lists them. The rules between fields are the business of `core/lint`.
 */
export type Parse<T> = (raw: KubeObject) => ParseResult<T>;

function parser<Output>(schema: z.ZodType<Output>): Parse<Output> {
  return (raw) => {
    const result = schema.safeParse(raw, { reportInput: true });
    return result.success ? { ok: true, value: result.data } : { ok: false, problems: result.error.issues.map(zodProblem) };
  };
}

/** Reads a Rollout. */
export const parseRollout: Parse<Rollout> = parser(rolloutSchema);
/** Reads an AnalysisTemplate. */
export const parseAnalysisTemplate: Parse<AnalysisTemplate> = parser(analysisTemplateSchema);
/** Reads a ClusterAnalysisTemplate. */
export const parseClusterAnalysisTemplate: Parse<ClusterAnalysisTemplate> = parser(clusterAnalysisTemplateSchema);
/** Reads an AnalysisRun. */
export const parseAnalysisRun: Parse<AnalysisRun> = parser(analysisRunSchema);
/** Reads an Experiment. */
export const parseExperiment: Parse<Experiment> = parser(experimentSchema);
/** Reads a MetricProvider. */
export const parseMetricProvider: Parse<MetricProvider> = parser(metricProviderSchema);
/** Reads a GitTarget. */
export const parseGitTarget: Parse<GitTarget> = parser(gitTargetSchema);
/** Reads a GitSync. */
export const parseGitSync: Parse<GitSync> = parser(gitSyncSchema);
