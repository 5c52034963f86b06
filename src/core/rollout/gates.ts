import type { GateStatus, RolloutStatus } from '../../api/rollout-status.ts';
import { blueGreenGates } from './blue-green/blue-green-gates.ts';
import { type Context, underTest } from './context.ts';
import { type Gate, makeGate } from './gate.ts';
import { skipsGates } from './rollback-window.ts';
import { pastSteps } from './step-weight.ts';
import { endMessage, lastValue } from './verdict.ts';

/** The gates that count at this point: the analysis step we are at and the background analysis, or those around the switch. None when nothing is under test or it was aborted. */
export function activeGates(context: Context, status: RolloutStatus): readonly Gate[] {
  if (!underTest(context, status) || status.abort === true || skipsGates(status)) return [];
  if (context.blueGreen !== undefined) return blueGreenGates(context, status);
  const index = status.currentStepIndex ?? 0;
  const gates: Gate[] = [];
  const analysis = context.steps[index]?.analysis;
  if (analysis !== undefined) gates.push(makeGate(context, status, { type: 'Step', step: index }, analysis));
  const background = context.canary.analysis;
  if (background !== undefined && (index >= (background.startingStep ?? 0) || pastSteps(context, status))) {
    gates.push(makeGate(context, status, { type: 'Background' }, background));
  }
  return gates;
}

const MOST_GATES = 50;
const cut = (text: string, length: number): string => text.slice(0, length);

function gateStatus(one: Gate): GateStatus {
  const results = one.run?.status?.metricResults ?? [];
  const values = results
    .slice(0, MOST_GATES)
    .map((result) => ({ metric: cut(result.name, 253), value: cut(lastValue(result), 4096), phase: result.phase }));
  const message = endMessage(one.run);
  return {
    name: one.name,
    verdict: one.verdict,
    ...(message === undefined ? {} : { reason: cut(message, 253) }),
    ...(values.length === 0 ? {} : { values }),
    analysisRun: one.runName,
    ...(one.run?.status?.startedAt === undefined ? {} : { since: cut(one.run.status.startedAt, 64) }),
  };
}

/** `status.gates` with the newest state of these gates; gates of steps that are behind stay as they ended. */
export function gateStatuses(before: readonly GateStatus[] | undefined, gates: readonly Gate[]): readonly GateStatus[] | undefined {
  const fresh = gates.map(gateStatus);
  const names = new Set(fresh.map((one) => one.name));
  const all = [...(before ?? []).filter((one) => !names.has(one.name)), ...fresh].slice(-MOST_GATES);
  return all.length === 0 ? undefined : all;
}
