import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { ENDPOINT_KINDS, type MetricProvider } from '../../api/metric-provider.ts';
import type { AnalysisCheck } from '../analysis/check-analysis.ts';
import { problemAt } from './problem-at.ts';

/** The rules of a MetricProvider, and the kinds of endpoint that are not done yet. */
export function lintMetricProvider({ spec }: MetricProvider): AnalysisCheck {
  const set = ENDPOINT_KINDS.filter((kind) => spec[kind] !== undefined);
  const one =
    set.length === 1
      ? []
      : [
          problemAt(
            'spec',
            undefined,
            set.length === 0 ? 'names no provider' : `names ${set.length} providers: ${set.join(', ')}`,
            'set exactly one, such as prometheus',
          ),
        ];
  const unsupported = set
    .filter((kind) => kind !== 'prometheus')
    .map((kind) => problemAt(`spec.${kind}`, undefined, 'Unsupported: this version does not do it yet', 'use prometheus'));
  return { problems: [...one, ...lintPrometheus(spec.prometheus)], unsupported };
}

function lintPrometheus(prometheus: MetricProvider['spec']['prometheus']): readonly FieldProblem[] {
  if (prometheus === undefined) return [];
  return [
    ...(/^https?:\/\/[^/@]+(\/.*)?$/.test(prometheus.address)
      ? []
      : [
          problemAt(
            'spec.prometheus.address',
            prometheus.address,
            'is not an http:// or https:// address without user and password',
            'write an address such as http://prometheus.monitoring:9090; credentials belong into a Secret',
          ),
        ]),
    ...(prometheus.basicAuth !== undefined && prometheus.bearerToken !== undefined
      ? [problemAt('spec.prometheus.bearerToken', undefined, 'stands beside basicAuth', 'keep one of them')]
      : []),
    ...(prometheus.timeout !== undefined && parseDuration(prometheus.timeout) === undefined
      ? [problemAt('spec.prometheus.timeout', prometheus.timeout, 'is longer than ten years', 'write a duration such as 30s')]
      : []),
  ];
}
