import { parseDuration } from '../../api/duration.ts';
import type { MetricProvider } from '../../api/metric-provider.ts';
import { millis } from '../../api/time.ts';
import type { TakenMeasurement } from '../../core/analysis/assess.ts';
import type { DueMetric } from '../../core/analysis/decide.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MetricReply, MetricSource } from '../../ports/metrics.ts';

/** Argo Rollouts' limit for one Prometheus query. */
const DEFAULT_TIMEOUT = millis(30_000);

export interface MeasureDeps {
  readonly source: MetricSource;
  readonly clock: Clock;
  /** The provider of this name; undefined when there is none. */
  provider(name: string): MetricProvider | undefined;
}

async function ask(due: DueMetric, deps: MeasureDeps, signal: AbortSignal): Promise<MetricReply> {
  const provider = deps.provider(due.provider);
  if (provider === undefined) {
    return { kind: 'failed', reason: 'unsupported_provider', message: `there is no MetricProvider ${due.provider}`, retryable: false };
  }
  const timeout = parseDuration(provider.spec.prometheus?.timeout) ?? DEFAULT_TIMEOUT;
  try {
    return await deps.source.query({ provider, query: due.query, at: deps.clock.now(), timeout, signal });
  } catch {
    // A source must not reject. When one does, that metric is not measured; the others and the controller go on.
    return { kind: 'failed', reason: 'query_failed', message: 'the metric source broke off', retryable: true };
  }
}

/** Asks all that is due at once. Never rejects: what goes wrong is a measurement too. */
export function measureDue(due: readonly DueMetric[], deps: MeasureDeps, signal: AbortSignal): Promise<readonly TakenMeasurement[]> {
  return Promise.all(
    due.map(async (one) => {
      const startedAt = deps.clock.now();
      const reply = await ask(one, deps, signal);
      return { metric: one.metric, startedAt, finishedAt: deps.clock.now(), reply };
    }),
  );
}
