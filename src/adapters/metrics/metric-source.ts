import type { Clock } from '../../ports/clock.ts';
import type { MetricSource } from '../../ports/metrics.ts';
import { createHttpAsker } from './http/ask-http.ts';
import { createPrometheusSource } from './prometheus/prometheus-source.ts';

/** Every provider that Sluice can ask, behind one port. */
export function createMetricSource(deps: { readonly clock: Clock }): MetricSource {
  const ask = createHttpAsker({ clock: deps.clock });
  const prometheus = createPrometheusSource({ ask });
  return { query: (query) => prometheus.query(query) };
}
