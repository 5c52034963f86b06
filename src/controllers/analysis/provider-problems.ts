import type { AnalysisRun } from '../../api/analysis.ts';
import type { Cached } from '../../api/cached.ts';
import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import type { MetricProvider } from '../../api/metric-provider.ts';
import { checkMetricProvider } from '../../core/analysis/check-provider.ts';
import type { Store } from '../../kube/store.ts';

type Providers = Pick<Store<Cached<MetricProvider>>, 'get'>;
type EndpointKind = 'prometheus' | 'web';

/** Why no metric of this kind can be asked of this provider. */
function providerProblem(name: string, kind: EndpointKind, field: string, providers: Providers): FieldProblem | undefined {
  const cached = providers.get(name);
  if (cached === undefined) {
    const remedy =
      name === 'default' ? 'create a MetricProvider named default' : `create it, or leave provider out to use the MetricProvider default`;
    return { field, value: name, problem: `there is no MetricProvider ${name}`, remedy };
  }
  const remedy = `correct the MetricProvider ${name}`;
  if (!cached.parsed.ok) return { field, value: name, problem: cached.parsed.problems.map(formatProblem).join('; '), remedy };
  const { spec } = cached.parsed.value;
  const check = checkMetricProvider(spec);
  const all = [...check.problems, ...check.unsupported];
  if (all.length > 0)
    return { field, value: name, problem: `the MetricProvider cannot be used: ${all.map(formatProblem).join('; ')}`, remedy };
  if (spec[kind] !== undefined) return undefined;
  return { field, value: name, problem: `the MetricProvider has no ${kind} entry`, remedy: `name a MetricProvider with spec.${kind}` };
}

/** What is wrong with the MetricProviders that a run's metrics name. */
export function providerProblems(run: AnalysisRun, providers: Providers): readonly FieldProblem[] {
  return (run.spec.metrics ?? []).flatMap((metric, index) => {
    const { prometheus, web } = metric.provider;
    const at = `spec.metrics[${index}].provider`;
    if (prometheus !== undefined && prometheus.address === undefined)
      return providerProblem(prometheus.provider ?? 'default', 'prometheus', `${at}.prometheus.provider`, providers) ?? [];
    if (web?.provider !== undefined) return providerProblem(web.provider, 'web', `${at}.web.provider`, providers) ?? [];
    return [];
  });
}
