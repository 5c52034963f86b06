import type { RollbackStatus, RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import { splitConfigKey } from '../config/config-refs.ts';
import { recordOf, templateHashOf } from '../config/revision-label.ts';
import { restoreId } from '../identity/restore-id.ts';
import type { Context } from './context.ts';
import { type Draft, patch, say } from './draft.ts';

type OnFailure = 'Revert' | 'Abort' | 'Freeze';

/** What a breach leads to: as the spec says, else Revert when Git can be written, else Abort. */
export function onFailure(context: Context): OnFailure {
  return context.rollout.spec.rollback?.onFailure ?? (context.observed.source.gitTarget === undefined ? 'Abort' : 'Revert');
}

interface Obstacle {
  readonly reason: string;
  readonly message: string;
}

/** Reasons that this file gives to `Blocked`: looked at again while they stand, since the reconciler's record may arrive late. */
const OWN_REASONS = ['ProvenanceUnknown', 'NoLastGood', 'NoGitTarget', 'NothingToRestore', 'SourceMoved'];

function obstacle(context: Context, status: RolloutStatus): Obstacle | undefined {
  const { current, lastGood } = status.provenance ?? {};
  if (context.observed.source.gitTarget === undefined) {
    const problem = context.observed.source.gitTargetProblem ?? 'no GitTarget covers this source';
    return { reason: 'NoGitTarget', message: `${problem}; add a GitTarget for this namespace, repository and path, or revert by hand` };
  }
  if (current === undefined) {
    return {
      reason: 'ProvenanceUnknown',
      message: 'no reconciler has this generation in its record, so the bad commit is not known; revert by hand',
    };
  }
  if (lastGood === undefined) {
    return {
      reason: 'NoLastGood',
      message: 'no commit was seen applied while this Rollout was healthy, so there is nothing to go back to; revert by hand',
    };
  }
  if (current.repository !== lastGood.repository || current.branch !== lastGood.branch) {
    return { reason: 'SourceMoved', message: 'the bad and the last good commit are in different repositories or branches; revert by hand' };
  }
  if (current.commit === lastGood.commit || current.commit === lastGood.broughtBy) {
    return {
      reason: 'NothingToRestore',
      message: `Git holds the same since the last good commit, ${lastGood.commit}: the change came another way; fix it by hand`,
    };
  }
  return undefined;
}

/** What the last good commit has to hold, where the stable revision is more than the template that its label names. */
function stableParts(context: Context): Pick<RollbackStatus, 'stableTemplateHash' | 'stableConfig'> {
  const { stable } = context;
  const template = stable === undefined ? undefined : templateHashOf(stable);
  const config = stable === undefined ? [] : [...recordOf(stable)].map(([key, digest]) => ({ ...splitConfigKey(key), digest }));
  return {
    ...(template === undefined || template === stable?.hash ? {} : { stableTemplateHash: template }),
    ...(config.length === 0 ? {} : { stableConfig: config.slice(0, 100) }),
  };
}

/** The record of a wanted restore: everything that the restore reconciler needs, or why it cannot be done. */
function wanted(context: Context, status: RolloutStatus, cause: string, analysisRun: string | undefined): RollbackStatus {
  const { current, lastGood } = status.provenance ?? {};
  const { gitTarget } = context.observed.source;
  const blocked = obstacle(context, status);
  return {
    id: restoreId(context.rollout.metadata.uid ?? '', context.hash, current?.commit ?? ''),
    state: blocked === undefined ? 'Intent' : 'Blocked',
    podTemplateHash: context.hash,
    revision: context.ordinal,
    cause,
    ...(analysisRun === undefined ? {} : { analysisRun }),
    ...(gitTarget === undefined ? {} : { gitTarget }),
    ...(current === undefined ? {} : { repository: current.repository, branch: current.branch, badCommit: current.commit }),
    ...(lastGood === undefined ? {} : { goodCommit: lastGood.commit }),
    ...stableParts(context),
    ...blocked,
    intentAt: formatInstant(context.now),
  };
}

/** Writes the intent after a breach. A restore of the same id that was made or is under way is never asked for again (S9). */
export function requestRestore(context: Context, draft: Draft, cause: string, analysisRun: string | undefined): Draft {
  const before = draft.status.rollback;
  const next = wanted(context, draft.status, cause.slice(0, 4096), analysisRun);
  if (before?.id === next.id && before.state !== 'Blocked' && before.state !== 'Superseded') return draft;
  const line =
    next.state === 'Intent'
      ? `a restore of commit ${next.badCommit} to ${next.goodCommit} is asked for`
      : `no restore commit: ${next.message}`;
  return say(patch(draft, { rollback: next }), line);
}

function unblock(context: Context, draft: Draft, rollback: RollbackStatus): Draft {
  const retried = wanted(context, draft.status, rollback.cause, rollback.analysisRun);
  if (retried.state === 'Blocked' && retried.reason === rollback.reason && retried.message === rollback.message) return draft;
  return patch(draft, { rollback: retried });
}

/** Follows a restore once it is asked for: what was missing may have come, and a template that is stable again ends it. */
export function followRestore(context: Context, draft: Draft): Draft {
  const { rollback } = draft.status;
  if (rollback === undefined) return draft;
  if (context.hash === draft.status.stableRS && (rollback.state === 'Pushed' || rollback.state === 'AlreadyReverted')) {
    const applied: RollbackStatus = { ...rollback, state: 'Applied', finishedAt: formatInstant(context.now) };
    return say(patch(draft, { rollback: applied }), 'the restore commit is applied: the live template is stable again');
  }
  const ours = rollback.state === 'Blocked' && OWN_REASONS.includes(rollback.reason ?? '') && rollback.podTemplateHash === context.hash;
  return ours && draft.status.abort === true && onFailure(context) === 'Revert' ? unblock(context, draft, rollback) : draft;
}
