import type { Phase, RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant, instant, parseInstant } from '../../api/time.ts';
import { type ConditionFacts, findCondition } from '../conditions/timed-conditions.ts';
import type { Context } from './context.ts';
import type { Draft } from './draft.ts';

/** Kubernetes' and Argo Rollouts' default. */
const DEFAULT_DEADLINE_SECONDS = 600;

/** Reasons under which the deadline does not run: waiting for people or verdicts, and being done. */
const CLOCK_STOPPED: ReadonlySet<string> = new Set(['RolloutPaused', 'RolloutAborted', 'WaitingForAnalysis', 'NewReplicaSetAvailable']);

/** The Progressing condition, whether the deadline passed, and when it will. */
export interface Progress {
  readonly facts: ConditionFacts;
  readonly timedOut: boolean;
  readonly deadline: Instant | undefined;
}

function outdated(status: RolloutStatus): number {
  return (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
}

/** Progress as Argo Rollouts sees it: updated pods changed, old pods went, more pods serve, a step or a revision further. */
function progressed(before: RolloutStatus | undefined, next: RolloutStatus, draft: Draft): boolean {
  if (before === undefined) return true;
  const rose = (key: 'readyReplicas' | 'availableReplicas'): boolean => (next[key] ?? 0) > (before[key] ?? 0);
  const changed = (['updatedReplicas', 'currentStepIndex', 'stableRS', 'currentStepHash', 'currentPodHash'] as const).some(
    (key) => before[key] !== next[key],
  );
  const switched = draft.actions.some((action) => action.type === 'setServiceSelector' || action.type === 'routeTraffic');
  return changed || switched || outdated(next) < outdated(before) || rose('readyReplicas') || rose('availableReplicas');
}

function reasonOf(context: Context, status: RolloutStatus, waiting: boolean, phase: Phase): string {
  if (status.abort === true) return 'RolloutAborted';
  if (phase === 'Paused') return 'RolloutPaused';
  if (phase === 'Healthy') return 'NewReplicaSetAvailable';
  if (waiting) return 'WaitingForAnalysis';
  if (context.current === undefined) return 'NewReplicaSetCreated';
  return status.stableRS === context.hash ? 'ReplicaSetNotAvailable' : 'ReplicaSetUpdated';
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
  const before = findCondition(context.previous?.conditions, 'Progressing');
  const reason = reasonOf(context, next, waiting, phase);
  const stopped = CLOCK_STOPPED.has(reason);
  const resumed = before !== undefined && CLOCK_STOPPED.has(before.reason) && !stopped;
  const fresh = before?.lastUpdateTime === undefined || resumed || progressed(context.previous, next, draft);
  const lastUpdateTime = fresh ? formatInstant(context.now) : before.lastUpdateTime;
  const seconds = context.rollout.spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
  const deadline = instant((parseInstant(lastUpdateTime) ?? context.now) + seconds * 1000);
  const timedOut = !stopped && !fresh && context.now >= deadline;
  if (timedOut) {
    const text = `no progress for ${seconds}s: ${message}; it goes on by itself when the pods come up, or change the template, or abort`;
    return {
      facts: { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: text, lastUpdateTime },
      timedOut,
      deadline: undefined,
    };
  }
  const status = reason === 'RolloutAborted' ? 'False' : reason === 'RolloutPaused' ? 'Unknown' : 'True';
  return { facts: { type: 'Progressing', status, reason, message, lastUpdateTime }, timedOut, deadline: stopped ? undefined : deadline };
}
