import type { AnalysisTemplate, ClusterAnalysisTemplate } from '../../api/analysis.ts';
import { ANALYSIS_TEMPLATE, CLUSTER_ANALYSIS_TEMPLATE } from '../../api/kinds.ts';
import { lintAnalysis } from '../../core/lint/lint-analysis.ts';
import type { Reconciler } from '../runtime/reconciler.ts';
import { type CheckedKindDeps, createCheckedKindReconciler } from './checked-kind-reconciler.ts';

const ready = (): string => 'every condition compiles and every argument is declared';

interface TemplateDeps<T> extends CheckedKindDeps<T> {
  /** Templates may hold addresses themselves. */
  readonly inlineEndpoints?: boolean | undefined;
}

/** Type-checks AnalysisTemplates. */
export function createAnalysisTemplateReconciler(deps: TemplateDeps<AnalysisTemplate>): Reconciler {
  const check = (template: AnalysisTemplate) => lintAnalysis(template.spec, { resolved: false, inlineEndpoints: deps.inlineEndpoints });
  return createCheckedKindReconciler(deps, { name: 'analysis-template', kind: ANALYSIS_TEMPLATE, ready, check });
}

/** Type-checks ClusterAnalysisTemplates. */
export function createClusterAnalysisTemplateReconciler(deps: TemplateDeps<ClusterAnalysisTemplate>): Reconciler {
  const check = (template: ClusterAnalysisTemplate) =>
    lintAnalysis(template.spec, { resolved: false, inlineEndpoints: deps.inlineEndpoints });
  return createCheckedKindReconciler(deps, { name: 'cluster-analysis-template', kind: CLUSTER_ANALYSIS_TEMPLATE, ready, check });
}
