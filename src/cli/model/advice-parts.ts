import type { Condition } from '../../api/conditions.ts';
import type { RolloutView } from './rollout-view.ts';

/** A command line for a verb on this Rollout. */
export type Command = (verb: string) => string;

export function conditionOf(view: RolloutView, type: string): Condition | undefined {
  return view.status.conditions?.find((condition) => condition.type === type);
}

/** Since when the Ready condition is what it is: the best that is known of waits that have no time of their own. */
export function readySince(view: RolloutView): string | undefined {
  return conditionOf(view, 'Ready')?.lastTransitionTime;
}

/** A revision is under test. */
export function isUnderTest(view: RolloutView): boolean {
  const { stableRS, currentPodHash } = view.status;
  return stableRS !== undefined && currentPodHash !== undefined && stableRS !== currentPodHash;
}

/** What gives the revision under test up; nothing when there is none. */
export function abortHint(view: RolloutView, command: Command): readonly string[] {
  return isUnderTest(view) ? [`give up this revision: ${command('abort')}`] : [];
}

export function revisionName(view: RolloutView): string {
  return view.status.revision === undefined ? 'this revision' : `revision ${view.status.revision}`;
}
