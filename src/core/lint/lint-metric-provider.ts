import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { ENDPOINT_KINDS, type HttpEndpoint, type MetricProvider } from '../../api/metric-provider.ts';
import type { AnalysisCheck } from '../analysis/check-analysis.ts';
import { checkMetricProvider } from '../analysis/check-provider.ts';
import { problemAt } from './problem-at.ts';

function lintEndpoint(at: string, endpoint: HttpEndpoint | undefined): readonly FieldProblem[] {
  if (endpoint === undefined) return [];
  const { basicAuth, bearerToken, timeout, headers = [] } = endpoint;
  return [
    ...(basicAuth !== undefined && bearerToken !== undefined
      ? [problemAt(`${at}.bearerToken`, undefined, 'stands beside basicAuth', 'keep one of them')]
      : []),
    ...(timeout !== undefined && parseDuration(timeout) === undefined
      ? [problemAt(`${at}.timeout`, timeout, 'is longer than ten years', 'write a duration such as 30s')]
      : []),
    ...headers.flatMap(({ value, secretRef }, index) =>
      (value === undefined) === (secretRef === undefined)
        ? [problemAt(`${at}.headers[${index}]`, undefined, 'needs exactly one source', 'give value, or secretRef with name and key')]
        : [],
    ),
  ];
}

/** The rules of a MetricProvider, and what is not done yet. The address is never repeated: it may hold a password. */
export function lintMetricProvider({ spec }: MetricProvider): AnalysisCheck {
  const check = checkMetricProvider(spec);
  const set = ENDPOINT_KINDS.filter((kind) => spec[kind] !== undefined);
  return {
    problems: [
      ...(set.length > 1
        ? [problemAt('spec', undefined, `names ${set.length} providers: ${set.join(', ')}`, 'set exactly one, such as prometheus')]
        : []),
      ...check.problems,
      ...lintEndpoint('spec.prometheus', spec.prometheus),
      ...lintEndpoint('spec.web', spec.web),
    ],
    unsupported: check.unsupported,
  };
}
