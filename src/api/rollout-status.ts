import { z } from 'zod';
import { opaqueSchema } from './common-fields.ts';
import { conditionSchema } from './conditions.ts';
import type { DeepReadonly } from './deep-readonly.ts';

const hash = z.string().max(63);
const time = z.string().max(64);
const text = z.string().max(4096);

export const PHASES = ['Healthy', 'Progressing', 'Paused', 'Degraded'] as const;

const pauseConditionSchema = z.object({
  /** CanaryPauseStep: a pause step; InconclusiveAnalysisRun: Unknown verdict; UserRequest: somebody asked. */
  reason: z.enum(['CanaryPauseStep', 'BlueGreenPause', 'InconclusiveAnalysisRun', 'InconclusiveExperiment', 'UserRequest']),
  startTime: time,
});

const runReference = z.object({ name: z.string().max(253), status: z.string().max(63), message: text.optional() });

const weightDestination = z.object({
  podTemplateHash: hash.optional(),
  serviceName: z.string().max(253).optional(),
  weight: z.int().min(0),
});

const canaryStatusSchema = z.object({
  weights: z
    .object({
      canary: weightDestination,
      stable: weightDestination,
      additional: z.array(weightDestination).max(50).optional(),
      /** Whether the data plane reports what was written. */
      verified: z.boolean().optional(),
    })
    .optional(),
  currentStepAnalysisRunStatus: runReference.optional(),
  currentBackgroundAnalysisRunStatus: runReference.optional(),
  currentExperiment: z.string().max(253).optional(),
  stablePingPong: z.enum(['ping', 'pong']).optional(),
});

const blueGreenStatusSchema = z.object({
  /** Whom the two Services select. */
  activeSelector: hash.optional(),
  previewSelector: hash.optional(),
  /** The analysis and the pause before the switch are over; what is left is the full size. One way. */
  scaleUpPreviewCheckPoint: z.boolean().optional(),
  /** Available pods of the live template, which may be the preview's: the counts of the Rollout are those of the active ReplicaSet. */
  updatedAvailableReplicas: z.int().optional(),
  prePromotionAnalysisRunStatus: runReference.optional(),
  postPromotionAnalysisRunStatus: runReference.optional(),
});

const durationStatusSchema = z.object({
  rolloutStartedAt: time.optional(),
  manualPauseStartedAt: time.optional(),
  totalManualPauseDurationSeconds: z.int().optional(),
  finishedAt: time.optional(),
  completionStatus: z.string().max(63).optional(),
});

/** Where one generation of the Rollout came from, by the reconciler's own record (design 5.2), never by an annotation. */
const provenanceSchema = z.object({
  /** What reconciles it: `GitSync`, `Argo` or `Flux`. */
  engine: z.enum(['GitSync', 'Argo', 'Flux']),
  /** Name of the reconciler's object, in the Rollout's namespace for GitSync. */
  name: z.string().max(253),
  /** Repository URL, normalised, without user info. */
  repository: z.string().max(1024),
  branch: z.string().max(253),
  /** Directory that the reconciler renders, relative to the repository's root; empty for the root. */
  path: z.string().max(1024),
  /** File that holds the document with the pod template, the Rollout's or its workload's, relative to the repository's root. */
  file: z.string().max(1024),
  /** Commit that was applied. */
  commit: z.string().max(64),
  /** The generation of that object that this commit put into the cluster. */
  generation: z.int(),
  /** Of `lastGood`: the commit that brought what was stable then; `commit` may hold later work on top. */
  broughtBy: z.string().max(64).optional(),
  observedAt: time,
});

export const ROLLBACK_STATES = ['Intent', 'Pushed', 'Applied', 'AlreadyReverted', 'Superseded', 'Blocked'] as const;

/**
 * The restore commit's life. `Intent` is written before Git is touched; `Pushed` once the remote holds the commit; `Applied` once the reconciler applied it.
 * `AlreadyReverted` and `Superseded` mean that the tip had moved: Sluice stood down. `Blocked` names what a person has to do; it is tried again slowly.
 */
