import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { Rollout } from '../../api/rollout.ts';

/** What the rules look at of a Service. */
export interface RuledService {
  /** Type ExternalName. */
  readonly external: boolean;
  readonly selector: Readonly<Record<string, unknown>>;
}

/** The rule by what a Service is that breaks it. */
export type ServiceRule = 'ServiceExternalName' | 'ServiceWithoutSelector' | 'ServiceSelectsOthers';

/** A rule that a Service breaks, as what it is, and the remedy. */
export interface BrokenServiceRule {
  readonly reason: ServiceRule;
  readonly problem: string;
  readonly remedy: string;
}

/** Why a Service, by what it says itself, cannot carry this Rollout's traffic: it leads to no pods, or to others. */
export function brokenServiceRules({ spec }: Pick<Rollout, 'spec'>, { external, selector }: RuledService): readonly BrokenServiceRule[] {
  if (external) {
    const remedy = 'make it a Service of type ClusterIP with the labels of the pods as selector, or name another one';
    return [{ reason: 'ServiceExternalName', problem: 'is of type ExternalName and leads to no pods', remedy }];
  }
  if (Object.keys(selector).length === 0) {
    const remedy = "give it the labels of the Rollout's pod template as selector, or name another one";
    return [{ reason: 'ServiceWithoutSelector', problem: 'has no selector: its endpoints are made by somebody else', remedy }];
  }
  if (spec.template === undefined) return [];
  const labels = spec.template.metadata?.labels ?? {};
  // The hash is ours.
  const foreign = Object.keys(selector).filter(
    (key) => key !== POD_TEMPLATE_HASH && (!Object.hasOwn(labels, key) || labels[key] !== selector[key]),
  );
  return foreign.map((key) => ({
    reason: 'ServiceSelectsOthers',
    problem: `selects by ${key}, which does not match the pod template`,
    remedy: "make the selector match the pod template's labels, or name another Service",
  }));
}
