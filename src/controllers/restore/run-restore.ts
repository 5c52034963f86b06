import type { GitTarget } from '../../api/git-target.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { Provenance, RollbackStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant } from '../../api/time.ts';
import { sameRepository } from '../../core/provenance/repository-url.ts';
import { decideRestore } from '../../core/revert/decide-restore.ts';
import type { CommitFacts } from '../../core/revert/restore-facts.ts';
import type { RestorePlan } from '../../core/revert/restore-plan.ts';
import { isSluiceError } from '../../ports/errors.ts';
import {
  type PushOutcome,
  type Repository,
  type RepositoryCredential,
  type RepositoryFailure,
  repositoryFailure,
} from '../../ports/repository.ts';
import { gatherFacts } from './gather-facts.ts';
import { recordInBudget } from './record-in-budget.ts';
import { repositoryCredential } from './repository-credential.ts';
import type { RestoreDeps } from './restore-deps.ts';
import { nextTry } from './retry-delay.ts';
import type { RollbackWriter } from './rollback-writer.ts';

/** How often a tip that moved under us is followed at once. */
const IMMEDIATE_TRIES = 10;
const MESSAGE_LIMIT = 2000;

export interface RestoreRun {
  readonly deps: RestoreDeps;
  readonly rollout: Rollout;
  readonly writer: RollbackWriter;
  readonly signal: AbortSignal;
}

interface Block {
  readonly reason: string;
  readonly message: string;
  /** Passes by itself: tried again soon. */
  readonly passing: boolean;
  readonly retryAt?: Instant | undefined;
}

const FAILURE_REASON: Readonly<Record<RepositoryFailure, string>> = {
  Authentication: 'AuthenticationFailed',
  Unreachable: 'RepositoryUnreachable',
  Missing: 'RepositoryMissing',
  Timeout: 'RepositoryTimeout',
  TooLarge: 'RepositoryTooLarge',
  Corrupt: 'RepositoryFailed',
  Invalid: 'RepositoryFailed',
  Unknown: 'RepositoryFailed',
};
// `Missing` is also what a cache says that was made anew between two of our calls.
const PASSING: ReadonlySet<RepositoryFailure> = new Set(['Unreachable', 'Timeout', 'Corrupt', 'Missing', 'Unknown']);
const REMOVED = 'RestoreRemoved';

function failureBlock(failure: RepositoryFailure, message: string): Block {
  return { reason: FAILURE_REASON[failure], message, passing: PASSING.has(failure) };
}

/** Without what an earlier block said. */
function unblocked(rollback: RollbackStatus): RollbackStatus {
  const { reason: _reason, message: _message, nextTryAt: _nextTryAt, ...rest } = rollback;
  return rest;
}

async function block(run: RestoreRun, why: Block): Promise<void> {
  const { deps, writer } = run;
  const attempts = (writer.current().attempts ?? 0) + 1;
  const at = why.retryAt ?? nextTry(deps.clock.now(), attempts, why.passing);
  const message = why.message.slice(0, MESSAGE_LIMIT);
  deps.log.warn('no restore commit', { rollout: nameOf(run.rollout), reason: why.reason, message });
  await writer.write({
    ...unblocked(writer.current()),
    state: 'Blocked',
    reason: why.reason,
    message,
    attempts,
    nextTryAt: formatInstant(at),
  });
}

function nameOf(rollout: Rollout): string {
  return `${rollout.metadata.namespace ?? ''}/${rollout.metadata.name}`;
}

/** The source whose path is rendered: that of the bad commit, else of the last good one. */
function sourceOf(rollout: Rollout, rollback: RollbackStatus): Provenance | undefined {
  const { current, lastGood } = rollout.status?.provenance ?? {};
  return current?.commit === rollback.badCommit ? current : lastGood;
}

async function openRepository(run: RestoreRun, target: GitTarget): Promise<Repository | Block> {
  const secretName = target.spec.secretRef?.name;
  const credential: RepositoryCredential | string =
    secretName === undefined ? { type: 'none' } : repositoryCredential(await run.deps.readSecret(secretName), target.spec.url);
  if (typeof credential === 'string') {
    return {
      reason: 'CredentialMissing',
      message: `the credential ${secretName} of the GitTarget ${target.metadata.name} cannot be used: ${credential}`,
      passing: false,
    };
  }
  return run.deps.repositories.open({ url: target.spec.url, credential });
}

