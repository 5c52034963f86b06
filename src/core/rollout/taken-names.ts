import type { RolloutStatus } from '../../api/rollout-status.ts';
import { attemptOf, attemptsAboveRuns } from './attempts.ts';
import type { Context } from './context.ts';
import { type Draft, patch, say } from './draft.ts';
import type { Gate } from './gate.ts';
import { activeGates } from './gates.ts';
import type { RefusedWrite } from './observed.ts';

/** How many names in a row may be taken: somebody who has that many wants them all. */
const MOST_TAKEN = 10;

/** Why the run of this gate cannot be made; undefined when nothing refuses it, or it is there. */
export function refusedRun({ observed }: Context, gate: Gate): RefusedWrite | undefined {
  if (gate.run !== undefined) return undefined;
  return observed.refused?.find((one) => one.type === 'createAnalysisRun' && one.name === gate.runName);
}

function isLastName(context: Context, status: RolloutStatus, gate: Gate): boolean {
  const first = attemptsAboveRuns(context)[gate.attemptKey] ?? 0;
  return attemptOf(status, gate.attemptKey) - first >= MOST_TAKEN;
}

/**
 * A run whose name an object of somebody else has gets the next one, as the next attempt: written before the run is made, so that a run that was made is found by
 * its name whenever the controller died. The last name is tried again and again.
 */
export function passTakenNames(context: Context, draft: Draft): Draft {
  if (context.observed.refused === undefined) return draft;
  return activeGates(context, draft.status).reduce((next, gate) => {
    if (refusedRun(context, gate)?.taken !== true || isLastName(context, next.status, gate)) return next;
    const attempts = { ...next.status.attempts, [gate.attemptKey]: attemptOf(next.status, gate.attemptKey) + 1 };
    return say(patch(next, { attempts }), `the AnalysisRun ${gate.runName} belongs to something else: the next name is tried`);
  }, draft);
}

/** The first run that is wanted and refused, with what is said of it; undefined when there is none. */
export function heldRun(context: Context, status: RolloutStatus): RefusedWrite | undefined {
  const held = activeGates(context, status).flatMap((gate) => refusedRun(context, gate) ?? [])[0];
  if (held?.taken !== true) return held;
  return { ...held, message: `${held.message}; no name after it is tried` };
}
