import type { Condition } from '../../api/conditions.ts';
import { clean } from '../render/escape.ts';
import type { RolloutView } from './rollout-view.ts';
import type { Wait } from './wait.ts';

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

/** Configuration that the live revision waits for; undefined when it has all of it. */
export function configTrouble(view: RolloutView): Wait | undefined {
  const available = conditionOf(view, 'ConfigAvailable');
  if (available?.status !== 'False') return undefined;
  return configWait(available, available.lastTransitionTime);
}

const TIMES = /; waiting since (\S+Z): [^;\n]*/u;

/** A condition's message apart from since when: a wait tells that, and what ends it, itself. */
export function causeOf({ message, lastTransitionTime }: Condition): { readonly cause: string; readonly since: string | undefined } {
  return { cause: message.replace(TIMES, ''), since: TIMES.exec(message)?.[1] ?? lastTransitionTime };
}

/** The wait for configuration that this condition tells of. */
export function configWait(condition: Condition, since: string | undefined): Wait {
  return {
    for: `${clean(condition.reason, 100)}: ${clean(causeOf(condition).cause)}`,
    since,
    ends: 'by itself, as soon as that is mended; what serves goes on',
  };
}

/** Where the numbers are of what gave no pass. */
export function runHints(view: RolloutView): readonly string[] {
  const gates = (view.status.gates ?? []).filter((gate) => gate.verdict === 'Breach' || gate.verdict === 'Unknown');
  const runs = new Set(gates.flatMap((gate) => (gate.analysisRun === undefined ? [] : [clean(gate.analysisRun, 253)])));
  return [...runs].map((run) => `see what was measured: kubectl sluice get analysisrun ${run} -n ${view.namespace}`);
}

/** What people call the revision of the live template. */
export function revisionName(view: RolloutView): string {
  return view.status.revision === undefined ? 'this revision' : `revision ${view.status.revision}`;
}
