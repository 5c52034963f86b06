import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant } from '../../api/time.ts';
import { type ConditionFacts, findCondition } from '../conditions/timed-conditions.ts';
import { earliest } from '../time/instants.ts';
import { abortRollout } from './abort.ts';
import { blueGreenWaitsForVerdict } from './blue-green/blue-green-phase.ts';
import { type Context, underTest } from './context.ts';
import { type Draft, say } from './draft.ts';
import { isFrozen } from './frozen.ts';
import { haltOf } from './halt.ts';
import { podCounts } from './pod-counts.ts';
import { measureProgress, type Progress, progressed } from './progress.ts';
import { releaseClock } from './release-deadline.ts';
import { restartIsHeld } from './restart/restart-text.ts';
import type { Situation } from './situation.ts';

const EXCEEDED: ReadonlySet<string> = new Set(['ProgressDeadlineExceeded', 'ReleaseDeadlineExceeded']);

/** Phase and Progressing condition with the deadlines on top, what of them goes into status, and when to look again. */
export interface DeadlineSituation {
  readonly situation: Situation;
  readonly facts: ConditionFacts;
  readonly record: RolloutStatus['deadlines'];
  readonly wakeAt: Instant | undefined;
}

/** Whether an exceeded deadline ends this release: it is asked for, and there is a stable revision to go back to. */
function canAbort(context: Context, status: RolloutStatus): boolean {
  return (
    context.rollout.spec.progressDeadlineAbort === true &&
    underTest(context, status) &&
    status.abort !== true &&
    context.stable !== undefined &&
    !isFrozen(context, status)
  );
}

function remedy(context: Context, status: RolloutStatus): string {
  if (canAbort(context, status)) return 'progressDeadlineAbort is true: it is aborted';
  return underTest(context, status)
    ? 'it goes on by itself with the next progress, or change the template, or abort'
    : 'it goes on by itself with the next progress, or change the template';
}

/** Until when a release that moves may go without progress, and what a person may do meanwhile. */
function whileItRuns(context: Context, status: RolloutStatus, first: Situation, { deadline, facts }: Progress): string {
  if (first.phase !== 'Progressing' || deadline === undefined) return '';
  const abort = underTest(context, status) ? '; abort goes back' : '';
  return `; Degraded at ${formatInstant(deadline)} without progress since ${facts.lastUpdateTime ?? ''}${abort}`;
}

/** Waiting for a verdict or for leave to evict, or stopped by something that has a name of its own: no deadline runs meanwhile. */
function isWaiting(context: Context, status: RolloutStatus, situation: Situation): boolean {
  const step = context.steps[status.currentStepIndex ?? 0];
  if (restartIsHeld(context, status) || context.troubles.length > 0 || context.observed.refused !== undefined) return true;
  // Stable serves; only what the next release needs is missing.
  if (status.stableRS === context.hash && situation.phase === 'Degraded') return true;
  const judged = step?.analysis !== undefined || blueGreenWaitsForVerdict(context, status);
  return underTest(context, status) && (judged || situation.phase === 'Degraded') && status.promoteFull !== true;
}

/** Puts both deadlines on top of what the phase would be without them; `counted` holds the pod counts of this pass. */
export function judgeDeadlines(context: Context, counted: Draft, first: Situation): DeadlineSituation {
  const { status } = counted;
  const progress = measureProgress(context, counted, status, first.phase, isWaiting(context, status, first), first.cause ?? first.message);
  const release = releaseClock(context, status, progress.runs);
  const times = {
    ...(progress.deadline === undefined ? {} : { progress: formatInstant(progress.deadline) }),
    ...release.record,
  };
  const record = Object.keys(times).length === 0 ? undefined : times;
  const facts: ConditionFacts = release.timedOut
    ? {
        ...progress.facts,
        status: 'False',
        reason: 'ReleaseDeadlineExceeded',
        message: `the release took longer than ${context.rollout.spec.releaseDeadline}: releaseDeadline ended at ${times.release}; ${first.cause ?? first.message}`,
      }
    : progress.facts;
  if (!release.timedOut && !progress.timedOut) {
    const until = release.endsAt === undefined ? '' : `; releaseDeadline ends at ${times.release}`;
    const situation = { ...first, message: `${first.message}${whileItRuns(context, status, first, progress)}${until}` };
    return { situation, facts, record, wakeAt: earliest(progress.deadline, release.endsAt) };
  }
  const situation: Situation = { phase: 'Degraded', reason: facts.reason, message: `${facts.message}; ${remedy(context, status)}` };
  return { situation, facts, record, wakeAt: canAbort(context, status) ? context.now : undefined };
}

/**
 * Aborts what exceeded a deadline when the spec asks for it: no verdict, so neither quarantine nor Git (design 1). The deadline was written in the pass
 * before; a pass that sees progress, a pause or a promotion since leaves the release alone.
 */
export function enforceDeadlines(context: Context, draft: Draft): Draft {
  const { status } = draft;
  const before = findCondition(context.previous?.conditions, 'Progressing');
  const exceeded = before?.status === 'False' && EXCEEDED.has(before.reason) && context.previous?.currentPodHash === context.hash;
  if (!exceeded || !canAbort(context, status) || haltOf(context, status) !== undefined) return draft;
  if ((status.pauseConditions ?? []).length > 0) return draft;
  const moved = progressed(context.previous, { ...status, ...podCounts(context, status) }, draft);
  if (moved && before.reason === 'ProgressDeadlineExceeded')
    return say(draft, 'the progress deadline had passed, but there is progress: not aborted');
  return abortRollout(context, draft, before.message);
}
