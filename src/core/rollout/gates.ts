import type { AnalysisRun } from '../../api/analysis.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { RolloutAnalysis } from '../../api/rollout.ts';
import type { GateStatus, RolloutStatus } from '../../api/rollout-status.ts';
import { analysisRunName } from '../identity/names.ts';
import { attemptKey, attemptOf } from './attempts.ts';
import { type Context, underTest } from './context.ts';
import { skipsGates } from './rollback-window.ts';
import { pastSteps } from './step-weight.ts';
import { lastValue, type Verdict, verdictOf } from './verdict.ts';

/** A point that needs a verdict now, and the run that gives it. */
export interface Gate {
  readonly type: 'Step' | 'Background';
  readonly step: number | undefined;
  /** In `status.gates`: the step's index, or `background`. */
  readonly name: string;
  readonly analysis: RolloutAnalysis;
  readonly attemptKey: string;
  readonly runName: string;
  readonly run: AnalysisRun | undefined;
  readonly verdict: Verdict;
}

function gate(context: Context, status: RolloutStatus, step: number | undefined, analysis: RolloutAnalysis): Gate {
  const key = attemptKey(context.hash, step);
  const runName = analysisRunName({
    rollout: context.name,
    hash: context.hash,
    ordinal: context.ordinal,
    step,
    attempt: attemptOf(status, key),
  });
  const run = context.observed.analysisRuns.find(
    (one) => one.metadata.name === runName && one.metadata.labels?.[POD_TEMPLATE_HASH] === context.hash,
  );
  const type = step === undefined ? 'Background' : 'Step';
  return {
    type,
    step,
    name: step === undefined ? 'background' : String(step),
    analysis,
    attemptKey: key,
    runName,
    run,
    verdict: verdictOf(run),
  };
}

/** The gates that count at this point: the analysis step we are at, and the background analysis. None when nothing is under test or it was aborted. */
export function activeGates(context: Context, status: RolloutStatus): readonly Gate[] {
  if (!underTest(context, status) || status.abort === true || skipsGates(status)) return [];
  const index = status.currentStepIndex ?? 0;
  const gates: Gate[] = [];
  const analysis = context.steps[index]?.analysis;
  if (analysis !== undefined) gates.push(gate(context, status, index, analysis));
  const background = context.canary.analysis;
  if (background !== undefined && (index >= (background.startingStep ?? 0) || pastSteps(context, status))) {
    gates.push(gate(context, status, undefined, background));
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
  const message = one.run?.status?.message;
  return {
    name: one.name,
    verdict: one.verdict,
    ...(message === undefined || message === '' ? {} : { reason: cut(message, 253) }),
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

/** The short form of a run that `status.canary` shows. */
export function runReference(
  one: Gate | undefined,
): { readonly name: string; readonly status: string; readonly message?: string } | undefined {
  if (one?.run === undefined) return undefined;
  const message = one.run.status?.message;
  return {
    name: one.runName,
    status: one.run.status?.phase ?? 'Pending',
    ...(message === undefined || message === '' ? {} : { message: cut(message, 4096) }),
  };
}
