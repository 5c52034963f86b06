import type { AnalysisRun, AnalysisRunStatus } from '../../api/analysis.ts';
import type { Cached } from '../../api/cached.ts';
import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import { ANALYSIS_RUN, JOB } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { MetricProvider } from '../../api/metric-provider.ts';
import { formatInstant, type Instant } from '../../api/time.ts';
import { decideAnalysisRun } from '../../core/analysis/decide.ts';
import { kstatusConditions } from '../../core/analysis/status-conditions.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, ObjectRef } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { MetricSource } from '../../ports/metrics.ts';
import type { OwnWrites } from '../runtime/own-writes.ts';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler.ts';
import { conditionsOf, writeStatus } from '../runtime/write-status.ts';
import type { ReadSecret } from './endpoint-access.ts';
import { measureDue } from './measure.ts';
import { providerProblems } from './provider-problems.ts';

export interface AnalysisRunReconcilerDeps {
  readonly cluster: Pick<Cluster, 'update' | 'remove'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly source: MetricSource;
  readonly runs: Store<Cached<AnalysisRun>>;
  readonly providers: Store<Cached<MetricProvider>>;
  /** A Secret of Sluice's own namespace. */
  readonly readSecret: ReadSecret;
  readonly ownWrites: OwnWrites;
  /** Metrics may hold addresses themselves. */
  readonly inlineEndpoints?: boolean | undefined;
}

/** The status of a run that does not parse: it ended before it began, and says why. */
function unreadable(raw: KubeObject, problems: readonly FieldProblem[], now: Instant): AnalysisRunStatus {
  const message = problems.map(formatProblem).join('; ').slice(0, 4096);
  const generation = raw.metadata.generation ?? 0;
  const standing = { state: 'Stalled', reason: 'InvalidSpec', message } as const;
  const conditions = [...kstatusConditions(conditionsOf(raw), standing, generation, now)];
  const completedAt = conditions[0]?.lastTransitionTime ?? formatInstant(now);
  return { observedGeneration: generation, phase: 'Error', message, conditions, completedAt };
}

/** Deletes a run whose time to live is over, unless it changed meanwhile. */
async function removeRun(key: string, { metadata }: KubeObject, deps: AnalysisRunReconcilerDeps, signal: AbortSignal): Promise<void> {
  const { namespace = '', name, uid = '', resourceVersion } = metadata;
  try {
    await deps.cluster.remove(
      ANALYSIS_RUN,
      { namespace, name },
      { preconditions: { uid, resourceVersion }, propagation: 'Background', signal },
    );
  } catch (error) {
    if (!isSluiceError(error, 'not_found')) throw error;
  }
  deps.ownWrites.removed(key, ANALYSIS_RUN, { namespace, name, uid });
  deps.log.info('analysis run deleted: its ttlStrategy is over', { name: key });
}

/** Ends a Job that nobody needs any more. One that is gone, or that may not be touched, keeps nobody from deciding. */
async function removeJob(ref: ObjectRef, deps: AnalysisRunReconcilerDeps, signal: AbortSignal): Promise<void> {
  try {
    await deps.cluster.remove(JOB, ref, { propagation: 'Background', signal });
  } catch (error) {
    if (!isSluiceError(error, 'not_found') && !isSluiceError(error, 'forbidden')) throw error;
  }
}

async function save(
  key: string,
  raw: KubeObject,
  status: AnalysisRunStatus,
  deps: AnalysisRunReconcilerDeps,
  signal: AbortSignal,
): Promise<void> {
  const written = await writeStatus(deps.cluster, ANALYSIS_RUN, raw, status, signal);
  if (written === undefined) return;
  deps.ownWrites.wrote(key, ANALYSIS_RUN, written);
  deps.log.info('analysis run', { name: key, phase: status.phase, reason: status.message });
}

async function reconcileRun(
  key: string,
  { raw, parsed }: Cached<AnalysisRun>,
  deps: AnalysisRunReconcilerDeps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  if (!parsed.ok) {
    await save(key, raw, unreadable(raw, parsed.problems, deps.clock.now()), deps, signal);
    return {};
  }
  const observed = { run: parsed.value, problems: providerProblems(parsed.value, deps.providers), inlineEndpoints: deps.inlineEndpoints };
  const first = decideAnalysisRun(observed, [], deps.clock.now());
  if (first.remove) {
    await removeRun(key, raw, deps, signal);
    return {};
  }
  const provider = (name: string): MetricProvider | undefined => {
    const found = deps.providers.get(name)?.parsed;
    return found?.ok === true ? found.value : undefined;
  };
  const { source, clock, readSecret } = deps;
  const { namespace = '', name, uid = '' } = raw.metadata;
  const taken = await measureDue(first.due, { source, clock, readSecret, provider, run: { namespace, name, uid } }, signal);
  // A shutdown cancels the queries: what they say then is about us, not about the revision.
  if (signal.aborted) return {};
  const decision = taken.length === 0 ? first : decideAnalysisRun(observed, taken, clock.now());
  deps.log.debug('decided', { name: key, explain: decision.explain });
  for (const job of decision.surplusJobs) await removeJob({ namespace, name: job }, deps, signal);
  await save(key, raw, decision.status, deps, signal);
  return { requeueAt: decision.requeueAt };
}

/**
 * Reconciles AnalysisRuns: decide what is due, ask the providers side by side, decide again, write the status once. A provider that fails is a measurement,
 * never an error of the reconciler; a status that someone else changed meanwhile fails with `conflict` and is decided again.
 */
export function createAnalysisRunReconciler(deps: AnalysisRunReconcilerDeps): Reconciler {
  return {
    name: 'analysis-run',
    reconcile: async (key, signal) => {
      const cached = deps.runs.get(key);
      if (cached === undefined || cached.raw.metadata.deletionTimestamp !== undefined || deps.ownWrites.isParked(key)) return {};
      return reconcileRun(key, cached, deps, signal);
    },
  };
}
