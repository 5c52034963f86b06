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

const READ_KINDS = ['prometheus', 'web'] as const;

/** What is wrong with a MetricProvider. The address is not repeated: it may hold a password. */
export function checkMetricProvider(spec: MetricProvider['spec']): AnalysisCheck {
  const problems = READ_KINDS.flatMap((kind): readonly FieldProblem[] => {
    const address = spec[kind]?.address;
    const problem = address === undefined ? undefined : addressProblem(address);
    return problem === undefined ? [] : [{ field: `spec.${kind}.address`, ...problem }];
  });
  const known: readonly string[] = READ_KINDS;
  const unsupported = Object.entries(spec).flatMap(([kind, value]): readonly FieldProblem[] =>
    value === undefined || known.includes(kind)
      ? []
      : [
          {
            field: `spec.${kind}`,
            problem: 'Unsupported: this version does not do it yet',
            remedy: 'use spec.prometheus or spec.web with an address',
          },
        ],
  );
  if (Object.values(spec).every((value) => value === undefined))
    return { problems: [{ field: 'spec', problem: 'names no endpoint', remedy: 'set spec.prometheus.address' }], unsupported };
  return { problems, unsupported };
}

/** Whether credentials would travel unencrypted. */
export function sendsCredentialsOpenly(spec: MetricProvider['spec']): boolean {
  return READ_KINDS.some((kind) => {
    const endpoint = spec[kind];
    if (endpoint === undefined || !endpoint.address.startsWith('http:')) return false;
    const secretHeader = (endpoint.headers ?? []).some((header) => header.secretRef !== undefined);
    return endpoint.basicAuth !== undefined || endpoint.bearerToken !== undefined || secretHeader;
  });
}
