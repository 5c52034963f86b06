import type { GitTarget } from '../../api/git-target.ts';
import type { RollbackStatus } from '../../api/rollout-status.ts';
import type { LogEntry, TreeEntry } from '../../ports/repository.ts';
import type { Manifest, SourceProblem } from '../sync/manifest.ts';

/** What one commit holds under the reconciler's path. */
export interface CommitFacts {
  readonly oid: string;
  /** Every entry, files or not. */
  readonly entries: readonly TreeEntry[];
  readonly manifests: readonly Manifest[];
  readonly problems: readonly SourceProblem[];
}

/** Everything that `decideRestore` may look at: read from the remote just now. */
export interface RestoreFacts {
  readonly rollout: { readonly namespace: string; readonly name: string };
  readonly intent: RollbackStatus;
  readonly target: GitTarget;
  /** The hash of the stable revision's template; undefined when status does not say. */
  readonly stableHash: string | undefined;
  /** Last good commit. */
  readonly good: CommitFacts;
  /** The commit that was applied when the revision failed. */
  readonly applied: CommitFacts;
  /** Tip of the branch now. */
  readonly tip: CommitFacts;
  readonly ancestry: { readonly goodInApplied: boolean; readonly appliedInTip: boolean };
  /** First-parent log from good (excluded) to applied (included), newest first. */
  readonly history: readonly LogEntry[];
  readonly historyTruncated: boolean;
  /** A commit after good that carries this intent's `Sluice-Revert-Id`. */
  readonly ownCommit: string | undefined;
}
