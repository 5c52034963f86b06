import { formatInstant, type Instant, instant, parseInstant } from '../../api/time.ts';
import type { FileChange } from '../../ports/repository.ts';
import { digestConfig } from '../config/config-digest.ts';
import { revisionHash } from '../identity/revision-hash.ts';
import { isInside, normaliseDirectory } from '../provenance/git-names.ts';
import { type Manifest, manifestId } from '../sync/manifest.ts';
import { blocked, short } from './blocked.ts';
import { checkTip, hidingProblem, restoresGood } from './check-tip.ts';
import { type Closure, closureOf } from './closure.ts';
import { commitMessage, REVERT_ID_TRAILER } from './commit-message.ts';
import { budgetFreeAt } from './restore-budget.ts';
import type { RestoreFacts } from './restore-facts.ts';
import type { RestorePlan } from './restore-plan.ts';
import { changedDocuments, entryAt, type Scope, scopeOf } from './restore-scope.ts';
import { sharedObject } from './shared-config.ts';

const FILE_LIMIT = 100;
const SECRET_KINDS = new Set(['Secret', 'SealedSecret', 'ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'ClusterExternalSecret']);
const DEFAULT_AUTHOR = { name: 'Sluice', email: 'sluice@sluice.dev' };

function isSecretLike(manifest: Manifest): boolean {
  return SECRET_KINDS.has(manifest.kind) || manifest.object['sops'] !== undefined;
}

function checkTarget(facts: RestoreFacts, now: Instant): RestorePlan | undefined {
  const { target, rollout, intent } = facts;
  if (target.spec.mode === 'PullRequest') {
    return blocked(
      'PullRequestMode',
      `the GitTarget ${target.metadata.name} asks for pull requests, which are not supported yet; revert by hand, or set mode: Direct`,
    );
  }
  if (target.spec.signing !== undefined) {
    return blocked(
      'SigningUnsupported',
      `the GitTarget ${target.metadata.name} asks for signed commits (spec.signing), which are not supported yet; revert by hand`,
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
    const allowed = target.spec.paths.some((path) => {
      const prefix = normaliseDirectory(path.prefix);
      return prefix !== undefined && path.namespaces.includes(rollout.namespace) && isInside(file, prefix);
    });
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
  const unread = hidingProblem(good, scope) ?? hidingProblem(applied, scope);
  if (unread !== undefined)
    return blocked('UnreadableSource', `${unread.file} cannot be read in one of the commits: ${unread.message}; revert by hand`);
  const foreign = changedDocuments(good, applied).find((manifest) => scope.changed.includes(manifest.file) && !scope.ids.has(manifest.id));
  if (foreign !== undefined) {
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
  const shared = sharedObject(facts, scope);
  if (shared === undefined) return undefined;
  const [object, user] = [shared.object, shared.user].map((manifest) => `${manifest.kind} ${manifest.name}`);
  return blocked(
    'SharedConfigMap',
    `${object} changed since the last good commit and is used by ${user} too, which has not failed: taking it back is for people to decide; revert by hand`,
  );
}

/** The last good commit has to hold the revision that is stable: going back any further would be one more untested change. */
/** A ConfigMap of the last good commit that is not what the stable revision has; those that Git does not hold are not Git's to restore. */
function otherConfig(facts: RestoreFacts): string | undefined {
  const { good, intent, rollout } = facts;
  const differs = (intent.stableConfig ?? []).find(({ kind, name, digest }) => {
    const document = good.manifests.find((manifest) => manifest.id === manifestId({ group: '', kind, namespace: rollout.namespace, name }));
    return kind === 'ConfigMap' && document !== undefined && digestConfig(document.object).digest !== digest;
  });
  return differs === undefined ? undefined : `${differs.kind} ${differs.name}`;
}

function checkStable(facts: RestoreFacts, inGood: Closure): RestorePlan | undefined {
  const { stableHash, good } = facts;
  const other = otherConfig(facts);
  if (other !== undefined) {
    const why = `its ${other} is not that of the stable revision ${stableHash ?? ''}`;
    return blocked('NotTheStable', `commit ${short(good.oid)} does not hold the stable revision: ${why}; revert by hand`);
  }
  if (stableHash === undefined || inGood.template === undefined || revisionHash(inGood.template) === stableHash) return undefined;
  return blocked(
    'NotTheStable',
    `commit ${short(good.oid)} does not hold the stable revision ${stableHash}: its template was never in Git as a whole, or was changed by hand; revert by hand`,
  );
}

/** The proof of the pudding, whatever was checked before: what would be pushed holds the closure as the last good commit did. */
function checkResult(facts: RestoreFacts, scope: Scope, inGood: Closure): RestorePlan | undefined {
  if (restoresGood(facts, scope, inGood.ids)) return undefined;
  return blocked(
    'TipDiffers',
    `the tip ${short(facts.tip.oid)} with the files of ${short(facts.good.oid)} would not hold the last good state; revert by hand`,
  );
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
  const secretsLeft = changedDocuments(good, applied).filter((manifest) => isSecretLike(manifest) && scope.secretIds.has(manifest.id));
  return {
    type: 'Commit',
    parent: tip.oid,
    badCommit: bad.oid,
    files: scope.changed,
    changes,
    author: target.spec.author ?? DEFAULT_AUTHOR,
    date: parseInstant(intent.intentAt) ?? instant(0),
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
    checkTip(facts, scope) ??
    checkStable(facts, inGood) ??
    checkFiles(facts, scope) ??
    checkDocuments(facts, scope) ??
    checkResult(facts, scope, inGood) ??
    checkTarget(facts, now) ??
    commitPlan(facts, scope)
  );
}
