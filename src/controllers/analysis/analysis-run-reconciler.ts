import type { AnalysisRun, AnalysisRunStatus } from '../../api/analysis.ts';
import type { Cached } from '../../api/cached.ts';
import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import { ANALYSIS_RUN } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { MetricProvider } from '../../api/metric-provider.ts';
import { formatInstant, type Instant } from '../../api/time.ts';
import { checkMetricProvider } from '../../core/analysis/check-provider.ts';
import { decideAnalysisRun, providerNameOf } from '../../core/analysis/decide.ts';
import { kstatusConditions } from '../../core/analysis/status-conditions.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { MetricSource } from '../../ports/metrics.ts';
import type { OwnWrites } from '../runtime/own-writes.ts';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler.ts';
import { conditionsOf, writeStatus } from '../runtime/write-status.ts';
import { measureDue } from './measure.ts';

export interface AnalysisRunReconcilerDeps {
  readonly cluster: Pick<Cluster, 'update'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly source: MetricSource;
  readonly runs: Store<Cached<AnalysisRun>>;
  readonly providers: Store<Cached<MetricProvider>>;
  readonly ownWrites: OwnWrites;
}

/** Why no metric can be asked of this provider. */
function providerProblem(name: string, field: string, providers: Store<Cached<MetricProvider>>): FieldProblem | undefined {
  const cached = providers.get(name);
  if (cached === undefined) {
    const remedy =
      name === 'default' ? 'create a MetricProvider named default' : `create it, or leave provider out to use the MetricProvider default`;
    return { field, value: name, problem: `there is no MetricProvider ${name}`, remedy };
  }
  const remedy = `correct the MetricProvider ${name}`;
  if (!cached.parsed.ok) return { field, value: name, problem: cached.parsed.problems.map(formatProblem).join('; '), remedy };
  const check = checkMetricProvider(cached.parsed.value.spec);
  const all = [...check.problems, ...check.unsupported];
  return all.length === 0
    ? undefined
    : { field, value: name, problem: `the MetricProvider cannot be used: ${all.map(formatProblem).join('; ')}`, remedy };
}

function providerProblems(run: AnalysisRun, providers: Store<Cached<MetricProvider>>): readonly FieldProblem[] {
  return (run.spec.metrics ?? []).flatMap((metric, index) => {
    if (metric.provider.prometheus === undefined) return [];
    return providerProblem(providerNameOf(metric), `spec.metrics[${index}].provider.prometheus.provider`, providers) ?? [];
  });
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

async function reconcileRun(
  key: string,
  cached: Cached<AnalysisRun>,
  deps: AnalysisRunReconcilerDeps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { raw, parsed } = cached;
  const write = async (status: AnalysisRunStatus): Promise<void> => {
    const written = await writeStatus(deps.cluster, ANALYSIS_RUN, raw, status, signal);
    if (written === undefined) return;
    deps.ownWrites.wrote(key, ANALYSIS_RUN, written);
    deps.log.info('analysis run', { name: key, phase: status.phase, reason: status.message });
  };
  if (!parsed.ok) {
    await write(unreadable(raw, parsed.problems, deps.clock.now()));
    return {};
  }
  const observed = { run: parsed.value, problems: providerProblems(parsed.value, deps.providers) };
  const first = decideAnalysisRun(observed, [], deps.clock.now());
  const provider = (name: string): MetricProvider | undefined => {
    const found = deps.providers.get(name)?.parsed;
    return found?.ok === true ? found.value : undefined;
  };
  const taken = await measureDue(first.due, { source: deps.source, clock: deps.clock, provider }, signal);
  // A shutdown cancels the queries: what they say then is about us, not about the revision.
  if (signal.aborted) return {};
  const decision = taken.length === 0 ? first : decideAnalysisRun(observed, taken, deps.clock.now());
  deps.log.debug('decided', { name: key, explain: decision.explain });
  await write(decision.status);
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
