import type { AnalysisRun, MetricResult } from '../../api/analysis.ts';

/** What a run says of the revision so far. */
export type Verdict = 'Pending' | 'Pass' | 'Breach' | 'Unknown';

/**
 * Successful = Pass, Failed = Breach, every other end is Unknown (design 6). A run that was cut short is no Pass: its evidence is incomplete.
 * A run that does not exist yet is Pending.
 */
export function verdictOf(run: AnalysisRun | undefined): Verdict {
  switch (run?.status?.phase) {
    case 'Successful':
      return run.spec.terminate === true ? 'Unknown' : 'Pass';
    case 'Failed':
      return 'Breach';
    case 'Error':
    case 'Inconclusive':
      return 'Unknown';
    case 'Pending':
    case 'Running':
    case undefined:
      return 'Pending';
  }
}

/** Whether a run has ended, with whatever verdict. */
export function isOver(run: AnalysisRun): boolean {
  return verdictOf(run) !== 'Pending';
}

/** What a run that has ended says of it; what one that goes on says changes with it, and each change would be a write of the Rollout. */
export function endMessage(run: AnalysisRun | undefined): string | undefined {
  const message = run !== undefined && isOver(run) ? run.status?.message : undefined;
  return message === '' ? undefined : message;
}

/** Whether a metric that could not be measured asks for an abort (`onError: Abort`): no verdict, so neither quarantine nor Git. */
export function errorAsksForAbort(run: AnalysisRun | undefined): boolean {
  if (run?.status?.phase !== 'Error') return false;
  const failed = new Set((run.status.metricResults ?? []).filter((result) => result.phase === 'Error').map((result) => result.name));
  return (run.spec.metrics ?? []).some((metric) => metric.onError === 'Abort' && failed.has(metric.name));
}

/** The newest value of a metric, as people read it. */
export function lastValue(result: MetricResult): string {
  return result.measurements?.at(-1)?.value ?? '';
}
