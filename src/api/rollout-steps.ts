import { z } from 'zod';
import { MEMBERS_SET, withOneMember, withRules } from './cel.ts';
import { nameSchema, opaqueSchema, podMetadataSchema } from './common-fields.ts';
import { durationOrSecondsSchema, durationSchema } from './duration.ts';
import { labelSelectorSchema } from './label-selector.ts';
import { dryRunSchema, rolloutAnalysisArgSchema, rolloutAnalysisSchema } from './rollout-analysis.ts';

/** The kinds of step; a step has exactly one of them. */
export const STEP_KINDS = [
  'setWeight',
  'pause',
  'gate',
  'analysis',
  'setCanaryScale',
  'experiment',
  'setHeaderRoute',
  'setMirrorRoute',
  'plugin',
] as const;

export const STRING_MATCH_FORMS = ['exact', 'prefix', 'regex'] as const;

/** Argo's string match: one form. */
const stringMatchSchema = withOneMember(
  z.object({
    exact: z.string().max(1024).optional(),
    prefix: z.string().max(1024).optional(),
    regex: z.string().max(1024).optional(),
  }),
  'the match',
  'form',
);

const experimentStepTemplateSchema = z.object({
  name: nameSchema,
  specRef: z.enum(['stable', 'canary']),
  replicas: z.int().min(0).optional(),
  weight: z.int().min(0).max(100).optional(),
  metadata: podMetadataSchema.optional(),
  selector: labelSelectorSchema.optional(),
  service: z.object({ name: nameSchema.optional() }).optional(),
});

const experimentStepAnalysisSchema = z.object({
  name: nameSchema,
  templateName: nameSchema,
  clusterScope: z.boolean().optional(),
  args: z.array(rolloutAnalysisArgSchema).max(20).optional(),
  requiredForCompletion: z.boolean().optional(),
});

const experimentStepSchema = z.object({
  templates: z.array(experimentStepTemplateSchema).min(1).max(10),
  duration: durationOrSecondsSchema.optional(),
  analyses: z.array(experimentStepAnalysisSchema).max(10).optional(),
  scaleDownDelaySeconds: z.int().min(0).optional(),
  dryRun: dryRunSchema.optional(),
  analysisRunMetadata: podMetadataSchema.optional(),
});

/** `matchTrafficWeight: false` beside another member says nothing, as with Argo Rollouts. */
const setCanaryScaleSchema = withRules(
  z.object({
    replicas: z.int().min(0).optional(),
    weight: z.int().min(0).max(100).optional(),
    matchTrafficWeight: z.boolean().optional(),
  }),
  {
    rule: `${MEMBERS_SET} == (self.?matchTrafficWeight.orValue(true) ? 1 : 2)`,
    message: 'setCanaryScale needs exactly one member: replicas, weight or matchTrafficWeight',
  },
);

/** Sends requests with these headers to the canary; without `match` the route is removed. */
const setHeaderRouteSchema = z.object({
  name: nameSchema,
  match: z
    .array(z.object({ headerName: z.string().min(1).max(256), headerValue: stringMatchSchema }))
    .max(10)
    .optional(),
});

/** Copies requests to the canary; without `match` the route is removed. */
const setMirrorRouteSchema = z.object({
  name: nameSchema,
  match: z
    .array(
      z.object({
        method: stringMatchSchema.optional(),
        path: stringMatchSchema.optional(),
        headers: z.record(z.string().max(256), stringMatchSchema).meta({ maxProperties: 10 }).optional(),
      }),
    )
    .max(10)
    .optional(),
  percentage: z.int().min(0).max(100).optional(),
});

/** One step: exactly one of its members (design 2, stated again as a CEL rule). */
export const canaryStepSchema = withOneMember(
  z.object({
    setWeight: z
      .int()
      .min(0)
      .max(1_000_000)
      .optional()
      .describe('Share of the traffic for the new revision, of trafficRouting.maxTrafficWeight: a percentage when that is absent.'),
    pause: z
      .object({ duration: durationOrSecondsSchema.optional() })
      .optional()
      .describe('Waits for the duration, or until a person resumes when there is none.'),
    gate: z
      .object({ maxDuration: durationSchema.optional() })
      .optional()
      .describe('Advances as soon as the evidence of the SLOs allows, aborts as soon as it is against.'),
    analysis: rolloutAnalysisSchema.optional().describe('Runs an analysis and advances when it passes.'),
    setCanaryScale: setCanaryScaleSchema.optional(),
    experiment: experimentStepSchema.optional(),
    setHeaderRoute: setHeaderRouteSchema.optional(),
    setMirrorRoute: setMirrorRouteSchema.optional(),
    plugin: z.object({ name: nameSchema, config: opaqueSchema.optional() }).optional(),
  }),
  'a step',
  'kind',
  '; split a step of several kinds into one step each',
);
