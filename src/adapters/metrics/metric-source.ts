import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { MetricSource } from '../../ports/metrics.ts';
import { failure } from './failure.ts';
import { createHttpAsker } from './http/ask-http.ts';
import { createInlineGuard, type ResolveName, resolveBySystem } from './http/inline-guard.ts';
import { createJobSource } from './job/job-source.ts';
import { createPrometheusSource } from './prometheus/prometheus-source.ts';
import { createWebSource } from './web/web-source.ts';

export interface MetricSourceDeps {
  readonly clock: Clock;
  /** Where Jobs run; without it none can. */
  readonly cluster?: Pick<Cluster, 'get' | 'create' | 'list'> | undefined;
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
  const job = deps.cluster === undefined ? undefined : createJobSource({ cluster: deps.cluster });
  return {
    query: (query) => {
      switch (query.type) {
        case 'prometheus':
          return prometheus.query(query);
        case 'web':
          return web.query(query);
        case 'job':
          return job?.query(query) ?? Promise.resolve(failure('unsupported_provider', 'no Jobs are run here', false));
      }
    },
  };
}