interface Ready {
  readonly target: GitTarget;
  readonly repository: Repository;
  readonly goodCommit: string;
  readonly badCommit: string;
  readonly directory: string;
  /** Commits that were read in this run. */
  readonly known: Map<string, CommitFacts>;
}

/** Checks at the time of use, not only when the intent was made: the GitTarget may have been changed since (M5). */
async function prepare(run: RestoreRun): Promise<Ready | Block> {
  const wish = run.rollout.spec.rollback?.onFailure ?? 'Revert';
  if (wish !== 'Revert')
    return {
      reason: 'NotWanted',
      message: `spec.rollback.onFailure is ${wish} now: no restore commit is made; revert by hand`,
      passing: false,
    };
  const rollback = run.writer.current();
  const source = sourceOf(run.rollout, rollback);
  const { goodCommit, badCommit, repository: url, branch } = rollback;
  if (source === undefined || goodCommit === undefined || badCommit === undefined || url === undefined) {
    return {
      reason: 'NoProvenance',
      message: 'the source of the failed or of the last good state is not on record; revert by hand',
      passing: false,
    };
  }
  const cached = run.deps.gitTargets.get(rollback.gitTarget ?? '');
  const target = cached?.parsed.ok === true ? cached.parsed.value : undefined;
  if (target === undefined)
    return {
      reason: 'GitTargetGone',
      message: `there is no usable GitTarget ${rollback.gitTarget ?? ''}; create it, or revert by hand`,
      passing: true,
    };
  if (!sameRepository(target.spec.url, url) || target.spec.branch !== branch) {
    return {
      reason: 'GitTargetChanged',
      message: `the GitTarget ${target.metadata.name} now names another repository or branch; revert by hand`,
      passing: false,
    };
  }
  const repository = await openRepository(run, target);
  return 'reason' in repository ? repository : { target, repository, goodCommit, badCommit, directory: source.path, known: new Map() };
}

async function stand(run: RestoreRun, plan: Extract<RestorePlan, { type: 'AlreadyReverted' | 'Superseded' }>): Promise<void> {
  const { deps, writer } = run;
  deps.log.info('restore stands down', { rollout: nameOf(run.rollout), state: plan.type, message: plan.message });
  await writer.write({
    ...unblocked(writer.current()),
    state: plan.type,
    message: plan.message,
    finishedAt: formatInstant(deps.clock.now()),
  });
  triggerSync(run);
}

function triggerSync(run: RestoreRun): void {
  const source = sourceOf(run.rollout, run.writer.current());
  if (source?.engine === 'GitSync') run.deps.enqueueGitSync(`${run.rollout.metadata.namespace ?? ''}/${source.name}`);
}

function budgetBlock(target: GitTarget, freeAt: Instant): Block {
  return {
    reason: 'BudgetExhausted',
    message: `the budget for restore commits of the GitTarget ${target.metadata.name} is used up until ${formatInstant(freeAt)}; revert by hand if it cannot wait`,
    passing: false,
    retryAt: freeAt,
  };
}

async function adopt(run: RestoreRun, ready: Ready, commit: string): Promise<void> {
  const { deps, writer } = run;
  await recordInBudget(deps, { target: ready.target, rollout: nameOf(run.rollout), id: writer.current().id, made: true }, run.signal);
  await writer.write({ ...unblocked(writer.current()), state: 'Pushed', commit });
  deps.log.info('restore commit is pushed', { rollout: nameOf(run.rollout), commit });
  triggerSync(run);
}

/** Builds the candidate, records it, then pushes: a crash after the record repeats exactly this commit. */
async function push(run: RestoreRun, ready: Ready, plan: Extract<RestorePlan, { type: 'Commit' }>): Promise<PushOutcome | Block> {
  const { writer, signal } = run;
  const commit = await ready.repository.buildCommit(
    { parent: plan.parent, changes: plan.changes, author: plan.author, date: plan.date, message: plan.message },
    { signal },
  );
  const before = unblocked(writer.current());
  if (before.state !== 'Intent' || before.parent !== plan.parent || before.candidate !== commit) {
    await writer.write({
      ...before,
      state: 'Intent',
      parent: plan.parent,
      candidate: commit,
      revertedCommit: plan.badCommit,
      files: [...plan.files],
    });
  }
  const place = { target: ready.target, rollout: nameOf(run.rollout), id: before.id, made: false };
  const freeAt = await recordInBudget(run.deps, place, signal);
  if (freeAt !== undefined) return budgetBlock(ready.target, freeAt);
  return ready.repository.push({ commit, branch: ready.target.spec.branch, expectedParent: plan.parent }, { signal });
}

