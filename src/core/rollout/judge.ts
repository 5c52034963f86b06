import { abortRollout } from './abort.ts';
import type { Context } from './context.ts';
import { type Draft, emit, patch, say } from './draft.ts';
import { type Gate, gateLabel } from './gate.ts';
import { referenceOf, withReferences } from './gate-references.ts';
import { activeGates, gateStatuses } from './gates.ts';
import { numbersOf } from './numbers.ts';
import { isPausedFor, withPause } from './pauses.ts';
import { quarantined } from './quarantine.ts';
import { onFailure, requestRestore } from './rollback.ts';
import { errorAsksForAbort, isOver } from './verdict.ts';

/** Shows the gates in status, and says once how each run ended. */
function record(context: Context, draft: Draft, gates: readonly Gate[]): Draft {
  const { status } = draft;
  let next = patch(draft, { ...withReferences(status, gates), gates: gateStatuses(status.gates, gates) });
  for (const gate of gates) {
    const before = referenceOf(status, gate.type);
    const phase = gate.run?.status?.phase;
    if (gate.run === undefined || phase === undefined || !isOver(gate.run) || (before?.name === gate.runName && before.status === phase))
      continue;
    const type = gate.verdict === 'Pass' ? 'Normal' : 'Warning';
    next = emit(next, {
      type,
      reason: `AnalysisRun${phase}`,
      message: `${gateLabel(gate)} (${gate.runName}) ended ${phase} for revision ${context.ordinal}`,
    });
  }
  return next;
}

function breach(context: Context, draft: Draft, gate: Gate): Draft {
  const numbers = gate.run === undefined ? '' : numbersOf(gate.run, 'Failed');
  const cause = `${gateLabel(gate)} breached: ${numbers}`.slice(0, 4096);
  const marked = patch(draft, { quarantine: quarantined(context, draft.status, cause) });
  const choice = onFailure(context);
  if (choice === 'Freeze')
    return say(marked, `${cause}; onFailure is Freeze: the traffic stays until somebody aborts, promotes or retries`);
  if (context.stable === undefined) return say(marked, `${cause}; there is no stable ReplicaSet to go back to: sizes stay`);
  const aborted = abortRollout(context, marked, cause);
  return choice === 'Revert' ? requestRestore(context, aborted, cause, gate.runName) : aborted;
}

function unknown(context: Context, draft: Draft, gate: Gate): Draft {
  const why = gate.run === undefined ? '' : (gate.run.status?.message ?? gate.run.status?.phase ?? '');
  if (errorAsksForAbort(gate.run)) {
    const numbers = gate.run === undefined ? '' : numbersOf(gate.run, 'Error');
    return abortRollout(context, draft, `${gateLabel(gate)} could not be measured and a metric says onError: Abort: ${numbers}`);
  }
  const line = `${gateLabel(gate)} has no verdict (${why}): paused; resume measures again, promote goes on without, abort goes back`;
  if (isPausedFor(draft.status, 'InconclusiveAnalysisRun')) return say(draft, line);
  const paused = patch(draft, { pauseConditions: withPause(draft.status, 'InconclusiveAnalysisRun', context.now) });
  return emit(say(paused, line), { type: 'Warning', reason: 'RolloutPaused', message: `Paused: ${line}`.slice(0, 1024) });
}

/** Verdicts: a breach aborts (or freezes), no verdict pauses; a breach is never hidden by another gate that has none. */
export function judgeGates(context: Context, draft: Draft): Draft {
  const gates = activeGates(context, draft.status);
  if (gates.length === 0) return draft;
  const recorded = record(context, draft, gates);
  const breached = gates.find((gate) => gate.verdict === 'Breach');
  if (breached !== undefined) return breach(context, recorded, breached);
  let next = recorded;
  for (const gate of gates) {
    if (gate.verdict === 'Unknown' && next.status.abort !== true) next = unknown(context, next, gate);
  }
  return next;
}
