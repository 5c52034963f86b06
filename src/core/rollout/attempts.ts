import type { AnalysisRun } from '../../api/analysis.ts';
import { ANALYSIS_TYPE, POD_TEMPLATE_HASH, REVISION, STEP_INDEX } from '../../api/labels.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Context } from './context.ts';

/** Key of `status.attempts`: the revision and the name of the gate: `<hash>-<step index>`, `<hash>-background`, `<hash>-pre-promotion`, ... */
export function attemptKey(hash: string, gate: string): string {
  return `${hash}-${gate}`;
}

/** Which run of this key comes next or is under way; 0 is the first. */
export function attemptOf(status: RolloutStatus, key: string): number {
  return status.attempts?.[key] ?? 0;
}

function keyOf(run: AnalysisRun, hash: string): string | undefined {
  const labels = run.metadata.labels ?? {};
  const type = labels[ANALYSIS_TYPE];
  if (type === 'Background') return attemptKey(hash, 'background');
  if (type === 'PrePromotion') return attemptKey(hash, 'pre-promotion');
  if (type === 'PostPromotion') return attemptKey(hash, 'post-promotion');
  const step = Number.parseInt(labels[STEP_INDEX] ?? '', 10);
  return type === 'Step' && Number.isSafeInteger(step) ? attemptKey(hash, String(step)) : undefined;
}

/** By key, the first attempt above every run of ours that exists for this revision and ordinal; no entry without a run. */
export function attemptsAboveRuns(context: Context): Readonly<Record<string, number>> {
  const attempts: Record<string, number> = {};
  for (const run of context.observed.analysisRuns) {
    const ours =
      run.metadata.labels?.[POD_TEMPLATE_HASH] === context.hash && run.metadata.annotations?.[REVISION] === String(context.ordinal);
    const key = ours ? keyOf(run, context.hash) : undefined;
    if (key === undefined) continue;
    const attempt = Number.parseInt(/\.(\d{1,6})$/.exec(run.metadata.name)?.[1] ?? '0', 10);
    attempts[key] = Math.max(attempts[key] ?? 0, attempt + 1);
  }
  return attempts;
}

/** Attempts above every run that exists for this revision and ordinal: no verdict of an earlier try is taken for a new one. */
export function freshAttempts(context: Context, status: RolloutStatus): Readonly<Record<string, number>> | undefined {
  const attempts: Record<string, number> = { ...attemptsAboveRuns(context) };
  for (const [key, attempt] of Object.entries(status.attempts ?? {})) {
    if (key.startsWith(`${context.hash}-`)) attempts[key] = Math.max(attempts[key] ?? 0, attempt + 1);
  }
  return Object.keys(attempts).length === 0 ? undefined : attempts;
}
