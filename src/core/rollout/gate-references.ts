import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { StatusPatch } from './draft.ts';
import type { Gate, GateType } from './gate.ts';
import { endMessage } from './verdict.ts';

type RunReference = NonNullable<NonNullable<RolloutStatus['canary']>['currentStepAnalysisRunStatus']>;

/** Every kind of gate that has a place for its run in status. */
const TYPES: readonly GateType[] = ['Step', 'Background', 'PrePromotion', 'PostPromotion'];

/** The run of this kind of gate that status shows. */
export function referenceOf(status: RolloutStatus, type: GateType): RunReference | undefined {
  switch (type) {
    case 'Step':
      return status.canary?.currentStepAnalysisRunStatus;
    case 'Background':
      return status.canary?.currentBackgroundAnalysisRunStatus;
    case 'PrePromotion':
      return status.blueGreen?.prePromotionAnalysisRunStatus;
    case 'PostPromotion':
      return status.blueGreen?.postPromotionAnalysisRunStatus;
  }
}

/** The names of all runs that status shows: kept while it does. */
export function referredRuns(status: RolloutStatus): readonly string[] {
  return TYPES.flatMap((type) => referenceOf(status, type)?.name ?? []);
}

/** The short form of a run. */
function runReference(gate: Gate | undefined): RunReference | undefined {
  if (gate?.run === undefined) return undefined;
  const message = endMessage(gate.run);
  return {
    name: gate.runName,
    status: gate.run.status?.phase ?? 'Pending',
    ...(message === undefined ? {} : { message: message.slice(0, 4096) }),
  };
}

/** The run of a step is shown while it is at work, or ended as the last one did; those around the switch stay until another revision comes. */
export function withReferences(status: RolloutStatus, gates: readonly Gate[]): StatusPatch {
  const find = (type: GateType): RunReference | undefined => runReference(gates.find((gate) => gate.type === type));
  const [step, background, pre, post] = [find('Step'), find('Background'), find('PrePromotion'), find('PostPromotion')];
  const { currentStepAnalysisRunStatus: _step, currentBackgroundAnalysisRunStatus: _background, ...canary } = status.canary ?? {};
  return {
    canary: {
      ...canary,
      ...(step === undefined ? {} : { currentStepAnalysisRunStatus: step }),
      ...(background === undefined ? {} : { currentBackgroundAnalysisRunStatus: background }),
    },
    ...(pre === undefined && post === undefined
      ? {}
      : {
          blueGreen: {
            ...status.blueGreen,
            ...(pre === undefined ? {} : { prePromotionAnalysisRunStatus: pre }),
            ...(post === undefined ? {} : { postPromotionAnalysisRunStatus: post }),
          },
        }),
  };
}
