import { z } from 'zod';
import { withRules } from './cel.ts';
import { branchSchema, nameSchema as name, repositoryPathSchema, repositoryUrlSchema } from './common-fields.ts';
import { conditionSchema } from './conditions.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { objectMetaSchema } from './metadata.ts';

/** A name or address that Git writes into a commit header. */
const identity = withRules(z.string().min(1).max(253), {
  rule: "!self.matches('[<>\\\\n\\\\r]')",
  message: 'author must be without <, > and line breaks; write the plain name and the plain address',
});

const gitTargetSpecSchema = z.object({
  url: repositoryUrlSchema,
  branch: branchSchema,
  /** Which namespaces may have which directories written. A path outside all of them is `Blocked`. */
  paths: z
    .array(z.object({ prefix: repositoryPathSchema, namespaces: z.array(name).min(1).max(100) }))
    .min(1)
    .max(100),
  /** Secret of Sluice's own namespace; tenants cannot name it. */
  secretRef: z.object({ name }).optional().describe("Secret of Sluice's own namespace with the credential."),
  /** Direct: fast-forward push. PullRequest: always a pull request; Direct also falls back to one on a protected branch. */
  mode: z.enum(['Direct', 'PullRequest']).default('Direct'),
  author: z.object({ name: identity, email: identity }).optional(),
  /** Signs restore commits with a key from a Secret of Sluice's own namespace. */
  signing: z.object({ format: z.enum(['ssh', 'openpgp']).default('ssh'), secretRef: z.object({ name }) }).optional(),
  /** Circuit breakers: restore commits an hour for the repository, and a day for one Rollout. */
  budget: z.object({ perHour: z.int().min(1).default(10), perRolloutPerDay: z.int().min(1).default(3) }).optional(),
});

const gitTargetStatusSchema = z.object({
  observedGeneration: z.int().min(-1),
  phase: z.string().max(63).optional(),
  message: z.string().max(32_768).optional(),
  conditions: z.array(conditionSchema).max(50).optional(),
  /** Times of the last restore commits, for the budget; the rollout as namespace/name. */
  restores: z
    .array(z.object({ rollout: z.string().max(512), id: z.string().max(64), at: z.string().max(64) }))
    .max(100)
    .optional(),
});

export const gitTargetSchema = z.object({
  apiVersion: z.literal('sluice.dev/v1alpha1'),
  kind: z.literal('GitTarget'),
  metadata: objectMetaSchema,
  spec: gitTargetSpecSchema,
  status: gitTargetStatusSchema.optional(),
});

export type GitTarget = DeepReadonly<z.infer<typeof gitTargetSchema>>;
export type GitTargetStatus = DeepReadonly<z.infer<typeof gitTargetStatusSchema>>;
