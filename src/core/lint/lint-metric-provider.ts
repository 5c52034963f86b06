import { parseDuration } from '../../api/duration.ts';
import { ENDPOINT_KINDS, type MetricProvider } from '../../api/metric-provider.ts';
import type { AnalysisCheck } from '../analysis/check-analysis.ts';
import { checkMetricProvider } from '../analysis/check-provider.ts';
import { problemAt } from './problem-at.ts';

/** The rules of a MetricProvider, and what is not done yet. The address is never repeated: it may hold a password. */
export function lintMetricProvider({ spec }: MetricProvider): AnalysisCheck {
  const check = checkMetricProvider(spec);
  const set = ENDPOINT_KINDS.filter((kind) => spec[kind] !== undefined);
  const { prometheus } = spec;
  return {
    problems: [
      ...(set.length > 1
        ? [problemAt('spec', undefined, `names ${set.length} providers: ${set.join(', ')}`, 'set exactly one, such as prometheus')]
        : []),
      ...check.problems,
      ...(prometheus?.basicAuth !== undefined && prometheus.bearerToken !== undefined
        ? [problemAt('spec.prometheus.bearerToken', undefined, 'stands beside basicAuth', 'keep one of them')]
        : []),
      ...(prometheus?.timeout !== undefined && parseDuration(prometheus.timeout) === undefined
        ? [problemAt('spec.prometheus.timeout', prometheus.timeout, 'is longer than ten years', 'write a duration such as 30s')]
        : []),
    ],
    unsupported: check.unsupported,
  };
}
