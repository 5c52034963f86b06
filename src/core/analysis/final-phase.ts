import type { AnalysisPhase } from '../../api/analysis.ts';

/** Whether a phase is one that a run or a metric ends in. */
export function isFinalPhase(phase: AnalysisPhase | undefined): boolean {
  return phase === 'Successful' || phase === 'Failed' || phase === 'Error' || phase === 'Inconclusive';
}
