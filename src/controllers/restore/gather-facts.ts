import type { GitTarget } from '../../api/git-target.ts';
import type { RollbackStatus } from '../../api/rollout-status.ts';
import { REVERT_ID_TRAILER } from '../../core/revert/commit-message.ts';
import type { CommitFacts, RestoreFacts } from '../../core/revert/restore-facts.ts';
import { buildManifests, manifestFiles } from '../../core/sync/build-manifests.ts';
import type { GitCallOptions, Repository } from '../../ports/repository.ts';

const HISTORY_LIMIT = 1000;

export interface FactsRequest {
  readonly repository: Repository;
  readonly rollout: { readonly namespace: string; readonly name: string };
  readonly intent: RollbackStatus;
  readonly stableHash: string | undefined;
  readonly target: GitTarget;
  readonly goodCommit: string;
  readonly badCommit: string;
  /** Directory that the reconciler renders. */
  readonly directory: string;
  readonly options: GitCallOptions;
  /** What was read of commits before: a commit never changes, and each look costs several processes. */
  readonly known: Map<string, CommitFacts>;
}

async function commitFacts(request: FactsRequest, oid: string): Promise<CommitFacts> {
  const facts = request.known.get(oid) ?? (await readCommit(request, oid));
  request.known.set(oid, facts);
  return facts;
}

async function readCommit(request: FactsRequest, oid: string): Promise<CommitFacts> {
  const { repository, directory, options, rollout } = request;
  const entries = await repository.listFiles(oid, directory, options);
  const files = manifestFiles(entries);
  const texts = await repository.readBlobs(
    files.map((file) => file.oid),
    options,
  );
  const build = buildManifests(
    files.map((file) => ({ path: file.path, text: texts.get(file.oid) ?? '' })),
    { namespace: rollout.namespace },
  );
  return { oid, entries, manifests: build.manifests, problems: build.problems };
}

/** Commits that the remote no longer has are seen as empty: `decideRestore` stops at the broken ancestry before it looks at them. */
function unknownCommit(oid: string): CommitFacts {
  return { oid, entries: [], manifests: [], problems: [] };
}

/** Fetches the branch and reads everything that a restore decides on, from the remote as it is now. */
export async function gatherFacts(request: FactsRequest): Promise<RestoreFacts> {
  const { repository, target, options, goodCommit: good, badCommit: bad, intent, rollout } = request;
  const tip = await repository.fetch(target.spec.branch, options);
  const goodInTip = await repository.isAncestor(good, tip, options);
  const appliedInTip = await repository.isAncestor(bad, tip, options);
  const goodInApplied = appliedInTip && (await repository.isAncestor(good, bad, options));
  // Without `goodInTip` the search for our own commit would not have covered the branch: nothing may be pushed then.
  const connected = goodInTip && goodInApplied && appliedInTip;
  const trailer = { key: REVERT_ID_TRAILER, value: intent.id };
  const ownCommit = goodInTip ? await repository.findTrailer({ from: good, to: tip, trailer }, options) : undefined;
  const history = connected
    ? await repository.log({ from: good, to: bad, limit: HISTORY_LIMIT }, options)
    : { entries: [], truncated: false };
  return {
    rollout,
    intent,
    target,
    stableHash: request.stableHash,
    good: connected ? await commitFacts(request, good) : unknownCommit(good),
    applied: connected ? await commitFacts(request, bad) : unknownCommit(bad),
    tip: connected ? await commitFacts(request, tip) : unknownCommit(tip),
    ancestry: { goodInApplied: goodInApplied && goodInTip, appliedInTip },
    history: history.entries,
    historyTruncated: history.truncated,
    ownCommit,
  };
}
