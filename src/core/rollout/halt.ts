import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Context } from './context.ts';
import { isFrozen } from './frozen.ts';
import { type Gate, gateLabel } from './gate.ts';
import { activeGates } from './gates.ts';
import { numbersOf } from './numbers.ts';
import { isPausedFor } from './pauses.ts';
import { selectorConflict } from './selector-conflict.ts';
import { SERVICE_UNUSABLE } from './service-trouble.ts';

/** What keeps the rollout from going on, apart from where it is. */
export interface Halt {
  /** The pause that somebody has to end, before one that ends by itself: the reason of the conditions while it is Paused. */
  readonly reason: string;
  readonly message: string;
}

/** The first that keeps the rollout from going on; undefined when nothing does. */
export function haltOf(context: Context, status: RolloutStatus): Halt | undefined {
  const asked = status.pauseConditions?.find((pause) => pause.reason === 'UserRequest');
  if (asked !== undefined)
    return { reason: 'UserRequest', message: `paused by request since ${asked.startTime}; resume goes on, abort goes back` };
  const message = otherHalt(context, status);
  if (message === undefined) return undefined;
  const unjudged = isPausedFor(status, 'InconclusiveAnalysisRun');
  return { reason: unjudged ? 'InconclusiveAnalysisRun' : (status.pauseConditions?.[0]?.reason ?? 'Paused'), message };
}

function otherHalt(context: Context, status: RolloutStatus): string | undefined {
  if (context.revision.hold !== undefined) return context.revision.hold.message;
  const [trouble] = context.troubles;
  if (trouble !== undefined) return `Service ${trouble.name} cannot be used; see the condition ${SERVICE_UNUSABLE}`;
  const unmade = context.observed.refused?.find((one) => one.type === 'createService');
  if (unmade !== undefined) return unmade.message;
  if (status.promoteFull === true) return undefined;
  if (selectorConflict(status) !== undefined)
    return 'another writer takes the selector of a Service out; see the condition ServiceSelectorConflict';
  if (isFrozen(context, status)) return 'frozen after a breach; retry, promote or abort';
  if (context.rollout.spec.paused === true) return SPEC_PAUSED;
  return unjudgedText(context, status);
}

/** What `spec.paused` halts; whoever set it has it in a file. */
export const SPEC_PAUSED = 'spec.paused is true; set it to false to go on, or abort';

/** Longest part of a run's own words. */
const LONGEST_REASON = 1024;

/** Which analysis has no verdict, why, and since when; undefined when nothing waits for that. */
function unjudgedText(context: Context, status: RolloutStatus): string | undefined {
  const pause = status.pauseConditions?.find((one) => one.reason === 'InconclusiveAnalysisRun');
  if (pause === undefined) return undefined;
  const which = activeGates(context, status)
    .filter((gate) => gate.verdict === 'Unknown')
    .map((gate) => `${gateLabel(gate)} has no verdict (${gate.runName}: ${reasonOf(gate).slice(0, LONGEST_REASON)})`);
  const what = which.length === 0 ? 'an analysis has no verdict' : which.join('; ');
  return `${what}; paused since ${pause.startTime} (${pause.reason}); resume measures again, promote goes on without, abort goes back`;
}

function reasonOf({ run }: Gate): string {
  if (run === undefined) return 'the run is gone';
  return run.status?.message ?? numbersOf(run, run.status?.phase ?? 'Inconclusive');
}