const REMOVED_BLOCK: Block = {
  reason: REMOVED,
  message: 'the restore commit was pushed and is gone from the branch: somebody removed it; it is not made again',
  passing: false,
};

/** What a push that the remote does not show means: `undefined` is to look again at the tip that moved. What a refusal says in words decides nothing. */
function blockAfter(outcome: PushOutcome, sameTip: boolean): Block | undefined {
  switch (outcome.type) {
    case 'Accepted':
      return REMOVED_BLOCK;
    case 'Refused':
      return sameTip
        ? {
            reason: 'PolicyRefused',
            message: `the remote refused the restore commit (${outcome.message}); allow Sluice to push, or revert by hand`,
            passing: false,
          }
        : undefined;
    case 'Failed':
      return sameTip ? failureBlock(outcome.failure, outcome.message) : undefined;
    case 'Moved':
      return undefined;
  }
}

interface LastPush {
  readonly outcome: PushOutcome;
  readonly parent: string;
}

/** What a look at the remote leads to: an end, or a push after which it is looked at again. */
async function settle(run: RestoreRun, ready: Ready, last: LastPush | undefined, maySend: boolean): Promise<LastPush | 'settled'> {
  const { deps, rollout, signal } = run;
  const end = async (done: Promise<void>): Promise<'settled'> => {
    await done;
    return 'settled';
  };
  const who = { namespace: rollout.metadata.namespace ?? '', name: rollout.metadata.name };
  const stableHash = run.writer.current().stableTemplateHash ?? rollout.status?.stableRS;
  const facts = await gatherFacts({ ...ready, rollout: who, stableHash, intent: run.writer.current(), options: { signal } });
  if (facts.ownCommit === undefined && last !== undefined) {
    const why = blockAfter(last.outcome, last.parent === facts.tip.oid);
    if (why !== undefined) return end(block(run, why));
  }
  const plan = decideRestore(facts, deps.clock.now());
  switch (plan.type) {
    case 'Adopt':
      return end(adopt(run, ready, plan.commit));
    case 'AlreadyReverted':
    case 'Superseded':
      return end(stand(run, plan));
    case 'Blocked':
      return end(block(run, { reason: plan.reason, message: plan.message, passing: false, retryAt: plan.retryAt }));
    case 'Commit': {
      // A commit that was seen accepted and is gone was taken out by somebody: that is respected for good (S9).
      if (run.writer.current().reason === REMOVED) return end(block(run, REMOVED_BLOCK));
      if (!maySend) return end(block(run, KEEPS_MOVING));
      const outcome = await push(run, ready, plan);
      return 'reason' in outcome ? end(block(run, outcome)) : { outcome, parent: plan.parent };
    }
  }
}

const KEEPS_MOVING: Block = {
  reason: 'TipKeepsMoving',
  message: `the branch moved ${IMMEDIATE_TRIES} times while the restore commit was made; it is tried again`,
  passing: true,
};

async function attempts(run: RestoreRun, ready: Ready): Promise<void> {
  let last: LastPush | 'settled' | undefined;
  // One look more than pushes: what the last push did is only known after it.
  for (let looks = 0; looks <= IMMEDIATE_TRIES + 1 && last !== 'settled'; looks += 1) {
    last = await settle(run, ready, last, looks <= IMMEDIATE_TRIES);
  }
}

/** Runs the restore protocol once, to a final state or `Blocked`. Throws only `conflict` and what the API server says: the queue tries again. */
export async function runRestore(run: RestoreRun): Promise<void> {
  try {
    const ready = await prepare(run);
    return await ('reason' in ready ? block(run, ready) : attempts(run, ready));
  } catch (error) {
    const failure = repositoryFailure(error);
    if (failure === undefined || !isSluiceError(error) || run.signal.aborted) throw error;
    const why = failureBlock(failure, error.message);
    // A commit that may have been pushed is looked for soon, whatever kept us from seeing it.
    return block(run, run.writer.current().candidate === undefined ? why : { ...why, passing: true });
  }
}
