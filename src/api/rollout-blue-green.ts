import { z } from 'zod';
import { withRules } from './cel.ts';
import { nameSchema, podMetadataSchema } from './common-fields.ts';
import { intOrPercentSchema } from './int-or-percent.ts';
import { rolloutAnalysisSchema } from './rollout-analysis.ts';
import { antiAffinitySchema } from './rollout-canary.ts';

export const blueGreenStrategySchema = withRules(
  z.object({
    activeService: nameSchema,
    previewService: nameSchema.optional(),
    previewReplicaCount: z.int().min(0).optional(),
    autoPromotionEnabled: z.boolean().optional(),
    autoPromotionSeconds: z.int().min(0).optional(),
    maxUnavailable: intOrPercentSchema.optional(),
    scaleDownDelaySeconds: z.int().min(0).optional(),
    scaleDownDelayRevisionLimit: z.int().min(0).optional(),
    /** 0 keeps the preview after an abort. */
    abortScaleDownDelaySeconds: z.int().min(0).optional(),
    prePromotionAnalysis: rolloutAnalysisSchema.optional(),
    postPromotionAnalysis: rolloutAnalysisSchema.optional(),
    previewMetadata: podMetadataSchema.optional(),
    activeMetadata: podMetadataSchema.optional(),
    antiAffinity: antiAffinitySchema.optional(),
  }),
  {
    rule: '!has(self.previewService) || self.activeService != self.previewService',
    message: 'previewService must differ from activeService; name two Services',
    fieldPath: '.previewService',
  },
);
