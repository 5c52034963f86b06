import type { AnalysisRun } from '../../api/analysis.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { RolloutAnalysis } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { analysisRunName } from '../identity/names.ts';
import { attemptKey, attemptOf } from './attempts.ts';
import type { Context } from './context.ts';
import { stepLabel } from './step-label.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** The kinds of analysis of a rollout, as the label `analysis-type` says them. */
export type GateType = 'Step' | 'Background' | 'PrePromotion' | 'PostPromotion';

/** A point that needs a verdict now, and the run that gives it. */
export interface Gate {
  readonly type: GateType;
  readonly step: number | undefined;
  /** In `status.gates`: the step's index, `background`, `pre-promotion` or `post-promotion`. */
  readonly name: string;
  readonly analysis: RolloutAnalysis;
  readonly attemptKey: string;
  readonly runName: string;
  readonly run: AnalysisRun | undefined;
  readonly verdict: Verdict;
}

/** Which point it is: the type alone, but for a step. */
export type GatePlace =
  | { readonly type: 'Step'; readonly step: number }
  | { readonly type: Exclude<GateType, 'Step'>; readonly step?: undefined };

/** The name in `status.gates`. */
export function gateName(place: GatePlace): string {
  switch (place.type) {
    case 'Step':
      return String(place.step);
    case 'Background':
      return 'background';
    case 'PrePromotion':
      return 'pre-promotion';
    case 'PostPromotion':
      return 'post-promotion';
  }
}

/** The gate as people call it. */
export function gateLabel(gate: Gate): string {
  return gate.step === undefined ? `${gate.name} analysis` : `analysis of ${stepLabel(gate.step)}`;
}

/** The gate at this place with the run of its present attempt. */
export function makeGate(context: Context, status: RolloutStatus, place: GatePlace, analysis: RolloutAnalysis): Gate {
  const name = gateName(place);
  const key = attemptKey(context.hash, name);
  const runName = analysisRunName({
    rollout: context.name,
    hash: context.hash,
    ordinal: context.ordinal,
    step: place.step,
    type: place.type === 'PrePromotion' || place.type === 'PostPromotion' ? name : undefined,
    attempt: attemptOf(status, key),
  });
  const run = context.observed.analysisRuns.find(
    (one) => one.metadata.name === runName && one.metadata.labels?.[POD_TEMPLATE_HASH] === context.hash,
  );
  return { type: place.type, step: place.step, name, analysis, attemptKey: key, runName, run, verdict: verdictOf(run) };
}