const rollbackStatusSchema = z.object({
  /** hash(rollout uid, revision, bad commit): one restore commit each (S9). Also the commit's `Sluice-Revert-Id` trailer. */
  id: z.string().max(64),
  state: z.enum(ROLLBACK_STATES),
  podTemplateHash: hash,
  /** The ordinal that people see. */
  revision: z.int(),
  /** What failed, with the numbers: goes into the commit message after escaping. */
  cause: text,
  analysisRun: z.string().max(253).optional(),
  gitTarget: z.string().max(253).optional(),
  repository: z.string().max(1024).optional(),
  branch: z.string().max(253).optional(),
  /** The commit that was applied when the bad revision was first seen; the change itself may be an earlier one, with other work on top. */
  badCommit: z.string().max(64).optional(),
  /** The newest commit up to `badCommit` that changed the restored files: the one that is taken out. */
  revertedCommit: z.string().max(64).optional(),
  goodCommit: z.string().max(64).optional(),
  /** Tip that the candidate was built on, and the candidate itself: the same inputs give the same object id. */
  parent: z.string().max(64).optional(),
  candidate: z.string().max(64).optional(),
  /** The restore commit on the remote. */
  commit: z.string().max(64).optional(),
  files: z.array(z.string().max(1024)).max(100).optional(),
  reason: z.string().max(63).optional(),
  message: text.optional(),
  /** The two parts of the stable revision, which the last good commit has to hold: the template's hash, and digests of the configuration. */
  stableTemplateHash: hash.optional(),
  stableConfig: z
    .array(z.object({ kind: z.enum(['ConfigMap', 'Secret']), name: z.string().max(253), digest: z.string().max(64) }))
    .max(100)
    .optional(),
  intentAt: time,
  finishedAt: time.optional(),
  /** How often Git was tried, and when it is tried again. */
  attempts: z.int().optional(),
  nextTryAt: time.optional(),
});

const quarantineEntrySchema = z.object({
  podTemplateHash: hash,
  configHash: hash.optional(),
  revision: z.int(),
  at: time,
  cause: text,
});

const stableRevisionSchema = z.object({
  podTemplateHash: hash,
  revision: z.int(),
  /** When another revision became stable in its place. */
  until: time,
});

/** How the configuration of the revision under test differs from that of stable: names of objects and keys, never a value. */
const configChangeSchema = z.object({
  kind: z.enum(['ConfigMap', 'Secret']),
  name: z.string().max(253),
  change: z.enum(['Added', 'Changed', 'Removed']),
  /** The first keys that were added, changed or removed. */
  keys: z.array(z.string().max(253)).max(20).optional(),
});

const configStatusSchema = z.object({
  /** Hash of the configuration of the current revision. */
  hash: hash.optional(),
  changes: z.array(configChangeSchema).max(50).optional(),
  /** The template is that of stable: nothing but the configuration differs. */
  only: z.boolean().optional(),
  /** Since when a change of the configuration alone waits for what is changed along with it. */
  pendingSince: time.optional(),
});

const gateStatusSchema = z.object({
  /** Step index, or the kind of analysis: `background`, `pre-promotion`, ... */
  name: z.string().max(253),
  verdict: z.enum(['Pass', 'Breach', 'Unknown', 'Pending']),
  reason: z.string().max(253).optional(),
  /** The last value of each metric, as people read it. */
  values: z
    .array(z.object({ metric: z.string().max(253), value: text, phase: z.string().max(63) }))
    .max(50)
    .optional(),
  analysisRun: z.string().max(253).optional(),
  since: time.optional(),
});

