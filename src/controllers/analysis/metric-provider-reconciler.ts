import { METRIC_PROVIDER } from '../../api/kinds.ts';
import type { MetricProvider } from '../../api/metric-provider.ts';
import { checkMetricProvider, sendsCredentialsOpenly } from '../../core/analysis/check-provider.ts';
import type { Reconciler } from '../runtime/reconciler.ts';
import { type CheckedKindDeps, createCheckedKindReconciler } from './checked-kind-reconciler.ts';

/** Checks MetricProviders. It does not ask them: a provider that is down says so in the runs that need it. */
export function createMetricProviderReconciler(deps: CheckedKindDeps<MetricProvider>): Reconciler {
  return createCheckedKindReconciler(deps, {
    name: 'metric-provider',
    kind: METRIC_PROVIDER,
    ready: ({ spec }) =>
      sendsCredentialsOpenly(spec) ? 'the address can be used; its credentials travel unencrypted: use https' : 'the address can be used',
    check: (provider) => checkMetricProvider(provider.spec),
  });
}
