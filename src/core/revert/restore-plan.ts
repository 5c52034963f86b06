import type { Instant } from '../../api/time.ts';
import type { FileChange } from '../../ports/repository.ts';

export const BLOCKED_REASONS = [
  'NoProvenance',
  'GitTargetGone',
  'PullRequestMode',
  'SigningUnsupported',
  'BudgetExhausted',
  'RewrittenHistory',
  'HistoryTooLong',
  'NotInGit',
  'NoGitCause',
  'RevertOfRevert',
  'UnreadableSource',
  'UnsafeEntry',
  'OutsidePrefixes',
  'SharedFile',
  'SharedConfigMap',
  'TipDiffers',
  'NotTheStable',
  'SecretInFile',
  'TooManyFiles',
] as const;

export type BlockedReason = (typeof BLOCKED_REASONS)[number];

/** What a restore has to do, as data. */
export type RestorePlan =
  /** The remote already holds our commit: a push whose reply or status was lost. */
  | { readonly type: 'Adopt'; readonly commit: string }
  | { readonly type: 'AlreadyReverted'; readonly message: string }
  | { readonly type: 'Superseded'; readonly message: string }
  | { readonly type: 'Blocked'; readonly reason: BlockedReason; readonly message: string; readonly retryAt?: Instant | undefined }
  | {
      readonly type: 'Commit';
      readonly parent: string;
      readonly badCommit: string;
      readonly files: readonly string[];
      readonly changes: ReadonlyMap<string, FileChange>;
      readonly author: { readonly name: string; readonly email: string };
      readonly date: Instant;
      readonly message: string;
    };
