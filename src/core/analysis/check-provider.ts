import type { FieldProblem } from '../../api/field-problem.ts';
import type { MetricProvider } from '../../api/metric-provider.ts';
import type { AnalysisCheck } from './check-analysis.ts';

function addressProblem(address: string): Omit<FieldProblem, 'field' | 'value'> | undefined {
  const url = URL.parse(address);
  const remedy = 'write it as in http://prometheus.monitoring:9090';
  if (url === null) return { problem: 'is not an address', remedy };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { problem: `has the scheme ${url.protocol}`, remedy };
  if (url.username !== '' || url.password !== '')
    return { problem: 'holds a user or a password', remedy: 'take them out of the address: credentials belong into a Secret' };
  if (url.search !== '' || url.hash !== '') return { problem: 'holds a query or a fragment', remedy: 'end the address with the path' };
  return undefined;
}

/** What is wrong with a MetricProvider. The address is not repeated: it may hold a password. */
export function checkMetricProvider(spec: MetricProvider['spec']): AnalysisCheck {
  const { prometheus } = spec;
  const unsupported = (field: string, remedy: string): FieldProblem => ({
    field,
    problem: 'Unsupported: this version does not do it yet',
    remedy,
  });
  if (prometheus === undefined) {
    const other = Object.keys(spec)[0];
    if (other !== undefined) return { problems: [], unsupported: [unsupported(`spec.${other}`, 'use spec.prometheus with an address')] };
    return { problems: [{ field: 'spec', problem: 'names no endpoint', remedy: 'set spec.prometheus.address' }], unsupported: [] };
  }
  const problem = addressProblem(prometheus.address);
  const credentials = (['basicAuth', 'bearerToken', 'tls'] as const).filter((field) => prometheus[field] !== undefined);
  return {
    problems: problem === undefined ? [] : [{ field: 'spec.prometheus.address', ...problem }],
    unsupported: credentials.map((field) =>
      unsupported(`spec.prometheus.${field}`, 'put a proxy that adds the credentials in front, and give its address'),
    ),
  };
}
