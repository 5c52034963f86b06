import type { Clock } from '../../ports/clock.ts';
import type { MetricSource } from '../../ports/metrics.ts';
import { createHttpAsker } from './http/ask-http.ts';
import { createInlineGuard, type ResolveName, resolveBySystem } from './http/inline-guard.ts';
import { createPrometheusSource } from './prometheus/prometheus-source.ts';
import { createWebSource } from './web/web-source.ts';

export interface MetricSourceDeps {
  readonly clock: Clock;
  /** Hosts that addresses out of templates may name although they lie inside the cluster; none when absent. */
  readonly inlineEndpointHosts?: readonly string[] | undefined;
  /** That of the system when absent. */
  readonly resolve?: ResolveName | undefined;
}

/** Every provider that Sluice can ask, behind one port. */
export function createMetricSource(deps: MetricSourceDeps): MetricSource {
  const checkInline = createInlineGuard({ resolve: deps.resolve ?? resolveBySystem, allowedHosts: deps.inlineEndpointHosts ?? [] });
  const ask = createHttpAsker({ clock: deps.clock, checkInline });
  const prometheus = createPrometheusSource({ ask });
  const web = createWebSource({ ask });
  return {
    query: (query) => {
      switch (query.type) {
        case 'prometheus':
          return prometheus.query(query);
        case 'web':
          return web.query(query);
      }
    },
  };
}
