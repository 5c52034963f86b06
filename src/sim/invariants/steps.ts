import { z } from 'zod';
import { ANALYSIS_TYPE, STEP_INDEX } from '../../api/labels.ts';
import { type Finding, type Step, stateless } from './invariant.ts';
import { type RolloutWrite, rolloutWriteOf } from './rollout-write.ts';
import { hashOf, replicaSetsOf, runsOf } from './world-view.ts';

function stepsOf(write: RolloutWrite): readonly Record<string, unknown>[] {
  return write.after.spec.strategy.canary?.steps ?? [];
}

/** Why this write may move the step index as it likes; undefined when it must advance by one at most. */
function freedom(write: RolloutWrite): string | undefined {
  const { before, after, requested } = write;
  if (requested) return 'a person asked';
  if (after.status.promoteFull === true || before.status.promoteFull === true) return 'a full promotion';
  if (before.status.stableRS === undefined || before.status.stableRS === '') return 'the first revision';
  if (before.status.currentPodHash === before.status.stableRS && before.status.stableRS === after.status.stableRS) return 'no rollout';
  if (before.status.currentStepHash !== after.status.currentStepHash) return 'other steps';
  return undefined;
}

/** Whether the revision may leave its steps out: the record says so, a window is set, and its ReplicaSet is older than that of stable. */
function goesBackInWindow(step: Step, after: RolloutWrite['after']): boolean {
  const { currentPodHash, stableRS, fastRollback } = after.status;
  if (fastRollback === undefined || fastRollback.podTemplateHash !== currentPodHash || after.spec.rollbackWindow === undefined)
    return false;
  const sets = replicaSetsOf(step.before, after);
  const createdAt = (hash: string | undefined): string => sets.find((set) => hashOf(set) === hash)?.metadata.creationTimestamp ?? '';
  return createdAt(currentPodHash) !== '' && createdAt(currentPodHash) < createdAt(stableRS);
}

/** A new revision has no traffic: a first step that wants none is done when it starts. */
function startsDone(write: RolloutWrite, index: number): boolean {
  return index === 1 && stepsOf(write)[0]?.['setWeight'] === 0;
}

function newRevision(step: Step, write: RolloutWrite): readonly Finding[] {
  const { before, after, object } = write;
  const index = after.status.currentStepIndex ?? 0;
  const backToStable = after.status.currentPodHash === after.status.stableRS;
  if (index === 0 || startsDone(write, index) || backToStable || before.status.stableRS === undefined || goesBackInWindow(step, after))
    return [];
  return [{ object, message: `revision ${after.status.currentPodHash} starts at step index ${index} instead of 0` }];
}

/**
 * A weight whose router never confirms is done when it is written, and the pause behind it begins when it has settled: both go into one status write, together
 * with the weight.
 */
function weighsAndPauses(write: RolloutWrite, from: number, to: number): boolean {
  const [weighed, paused] = [stepsOf(write)[from + 1], stepsOf(write)[to]];
  const traffic = z.looseObject({ weight: z.int() }).safeParse(write.after.status['traffic']).data;
  return to === from + 2 && paused?.['pause'] !== undefined && traffic !== undefined && weighed?.['setWeight'] === traffic.weight;
}

/** S6: steps are walked one by one. */
export const STEPS_ADVANCE_ONE_BY_ONE = stateless(
  'S6',
  'the step index advances by one, always for the hash in status, unless somebody asked',
  (step) => {
    const write = rolloutWriteOf(step);
    if (write === undefined) return [];
    const { before, after, object } = write;
    if (before.status.currentPodHash !== after.status.currentPodHash) return newRevision(step, write);
    if (freedom(write) !== undefined) return [];
    const [from, to] = [before.status.currentStepIndex ?? 0, after.status.currentStepIndex ?? 0];
    const promoted = before.status.stableRS !== after.status.stableRS;
    const count = stepsOf(write).length;
    if (promoted && after.status.stableRS === after.status.currentPodHash && from < count - 1) {
      return [
        { object, message: `revision ${after.status.currentPodHash} became stable at step index ${from} of ${count} without a request` },
      ];
    }
    if (to > from + 1 && !weighsAndPauses(write, from, to))
      return [{ object, message: `the step index went from ${from} to ${to} without a request` }];
    const startsAgain = to === 0 && (after.status.abort === true || before.status.abort === true);
    if (to < from && !startsAgain) return [{ object, message: `the step index went back from ${from} to ${to}` }];
    return [];
  },
);

/** S7: an analysis step is passed by a successful run of this revision and this step. */
export const GATES_NEED_A_VERDICT = stateless(
  'S7',
  'an analysis step is passed only on a Successful AnalysisRun of this revision and step',
  (step) => {
    const write = rolloutWriteOf(step);
    if (write === undefined || freedom(write) !== undefined) return [];
    const { before, after, object } = write;
    const hash = after.status.currentPodHash;
    const [from, to] = [before.status.currentStepIndex ?? 0, after.status.currentStepIndex ?? 0];
    if (hash === undefined || hash !== before.status.currentPodHash || hash === before.status.stableRS || to <= from) return [];
    const passed = stepsOf(write).slice(from, to);
    return passed.flatMap((entry, offset): Finding[] => {
      if (entry['analysis'] === undefined) return [];
      const index = String(from + offset);
      const runs = runsOf(step.before, after.metadata.namespace, hash).filter(({ run }) => {
        const labels = run.metadata.labels ?? {};
        return labels[STEP_INDEX] === index && (labels[ANALYSIS_TYPE] ?? 'Step') === 'Step';
      });
      if (runs.some((entry) => entry.phase === 'Successful')) return [];
      const seen = runs.map((entry) => `${entry.run.metadata.name} ${entry.phase === '' ? 'without a phase' : entry.phase}`);
      return [
        {
          object,
          message: `analysis step ${index} was passed without a Successful run of ${hash} (${seen.join(', ') || 'no run at all'})`,
        },
      ];
    });
  },
);
