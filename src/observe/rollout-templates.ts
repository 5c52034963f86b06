import type { AnalysisTemplate, ClusterAnalysisTemplate } from '../api/analysis.ts';
import type { Rollout } from '../api/rollout.ts';
import type { TemplateRef } from '../core/analysis/template-set.ts';
import { analysesOf } from '../core/lint/lint-references.ts';
import type { ObservedRollout } from '../core/rollout/observed.ts';
import type { RolloutStores } from './rollout-stores.ts';

type Templates = Pick<ObservedRollout, 'templates' | 'clusterTemplates'>;

/** The templates that a Rollout's analyses name, and those that they take over, by name; each is read once, so that a circle ends. */
export function templatesOf(rollout: Rollout, stores: Pick<RolloutStores, 'templates' | 'clusterTemplates'>): Templates {
  const namespace = rollout.metadata.namespace ?? '';
  const templates = new Map<string, AnalysisTemplate>();
  const clusterTemplates = new Map<string, ClusterAnalysisTemplate>();
  const waiting: TemplateRef[] = analysesOf(rollout).flatMap(({ analysis }) => analysis.templates);
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    const name = ref.templateName;
    if (ref.clusterScope === true) {
      const parsed = clusterTemplates.has(name) ? undefined : stores.clusterTemplates.get(name)?.parsed;
      if (parsed?.ok !== true) continue;
      clusterTemplates.set(name, parsed.value);
      waiting.push(...(parsed.value.spec.templates ?? []));
    } else {
      const parsed = templates.has(name) ? undefined : stores.templates.get(`${namespace}/${name}`)?.parsed;
      if (parsed?.ok !== true) continue;
      templates.set(name, parsed.value);
      waiting.push(...(parsed.value.spec.templates ?? []));
    }
  }
  return { templates, clusterTemplates };
}
