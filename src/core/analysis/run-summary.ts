import type { AnalysisRunStatus } from '../../api/analysis.ts';
import { isFinalPhase } from './final-phase.ts';
import type { Pair } from './run-phase.ts';

type Summary = NonNullable<AnalysisRunStatus['runSummary']>;

function summaryOf(pairs: readonly Pair[]): Summary {
  const count = (phase: string): number => pairs.filter(([, result]) => result.phase === phase).length;
  return {
    count: pairs.filter(([, result]) => isFinalPhase(result.phase)).length,
    successful: count('Successful'),
    failed: count('Failed'),
    inconclusive: count('Inconclusive'),
    error: count('Error'),
  };
}

/** How the metrics ended, those that count and those that only report apart, under the names of Argo Rollouts. */
export function runSummaries(pairs: readonly Pair[]): Pick<AnalysisRunStatus, 'runSummary' | 'dryRunSummary'> {
  const dry = pairs.filter(([metric]) => metric.dryRun);
  const runSummary = summaryOf(pairs.filter(([metric]) => !metric.dryRun));
  return dry.length === 0 ? { runSummary } : { runSummary, dryRunSummary: summaryOf(dry) };
}
