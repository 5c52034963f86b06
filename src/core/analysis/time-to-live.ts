import type { AnalysisRun, AnalysisRunStatus } from '../../api/analysis.ts';
import { type Instant, instant, parseInstant } from '../../api/time.ts';
import { isFinalPhase } from './final-phase.ts';

/**
 * When an ended run is to be deleted; undefined for never. As in Argo Rollouts, `secondsAfterSuccess` and `secondsAfterFailure` go before
 * `secondsAfterCompletion` for runs that ended Successful and Failed.
 */
export function deletionTime(strategy: AnalysisRun['spec']['ttlStrategy'], status: AnalysisRunStatus | undefined): Instant | undefined {
  const completedAt = parseInstant(status?.completedAt);
  if (strategy === undefined || completedAt === undefined || !isFinalPhase(status?.phase)) return undefined;
  const own =
    status?.phase === 'Successful' ? strategy.secondsAfterSuccess : status?.phase === 'Failed' ? strategy.secondsAfterFailure : undefined;
  const seconds = own ?? strategy.secondsAfterCompletion;
  return seconds === undefined ? undefined : instant(completedAt + seconds * 1000);
}
