import { z } from 'zod';
import { type CelRule, withOneMember, withRules } from './cel.ts';
import { labelsSchema, nameSchema, opaqueSchema, timeSchema } from './common-fields.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { durationSchema } from './duration.ts';
import { labelSelectorSchema } from './label-selector.ts';
import { objectMetaSchema } from './metadata.ts';
import { PARSER_DEFAULT } from './parser-default.ts';
import type { rolloutAnalysisSchema } from './rollout-analysis.ts';
import { blueGreenStrategySchema } from './rollout-blue-green.ts';
import { canaryStrategySchema } from './rollout-canary.ts';
import { serviceSchema } from './rollout-service.ts';
import { rolloutStatusSchema } from './rollout-status.ts';
import type { canaryStepSchema } from './rollout-steps.ts';
import { SELECTOR_MATCHES_TEMPLATE, SELECTOR_NOT_EMPTY } from './selector-rules.ts';

/** Opaque, so that no new pod field needs a new schema; the labels are declared because the selector rule reads them. */
export const podTemplateSchema = z.looseObject({ metadata: z.looseObject({ labels: labelsSchema.optional() }).optional() });

/** CEL: no label in this member of the strategy is one of the selector. */
function leavesSelectorAlone(strategy: string, member: string): CelRule {
  const labels = `${strategy}.${member}.labels`;
  return {
    rule: `!self.?strategy.?${labels.replaceAll('.', '.?')}.hasValue() || self.strategy.${labels}.all(k, !(k in self.?selector.?matchLabels.orValue({})))`,
    message: `${member}.labels must hold no label of the selector: pods with another value would leave their ReplicaSet; use another name`,
    fieldPath: `.strategy.${strategy}.${member}`,
  };
}

const SELECTOR_IS_IMMUTABLE = 'selector is immutable; create a Rollout of another name for another selector';

const SPEC_RULES: readonly CelRule[] = [
  {
    // It may come and go with a workloadRef, which has one of its own.
    rule: 'has(self.selector) == has(oldSelf.selector) || has(self.workloadRef) || has(oldSelf.workloadRef)',
    message: SELECTOR_IS_IMMUTABLE,
    fieldPath: '.selector',
  },
  {
    rule: 'has(self.template) != has(self.workloadRef)',
    message: 'spec needs exactly one of template or workloadRef; remove one or add one',
  },
  {
    rule: `${SELECTOR_NOT_EMPTY} || has(self.workloadRef)`,
    message: 'selector must not be empty: it would match every pod; set matchLabels to labels of the pod template',
    fieldPath: '.selector',
  },
  ...SELECTOR_MATCHES_TEMPLATE,
  {
    rule: 'self.?progressDeadlineSeconds.orValue(600) > self.?minReadySeconds.orValue(0)',
    message: 'progressDeadlineSeconds (default 600) must be greater than minReadySeconds; raise it',
    fieldPath: '.progressDeadlineSeconds',
  },
  leavesSelectorAlone('canary', 'canaryMetadata'),
  leavesSelectorAlone('canary', 'stableMetadata'),
  leavesSelectorAlone('blueGreen', 'previewMetadata'),
  leavesSelectorAlone('blueGreen', 'activeMetadata'),
  {
    rule: "!has(self.releaseDeadline) || self.releaseDeadline.matches('[1-9]')",
    message: 'releaseDeadline must be longer than 0s; raise it, or remove it for no limit',
    fieldPath: '.releaseDeadline',
  },
  {
    rule: 'self.?strategy.?blueGreen.?scaleDownDelayRevisionLimit.orValue(0) <= self.?revisionHistoryLimit.orValue(10)',
    message: 'strategy.blueGreen.scaleDownDelayRevisionLimit must not exceed revisionHistoryLimit (default 10); lower it',
    fieldPath: '.strategy.blueGreen.scaleDownDelayRevisionLimit',
  },
];

const workloadRefSchema = withRules(
  z.object({
    apiVersion: z.string().min(1).max(253).describe('apps/v1 of a Deployment or ReplicaSet, v1 of a PodTemplate.'),
    kind: z.enum(['Deployment', 'ReplicaSet', 'PodTemplate']),
    name: nameSchema,
    scaleDown: z
      .enum(['never', 'onsuccess', 'progressively'])
      .optional()
      .describe('How a Deployment gives way at first: not at all, once the Rollout is Healthy, or pod by pod. Never when absent.'),
  }),
  {
    rule: "self.apiVersion == (self.kind == 'PodTemplate' ? 'v1' : 'apps/v1')",
    message: 'apiVersion must be apps/v1 for a Deployment or ReplicaSet and v1 for a PodTemplate; correct it',
    fieldPath: '.apiVersion',
  },
  {
    rule: "!has(self.scaleDown) || self.scaleDown == 'never' || self.kind == 'Deployment'",
    message: 'scaleDown works with a Deployment only; remove it',
    fieldPath: '.scaleDown',
  },
);

