import type { Phase, RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant, instant, parseInstant } from '../../api/time.ts';
import { type ConditionFacts, findCondition } from '../conditions/timed-conditions.ts';
import type { Context } from './context.ts';
import type { Draft } from './draft.ts';

/** Kubernetes' and Argo Rollouts' default. */
const DEFAULT_DEADLINE_SECONDS = 600;

/** Reasons under which no deadline runs: waiting for people or verdicts, and being done. */
const CLOCK_STOPPED: ReadonlySet<string> = new Set(['RolloutPaused', 'RolloutAborted', 'WaitingForAnalysis', 'NewReplicaSetAvailable']);

/** The Progressing condition, whether the deadline passed, and when it will. */
export interface Progress {
  readonly facts: ConditionFacts;
  readonly timedOut: boolean;
  /** Nobody but the cluster is waited for: deadlines run. */
  readonly runs: boolean;
  /** End of `progressDeadlineSeconds`; undefined while it stands still. */
  readonly deadline: Instant | undefined;
}

function outdated(status: RolloutStatus): number {
  return (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
}

/** Progress as Argo Rollouts sees it: updated pods changed, old pods went, more pods serve, a step or a revision further. */
export function progressed(before: RolloutStatus | undefined, next: RolloutStatus, draft: Draft): boolean {
  if (before === undefined) return true;
  const rose = (key: 'readyReplicas' | 'availableReplicas'): boolean => (next[key] ?? 0) > (before[key] ?? 0);
  const changed = (['updatedReplicas', 'currentStepIndex', 'stableRS', 'currentStepHash', 'currentPodHash'] as const).some(
    (key) => before[key] !== next[key],
  );
  const switched = draft.actions.some((action) => action.type === 'setServiceSelector');
  const grew = (next.blueGreen?.updatedAvailableReplicas ?? 0) > (before.blueGreen?.updatedAvailableReplicas ?? 0);
  return changed || switched || grew || outdated(next) < outdated(before) || rose('readyReplicas') || rose('availableReplicas');
}

function reasonOf(context: Context, status: RolloutStatus, waiting: boolean, phase: Phase): string {
  if (status.abort === true) return 'RolloutAborted';
  if (phase === 'Paused') return 'RolloutPaused';
  if (phase === 'Healthy') return 'NewReplicaSetAvailable';
  if (waiting) return 'WaitingForAnalysis';
  if (context.current === undefined) return 'NewReplicaSetCreated';
  return status.stableRS === context.hash ? 'ReplicaSetNotAvailable' : 'ReplicaSetUpdated';
}

/** Whether the last progress cannot be dated by the wall clock: it jumped since, or was set back before it (a deadline never fires by a jump). */
function isUndated(context: Context, since: Instant | undefined): boolean {
  const jumped = context.observed.clockJumpedAt;
  return since === undefined || since > context.now || (jumped !== undefined && since < jumped);
}

/** When progress was last seen. A clock that stands still keeps its time; one that starts, and one that cannot be dated, counts from now. */
function lastProgress(
  context: Context,
  draft: Draft,
  next: RolloutStatus,
  stopped: boolean,
): { readonly at: string; readonly fresh: boolean } {
  const before = findCondition(context.previous?.conditions, 'Progressing');
  const resumed = before !== undefined && CLOCK_STOPPED.has(before.reason) && !stopped;
  const undated = !stopped && isUndated(context, parseInstant(before?.lastUpdateTime));
  const fresh = before?.lastUpdateTime === undefined || resumed || undated || progressed(context.previous, next, draft);
  return { at: fresh ? formatInstant(context.now) : before.lastUpdateTime, fresh };
}

/** Measures progress; `phase` is what it would be were there no deadline. */
export function measureProgress(
  context: Context,
  draft: Draft,
  next: RolloutStatus,
  phase: Phase,
  waiting: boolean,
  message: string,
): Progress {
  const reason = reasonOf(context, next, waiting, phase);
  const stopped = CLOCK_STOPPED.has(reason);
  const { at: lastUpdateTime, fresh } = lastProgress(context, draft, next, stopped);
  const seconds = context.rollout.spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
  const deadline = instant((parseInstant(lastUpdateTime) ?? context.now) + seconds * 1000);
  if (!stopped && !fresh && context.now >= deadline) {
    const text = `no progress for ${seconds}s: progressDeadlineSeconds ended at ${formatInstant(deadline)}; ${message}`;
    return {
      facts: { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: text, lastUpdateTime },
      timedOut: true,
      runs: true,
      deadline: undefined,
    };
  }
  const status = reason === 'RolloutAborted' ? 'False' : reason === 'RolloutPaused' ? 'Unknown' : 'True';
  const told = stopped ? message : `${message}; progressDeadlineSeconds (${seconds}) ends at ${formatInstant(deadline)}`;
  return {
    facts: { type: 'Progressing', status, reason, message: told, lastUpdateTime },
    timedOut: false,
    runs: !stopped,
    deadline: stopped ? undefined : deadline,
  };
}
