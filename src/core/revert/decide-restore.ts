import { formatInstant, type Instant, parseInstant } from '../../api/time.ts';
import type { FileChange, TreeEntry } from '../../ports/repository.ts';
import { isInside } from '../provenance/git-names.ts';
import type { Manifest } from '../sync/manifest.ts';
import { type Closure, closureOf } from './closure.ts';
import { commitMessage, REVERT_ID_TRAILER } from './commit-message.ts';
import { budgetFreeAt } from './restore-budget.ts';
import type { CommitFacts, RestoreFacts } from './restore-facts.ts';
import type { BlockedReason, RestorePlan } from './restore-plan.ts';

const FILE_LIMIT = 100;
const SECRET_KINDS = new Set(['Secret', 'SealedSecret', 'ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'ClusterExternalSecret']);
const DEFAULT_AUTHOR = { name: 'Sluice', email: 'sluice@sluice.dev' };

function blocked(reason: BlockedReason, message: string, retryAt?: Instant): RestorePlan {
  return { type: 'Blocked', reason, message, ...(retryAt === undefined ? {} : { retryAt }) };
}

function short(oid: string): string {
  return oid.slice(0, 12);
}

function isSecretLike(manifest: Manifest): boolean {
  return SECRET_KINDS.has(manifest.kind) || manifest.object['sops'] !== undefined;
}

function entryAt(commit: CommitFacts, path: string): TreeEntry | undefined {
  return commit.entries.find((entry) => entry.path === path);
}

function sameAt(a: CommitFacts, b: CommitFacts, path: string): boolean {
  const [left, right] = [entryAt(a, path), entryAt(b, path)];
  return left?.oid === right?.oid && left?.mode === right?.mode;
}

interface Scope {
  /** Ids of both closures. */
  readonly ids: ReadonlySet<string>;
  readonly secretIds: ReadonlySet<string>;
  /** Files of the closure that differ between good and applied, sorted. */
  readonly changed: readonly string[];
}

function scopeOf(good: CommitFacts, applied: CommitFacts, closures: readonly Closure[]): Scope {
  const ids = new Set(closures.flatMap((closure) => [...closure.ids]));
  const secretIds = new Set(closures.flatMap((closure) => [...closure.secretIds]));
  const files = [...good.manifests, ...applied.manifests].filter((manifest) => ids.has(manifest.id)).map((manifest) => manifest.file);
  return { ids, secretIds, changed: [...new Set(files)].filter((file) => !sameAt(good, applied, file)).toSorted() };
}

/** Documents that are not the same in both commits, by id, in these files. */
function changedDocuments(good: CommitFacts, applied: CommitFacts, inFile: (file: string) => boolean): readonly Manifest[] {
  const key = (manifest: Manifest): string => `${manifest.file}\n${manifest.id}\n${manifest.digest}`;
  const before = new Set(good.manifests.map(key));
  const after = new Set(applied.manifests.map(key));
  const changed = [
    ...good.manifests.filter((manifest) => !after.has(key(manifest))),
    ...applied.manifests.filter((manifest) => !before.has(key(manifest))),
  ];
  return changed.filter((manifest) => inFile(manifest.file));
}

function checkTarget(facts: RestoreFacts, now: Instant): RestorePlan | undefined {
  const { target, rollout, intent } = facts;
  if (target.spec.mode === 'PullRequest') {
    return blocked(
      'PullRequestMode',
      `the GitTarget ${target.metadata.name} asks for pull requests, which are not supported yet; revert by hand, or set mode: Direct`,
    );
  }
  const freeAt = budgetFreeAt(target, `${rollout.namespace}/${rollout.name}`, intent.id, now);
  if (freeAt === undefined) return undefined;
  return blocked(
    'BudgetExhausted',
    `the budget for restore commits of the GitTarget ${target.metadata.name} is used up until ${formatInstant(freeAt)}; revert by hand if it cannot wait`,
    freeAt,
  );
}

function checkHistory(facts: RestoreFacts): RestorePlan | undefined {
  const { goodInApplied, appliedInTip } = facts.ancestry;
  if (!goodInApplied || !appliedInTip) {
    const [older, newer] = goodInApplied ? [facts.applied.oid, facts.tip.oid] : [facts.good.oid, facts.applied.oid];
    return blocked(
      'RewrittenHistory',
      `commit ${short(older)} is not part of the history of ${short(newer)}: the branch was rewritten; revert by hand`,
    );
  }
  if (facts.historyTruncated)
    return blocked(
      'HistoryTooLong',
      `more than ${facts.history.length} commits lie between the last good commit ${short(facts.good.oid)} and ${short(facts.applied.oid)}; revert by hand`,
    );
  return undefined;
}

/** Entries of the changed files that are no plain files, files that cannot be read, files that may not be written. */
function checkFiles(facts: RestoreFacts, scope: Scope): RestorePlan | undefined {
  const { good, applied, target, rollout } = facts;
  for (const file of scope.changed) {
    const allowed = target.spec.paths.some(
      (path) => path.namespaces.includes(rollout.namespace) && isInside(file, path.prefix.replace(/^(\.?\/)+/, '').replace(/\/+$/, '')),
    );
    if (!allowed)
      return blocked(
        'OutsidePrefixes',
        `${file} is outside of the paths that the GitTarget ${target.metadata.name} allows for the namespace ${rollout.namespace}`,
      );
    const unsafe = [good, applied].some((commit) => entryAt(commit, file) !== undefined && entryAt(commit, file)?.type !== 'file');
    if (unsafe) return blocked('UnsafeEntry', `${file} is a symlink or submodule in one of the commits; revert by hand`);
  }
  if (scope.changed.length > FILE_LIMIT)
    return blocked('TooManyFiles', `${scope.changed.length} files would have to change, more than ${FILE_LIMIT}; revert by hand`);
  return undefined;
}

function checkDocuments(facts: RestoreFacts, scope: Scope): RestorePlan | undefined {
  const { good, applied } = facts;
  const inScope = new Set(scope.changed);
  const unread = [...good.problems, ...applied.problems].find((problem) => inScope.has(problem.file));
  if (unread !== undefined)
    return blocked('UnreadableSource', `${unread.file} cannot be read in one of the commits: ${unread.message}; revert by hand`);
  const changed = changedDocuments(good, applied, (file) => inScope.has(file));
  const foreign = changed.find((manifest) => !scope.ids.has(manifest.id));
  if (foreign === undefined) return undefined;
  const what = `${foreign.kind} ${foreign.name}`;
  if (isSecretLike(foreign))
    return blocked(
      'SecretInFile',
      `${foreign.file} also holds ${what}, which changed since the last good commit, and Secrets are never restored; move it to a file of its own, and revert by hand`,
    );
  return blocked(
    'SharedFile',
    `${foreign.file} also holds ${what}, which is not part of this Rollout and changed since the last good commit; revert by hand, and give it a file of its own`,
  );
}

/** What the tip says: somebody was faster, or the files are as the bad change left them. */
function checkTip(facts: RestoreFacts, scope: Scope): RestorePlan | undefined {
  const { good, applied, tip } = facts;
  if (scope.changed.every((file) => sameAt(tip, good, file))) {
    return {
      type: 'AlreadyReverted',
      message: `the tip ${short(tip.oid)} already holds the last good state of ${scope.changed.join(', ')}`,
    };
  }
  const moved = scope.changed.find((file) => !sameAt(tip, applied, file));
  if (moved !== undefined)
    return { type: 'Superseded', message: `${moved} was changed again up to ${short(tip.oid)}: a newer change is never overwritten` };
  const inScope = new Set(scope.changed);
  const elsewhere = tip.manifests.find((manifest) => {
    const known = applied.manifests.some(
      (before) => before.id === manifest.id && before.file === manifest.file && before.digest === manifest.digest,
    );
    return scope.ids.has(manifest.id) && !inScope.has(manifest.file) && !known;
  });
  if (elsewhere !== undefined)
    return {
      type: 'Superseded',
      message: `${elsewhere.kind} ${elsewhere.name} was changed in ${elsewhere.file} up to ${short(tip.oid)}: a newer change is never overwritten`,
    };
  return undefined;
}

function commitPlan(facts: RestoreFacts, scope: Scope): RestorePlan {
  const { good, applied, tip, intent, rollout, target, history } = facts;
  const touching = history.filter((entry) => entry.files.some((file) => scope.changed.includes(file)));
  const bad = touching[0];
  if (bad === undefined)
    return blocked('NoGitCause', `no commit between ${short(good.oid)} and ${short(applied.oid)} explains the change; revert by hand`);
  if (bad.trailers.some((trailer) => trailer.key === REVERT_ID_TRAILER)) {
    return blocked(
      'RevertOfRevert',
      `the failed change ${short(bad.oid)} is itself a restore commit of Sluice; a revert of a revert is never made by itself`,
    );
  }
  const changes = new Map(
    scope.changed.map((file): [string, FileChange] => {
      const entry = entryAt(good, file);
      return [file, entry === undefined ? null : { oid: entry.oid, mode: entry.mode }];
    }),
  );
  const plainRevert = touching.length === 1 && bad.parents.length === 1 && bad.files.every((file) => scope.changed.includes(file));
  const secretsLeft = changedDocuments(good, applied, () => true).filter(
    (manifest) => isSecretLike(manifest) && scope.secretIds.has(manifest.id),
  );
  return {
    type: 'Commit',
    parent: tip.oid,
    badCommit: bad.oid,
    files: scope.changed,
    changes,
    author: target.spec.author ?? DEFAULT_AUTHOR,
    date: parseInstant(intent.intentAt) ?? (0 as Instant),
    message: commitMessage({
      rollout,
      intent,
      goodCommit: good.oid,
      bad,
      plainRevert,
      files: scope.changed,
      secretsLeft: [...new Set(secretsLeft.map((manifest) => `${manifest.kind} ${manifest.name}`))],
    }),
  };
}

/**
 * Whether and how the bad change is taken out of Git, for the closure Rollout + workload + ConfigMaps, by whole files: only when every document that differs
 * in them between last good and bad belongs to the closure, and the tip holds them as the bad change left them. Pure: the same facts give the same commit.
 */
export function decideRestore(facts: RestoreFacts, now: Instant): RestorePlan {
  if (facts.ownCommit !== undefined) return { type: 'Adopt', commit: facts.ownCommit };
  const early = checkHistory(facts);
  if (early !== undefined) return early;
  const closures = [closureOf(facts.good.manifests, facts.rollout), closureOf(facts.applied.manifests, facts.rollout)];
  const [inGood, inApplied] = closures;
  if (inGood === undefined || inApplied === undefined) {
    const where = inGood === undefined ? facts.good.oid : facts.applied.oid;
    return blocked(
      'NotInGit',
      `commit ${short(where)} does not hold the Rollout ${facts.rollout.namespace}/${facts.rollout.name} as a readable document; revert by hand`,
    );
  }
  const scope = scopeOf(facts.good, facts.applied, [inGood, inApplied]);
  if (scope.changed.length === 0) {
    return blocked(
      'NoGitCause',
      `Git holds the same Rollout and ConfigMaps at ${short(facts.good.oid)} and ${short(facts.applied.oid)}: the failure was not caused by a commit`,
    );
  }
  return (
    checkFiles(facts, scope) ??
    checkDocuments(facts, scope) ??
    checkTip(facts, scope) ??
    checkTarget(facts, now) ??
    commitPlan(facts, scope)
  );
}
