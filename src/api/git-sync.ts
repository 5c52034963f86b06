import { z } from 'zod';
import { branchSchema, nameSchema as name, repositoryPathSchema, repositoryUrlSchema } from './common-fields.ts';
import { conditionSchema } from './conditions.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { durationSchema } from './duration.ts';
import { objectMetaSchema } from './metadata.ts';

const gitSyncSpecSchema = z.object({
  url: repositoryUrlSchema,
  branch: branchSchema,
  path: repositoryPathSchema.optional().describe('Directory in the repository; the root when absent.'),
  interval: durationSchema.default('1m'),
  prune: z.boolean().default(true).describe('Deletes what is no longer in Git, once the rest is healthy.'),
  suspend: z.boolean().optional().describe('Neither fetches nor applies while it is true.'),
  timeout: durationSchema.optional(),
  /** Applies, and reads `secretRef`, only as this account of its own namespace (M18); missing or empty is `Stalled`. */
  serviceAccountName: z.string().max(253).optional().describe('Account of this namespace that everything is applied as; needed.'),
  /** Secret of the same namespace with `username` and `password`, or `identity` and `known_hosts`. */
  secretRef: z.object({ name }).optional().describe('Secret of this namespace: username and password, or identity and known_hosts.'),
});

/** One applied object, by the reconciler's own record: the provenance that a restore trusts. */
const inventoryEntrySchema = z.object({
  group: z.string().max(253),
  version: z.string().max(63),
  kind: z.string().max(63),
  namespace: z.string().max(253).optional(),
  name,
  uid: z.string().max(64),
  /** `metadata.generation` that the apply returned; absent for kinds without one. */
  generation: z.int().optional(),
  /** File of the document, relative to the repository's root. */
  file: z.string().max(1024),
  /** The first applied commit whose document had this digest. */
  commit: z.string().max(64),
  /** SHA-256 of the canonical JSON of the document, without what GitSync stamps. */
  digest: z.string().max(64),
  /** Of a ConfigMap: SHA-256 of what the apply left in it, as pods see it. */
  content: z.string().max(64).optional(),
  /** Of a Rollout: the first applied commit whose Rollout, workload and ConfigMaps together had this digest. */
  closure: z.object({ commit: z.string().max(64), digest: z.string().max(64) }).optional(),
});

const gitSyncStatusSchema = z.object({
  observedGeneration: z.int().min(-1),
  phase: z.string().max(63).optional(),
  message: z.string().max(32_768).optional(),
  conditions: z.array(conditionSchema).max(50).optional(),
  /** Written before applying. */
  lastAttemptedRevision: z.string().max(64).optional(),
  /** Rollouts of which `lastAttemptedRevision` may be in the cluster only in part: none of them starts a revision of the mix. Written before applying. */
  waitingRollouts: z.array(name).max(2000).optional(),
  /** Every object of this commit was applied. Says nothing of health. */
  lastAppliedRevision: z.string().max(64).optional(),
  lastAppliedAt: z.string().max(64).optional(),
  lastHandledRequest: z.string().max(1024).optional(),
  inventory: z.array(inventoryEntrySchema).max(2000).optional(),
  /** What the inventory was applied from: it says nothing of another repository, branch or path that the spec names by now. */
  source: z.object({ url: z.string().max(1024), branch: z.string().max(253), path: z.string().max(1024) }).optional(),
});

export const gitSyncSchema = z.object({
  apiVersion: z.literal('sluice.dev/v1alpha1'),
  kind: z.literal('GitSync'),
  metadata: objectMetaSchema,
  spec: gitSyncSpecSchema,
  status: gitSyncStatusSchema.optional(),
});

export type InventoryEntry = DeepReadonly<z.infer<typeof inventoryEntrySchema>>;
export type GitSync = DeepReadonly<z.infer<typeof gitSyncSchema>>;
export type GitSyncStatus = DeepReadonly<z.infer<typeof gitSyncStatusSchema>>;
