import { z } from 'zod';
import { durationSchema } from '../../api/duration.ts';
import { PHASES } from '../../api/rollout-status.ts';

const image = z.string().min(1).max(1024);

/** How pods act: ready after a while, or one of the ways in which pods fail. */
const behaviourSchema = z.strictObject({
  image: image.optional().describe('Pods with this container image; all pods when absent.'),
  behave: z.enum(['ready-after', 'never-ready', 'crash-loop', 'image-pull-error', 'readiness-flap']).default('ready-after'),
  after: durationSchema.default('2s').describe('Until the pod is ready, or crashes.'),
});

const PEOPLE = ['pause', 'resume', 'promote', 'promote-full', 'skip-step', 'retry', 'restart', 'abort'] as const;

/** One thing that happens; exactly one member beside `at`. */
const eventSchema = z
  .strictObject({
    at: durationSchema,
    /** A new image of the first container. */
    image: image.optional(),
    /** A file with manifests, beside the scenario. */
    apply: z.string().min(1).max(1024).optional(),
    /** Manifests in place. */
    manifest: z.looseObject({}).optional(),
    scale: z.int().min(0).max(10_000).optional().describe('What an autoscaler or a person sets through the scale subresource.'),
    metric: z
      .record(z.string().min(1).max(253), z.number().nullable())
      .optional()
      .describe('Queries that contain the text answer this from now on; null is no data.'),
    pods: behaviourSchema.optional(),
    request: z.enum(PEOPLE).optional().describe('What a person asks for with the plugin.'),
    crash: z.literal('controller').optional().describe('The controller dies and starts again.'),
  })
  .refine((event) => Object.keys(event).length === 2, {
    message: 'needs exactly one thing that happens beside `at`; split it into one event each',
  });

/** A scenario file. Everything has a default but the expectation: a run that nobody judges proves nothing. */
export const scenarioFileSchema = z.strictObject({
  pods: behaviourSchema.omit({ image: true }).optional(),
  metrics: z.record(z.string().min(1).max(253), z.number().nullable()).optional(),
  limit: durationSchema.default('1h'),
  timeline: z.array(eventSchema).max(1000).default([]),
  expect: z.strictObject({
    phase: z.enum(PHASES),
    /** The image that is stable at the end. */
    stable: image.optional(),
    aborted: z.boolean().optional(),
    /** Texts that lines of the log contain, in this order. */
    log: z.array(z.string().min(1).max(1024)).max(200).optional(),
  }),
});

export type ScenarioFile = z.infer<typeof scenarioFileSchema>;
export type ScenarioEvent = ScenarioFile['timeline'][number];
export type ScenarioPods = z.infer<typeof behaviourSchema>;