const rollbackWindowSchema = withRules(
  z.object({
    revisions: z
      .int()
      .min(1)
      .optional()
      .describe('Fewer than so many ReplicaSets were created between the one to go back to and the stable one.'),
    duration: durationSchema.optional().describe('The revision to go back to was stable within this time. With revisions, both must hold.'),
  }),
  {
    rule: 'has(self.revisions) || has(self.duration)',
    message: 'rollbackWindow needs revisions or duration; add one, or remove the window',
  },
);

const rolloutSpecSchema = withRules(
  z.object({
    replicas: z.int().min(0).default(1),
    selector: withRules(labelSelectorSchema, { rule: 'self == oldSelf', message: SELECTOR_IS_IMMUTABLE })
      .default({ matchLabels: {} })
      .meta(PARSER_DEFAULT),
    template: podTemplateSchema.optional(),
    workloadRef: workloadRefSchema
      .optional()
      .describe('Takes the pod template from another object, and the selector too unless one is given.'),
    minReadySeconds: z.int().min(0).optional().describe('How long a pod must be ready to count as available; 0 when absent.'),
    revisionHistoryLimit: z.int().min(0).optional().describe('Old ReplicaSets that are kept; 10 when absent.'),
    progressDeadlineSeconds: z.int().min(0).optional().describe('Without progress for this long the rollout is Degraded; 600 when absent.'),
    progressDeadlineAbort: z
      .boolean()
      .optional()
      .describe('A release that exceeds a deadline is aborted; otherwise it is Degraded and goes on when it can.'),
    releaseDeadline: durationSchema
      .optional()
      .describe('How long a whole release may take; pauses and waiting for verdicts do not count. No limit when absent.'),
    paused: z.boolean().optional().describe('Stops the steps until it is false again.'),
    restartAt: timeSchema
      .optional()
      .describe('Pods created before this point in time are replaced, one after the other, once it is reached.'),
    rollbackWindow: rollbackWindowSchema
      .optional()
      .describe('A way back to a revision inside the window skips steps, pauses and analyses; capacity is awaited all the same.'),
    /** How many finished AnalysisRuns and Experiments are kept. */
    analysis: z
      .object({ successfulRunHistoryLimit: z.int().min(0).optional(), unsuccessfulRunHistoryLimit: z.int().min(0).optional() })
      .optional(),
    service: serviceSchema
      .optional()
      .describe('Makes the Services that the strategy names and that do not exist; they go with the Rollout.'),
    strategy: withOneMember(
      z.object({ canary: canaryStrategySchema.optional(), blueGreen: blueGreenStrategySchema.optional() }),
      'strategy',
      'strategy',
    ),
    soak: z
      .object({ duration: durationSchema })
      .optional()
      .describe('After the promotion the old ReplicaSet stays warm for this long; a breach still reverts.'),
    /** The ConfigMaps (and, where the installation allows it, Secrets) that the pods use are part of the revision. */
    config: z
      .object({
        follow: z
          .boolean()
          .optional()
          .describe('false: pods use the ConfigMaps themselves, and a change of one is no new revision. true when absent.'),
        settle: durationSchema
          .optional()
          .describe('A change of the configuration alone waits so long for what is changed along with it; 10s when absent.'),
      })
      .optional(),
    preflight: opaqueSchema.optional(),
    rollback: z
      .object({
        onFailure: z
          .enum(['Revert', 'Abort', 'Freeze'])
          .optional()
          .describe(
            'What a breach leads to: traffic back and a restore commit, traffic back only, or traffic held. Revert when a GitTarget is known.',
          ),
        git: z
          .object({ targetRef: z.object({ name: nameSchema }).optional() })
          .optional()
          .describe('The GitTarget to write to; not needed when the provenance leads to exactly one.'),
      })
      .optional(),
  }),
  ...SPEC_RULES,
);

export const rolloutSchema = z.object({
  apiVersion: z.literal('sluice.dev/v1alpha1'),
  kind: z.literal('Rollout'),
  metadata: objectMetaSchema,
  spec: rolloutSpecSchema,
  status: rolloutStatusSchema.optional(),
});

export type CanaryStep = DeepReadonly<z.infer<typeof canaryStepSchema>>;
export type CanaryStrategy = DeepReadonly<z.infer<typeof canaryStrategySchema>>;
export type BlueGreenStrategy = DeepReadonly<z.infer<typeof blueGreenStrategySchema>>;
export type RolloutAnalysis = DeepReadonly<z.infer<typeof rolloutAnalysisSchema>>;
export type WorkloadRef = DeepReadonly<z.infer<typeof workloadRefSchema>>;
export type RolloutSpec = DeepReadonly<z.infer<typeof rolloutSpecSchema>>;
export type Rollout = DeepReadonly<z.infer<typeof rolloutSchema>>;