export const rolloutStatusSchema = z.object({
  observedGeneration: z.int().min(-1),
  phase: z.enum(PHASES).optional(),
  message: z.string().max(32_768).optional(),
  conditions: z.array(conditionSchema).max(50).optional(),

  revision: z.int().optional(),
  currentPodHash: hash.optional(),
  stableRS: hash.optional(),
  currentStepIndex: z.int().min(0).optional(),
  currentStepHash: hash.optional(),
  pauseConditions: z.array(pauseConditionSchema).max(10).optional(),
  /** True once the controller paused for the current pause step: the condition's absence then means that somebody resumed. */
  controllerPause: z.boolean().optional(),
  abort: z.boolean().optional(),
  abortedAt: time.optional(),
  promoteFull: z.boolean().optional(),
  restartedAt: time.optional(),
  /** A restart that is asked for or under way. */
  restart: z
    .object({
      /** By a request; a restart by `spec.restartAt` has none. */
      requestedAt: time.optional(),
      /** The revision whose pods are being replaced, how many old ones it still has, and how many pods it has more meanwhile. */
      podTemplateHash: hash.optional(),
      left: z.int().optional(),
      surge: z.int().optional(),
    })
    .optional(),

  replicas: z.int().optional(),
  updatedReplicas: z.int().optional(),
  readyReplicas: z.int().optional(),
  availableReplicas: z.int().optional(),
  HPAReplicas: z.int().optional(),
  selector: z.string().max(4096).optional(),
  workloadObservedGeneration: z.string().max(32).optional(),
  /** Services whose selector another writer takes our revision out of: how often, and when it is written again. */
  selectorConflicts: z
    .array(
      z.object({
        name: z.string().max(253),
        podTemplateHash: hash,
        /** At most 100. */
        count: z.int().min(1),
        /** Its field manager. */
        writer: z.string().max(128),
        changedAt: time,
        /** Version of the Service that was counted last. */
        version: z.string().max(64),
        retryAt: time,
      }),
    )
    .max(10)
    .optional(),
  /** The Deployment that gives way (`workloadRef.scaleDown`): its size before, and since when it has given way; it is not scaled again after that. */
  workload: z.object({ name: z.string().max(253), replicas: z.int().min(0), finishedAt: time.optional() }).optional(),

  canary: canaryStatusSchema.optional(),
  blueGreen: blueGreenStatusSchema.optional(),
  /**
   * What the data plane may be serving: `weight` was written last; until it is verified, the canary's share may be anything from `low` to `high`.
   * All three are of `maxTrafficWeight`.
   */
  traffic: z
    .object({
      weight: z.int().min(0),
      low: z.int().min(0),
      high: z.int().min(0),
      writtenAt: time,
      /** The revisions that the subsets of a mesh select since that write; absent with routers that select by Service. */
      stableHash: z.string().max(63).optional(),
      canaryHash: z.string().max(63).optional(),
      /** A router had not accepted the write in time, or the write was only about to come: settling counts from when routes and router agree with this. */
      late: z.boolean().optional(),
      /** More than the weight was new in that write, or that is not known: routes that are made or remade may settle later than weights do. */
      remade: z.boolean().optional(),
      /** How often in a row somebody else put other weights back. */
      contested: z.int().min(0).optional(),
    })
    .optional(),
  /** What the strategy said of routes when they were written last: those that it names no longer are given back by it. */
  routing: z
    .object({
      trafficRouting: opaqueSchema,
      stableService: z.string().max(253).optional(),
      canaryService: z.string().max(253).optional(),
      pingPong: z.object({ pingService: z.string().max(253), pongService: z.string().max(253) }).optional(),
    })
    .optional(),
  duration: durationStatusSchema.optional(),
  /** When a running deadline ends; absent while it stands still (paused, waiting for a verdict, done). */
  deadlines: z
    .object({
      progress: time.optional(),
      release: time.optional(),
      /** Of `spec.releaseDeadline`: what was spent until `releaseRunsSince`, or altogether while it stands still. */
      releaseSpentSeconds: z.int().optional(),
      releaseRunsSince: time.optional(),
    })
    .optional(),

  /** `current` belongs to the observed generation; `lastGood` as design 1 defines it. */
  provenance: z.object({ current: provenanceSchema.optional(), lastGood: provenanceSchema.optional() }).optional(),
  config: configStatusSchema.optional(),
  gates: z.array(gateStatusSchema).max(50).optional(),
  rollback: rollbackStatusSchema.optional(),
  quarantine: z.array(quarantineEntrySchema).max(20).optional(),
  /** Set while a revision goes back inside `spec.rollbackWindow`, or while it is still warm: why steps, pauses and analyses are skipped. */
  fastRollback: z.object({ podTemplateHash: hash, message: text, at: time }).optional(),
  /** Revisions that were stable, the newest last; mirrored on their ReplicaSets, because status can be lost. */
  formerlyStable: z.array(stableRevisionSchema).max(20).optional(),
  soak: z.object({ startedAt: time, until: time }).optional(),
  /** Deadline by hash: when an old ReplicaSet goes to 0. */
  scaleDown: z.record(z.string().max(63), time).optional(),
  /** AnalysisRun attempts by `<hash>-<what>` of the current revision, so that a retry gets a new run. */
  attempts: z.record(z.string().max(253), z.int()).optional(),

  /** The whole annotation value that was last handled. */
  lastHandledRequest: z.string().max(1024).optional(),
  lastHandledAbort: z.string().max(1024).optional(),
  /** What became of the last request or abort that was handled. */
  requestOutcome: z
    .object({
      request: z.string().max(1024),
      verb: z.string().max(63),
      outcome: z.enum(['Executed', 'Refused', 'Acknowledged']),
      reason: z.string().max(63),
      message: text,
      at: time,
    })
    .optional(),
});

export type Phase = (typeof PHASES)[number];
export type PauseCondition = DeepReadonly<z.infer<typeof pauseConditionSchema>>;
export type Provenance = DeepReadonly<z.infer<typeof provenanceSchema>>;
export type RollbackStatus = DeepReadonly<z.infer<typeof rollbackStatusSchema>>;
export type QuarantineEntry = DeepReadonly<z.infer<typeof quarantineEntrySchema>>;
export type StableRevision = DeepReadonly<z.infer<typeof stableRevisionSchema>>;
export type ConfigChange = DeepReadonly<z.infer<typeof configChangeSchema>>;
export type ConfigStatus = DeepReadonly<z.infer<typeof configStatusSchema>>;
export type GateStatus = DeepReadonly<z.infer<typeof gateStatusSchema>>;
export type RolloutStatus = DeepReadonly<z.infer<typeof rolloutStatusSchema>>;
