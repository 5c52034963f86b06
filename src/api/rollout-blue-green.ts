import { z } from 'zod';
import { withRules } from './cel.ts';
import { nameSchema, podMetadataSchema } from './common-fields.ts';
import { intOrPercentSchema } from './int-or-percent.ts';
import { rolloutAnalysisSchema } from './rollout-analysis.ts';
import { antiAffinitySchema } from './rollout-canary.ts';

export const blueGreenStrategySchema = withRules(
  z.object({
    activeService: nameSchema.describe('The Service that carries the traffic: its selector is switched.'),
    previewService: nameSchema.optional().describe('A Service that leads to the revision under test.'),
    previewReplicaCount: z
      .int()
      .min(0)
      .optional()
      .describe('Pods of the preview until analysis and pause before the switch are over; replicas when absent, and never more.'),
    autoPromotionEnabled: z.boolean().optional().describe('False waits for a person before the switch; true when absent.'),
    autoPromotionSeconds: z
      .int()
      .min(0)
      .optional()
      .describe(
        'How long to wait before the switch, from when the preview is ready and judged; ends the wait also when autoPromotionEnabled is false.',
      ),
    maxUnavailable: intOrPercentSchema
      .optional()
      .describe('Pods that may be missing while a restart or a way back goes on; 25% when absent.'),
    scaleDownDelaySeconds: z.int().min(0).optional().describe('How long a ReplicaSet that no longer serves stays warm; 30 when absent.'),
    scaleDownDelayRevisionLimit: z.int().min(0).optional().describe('Most old ReplicaSets that stay warm; all when absent.'),
    abortScaleDownDelaySeconds: z
      .int()
      .min(0)
      .optional()
      .describe('How long the preview of an aborted release stays; 30 when absent, 0 keeps it.'),
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
  {
    rule: '!has(self.prePromotionAnalysis) || !has(self.previewReplicaCount) || self.previewReplicaCount > 0',
    message: 'previewReplicaCount must be at least 1 with prePromotionAnalysis: there would be no pod to judge; raise it or remove one',
    fieldPath: '.previewReplicaCount',
  },
);
