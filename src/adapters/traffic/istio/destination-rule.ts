import { type IstioRouting } from '../../../api/istio-routing.ts';
import { DESTINATION_RULE } from '../../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../../api/labels.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import type { RouterObjects } from '../../../ports/traffic-router.ts';
import { setJson } from '../edit-json.ts';
import { found, type Result, trouble } from '../result.ts';
import { findObject, type RouterObject } from '../router-objects.ts';
import type { Side } from '../side-weights.ts';
import { type DestinationRuleView, destinationRuleSchema } from './istio-objects.ts';

/** The label by which Argo Rollouts tells revisions apart: no Pod of ours has it, so that a subset that asks for it is empty. */
const ARGO_HASH = 'rollouts-pod-template-hash';

/** One subset: its place in `spec.subsets`, and the revision that it selects now. */
interface Subset {
  readonly index: number;
  readonly name: string;
  readonly hash: string | undefined;
}

/** A DestinationRule whose two subsets select the revisions. */
export interface SubsetRule {
  readonly object: RouterObject<DestinationRuleView>;
  readonly host: string;
  readonly subsets: { readonly [S in Side]: Subset };
}

/** The DestinationRule that the Rollout names; undefined when it tells its revisions apart by two Services. */
export function findSubsetRule(config: IstioRouting, objects: RouterObjects): Result<SubsetRule | undefined> {
  const rule = config.destinationRule;
  if (rule === undefined) return found(undefined);
  const lookup = findObject(objects, DESTINATION_RULE, destinationRuleSchema, rule.name, 'trafficRouting.istio.destinationRule.name');
  if (!lookup.ok) return lookup;
  const object = lookup.value;
  const stable = subsetOf(object, rule.stableSubsetName);
  if (!stable.ok) return stable;
  const canary = subsetOf(object, rule.canarySubsetName);
  if (!canary.ok) return canary;
  return found({ object, host: object.view.spec.host, subsets: { stable: stable.value, canary: canary.value } });
}

function subsetOf(object: RouterObject<DestinationRuleView>, name: string): Result<Subset> {
  const subsets = object.view.spec.subsets ?? [];
  const index = subsets.findIndex((subset) => subset.name === name);
  const at = `DestinationRule ${object.raw.metadata.name}`;
  if (index === -1)
    return trouble('RuleNotFound', `${at} has no subset ${name}; add {name: ${name}, labels: {...}} with the labels of the Service`);
  const labels = subsets[index]?.labels ?? {};
  if (labels[ARGO_HASH] !== undefined) {
    return trouble('RouteInvalid', `${at}: subset ${name} selects ${ARGO_HASH}, which no Pod of this Rollout has; remove that label`);
  }
  return found({ index, name, hash: labels[POD_TEMPLATE_HASH] });
}

/** The rule with these hashes in its subsets; a side that is not named stays, and an undefined hash is removed. */
export function withHashes(rule: SubsetRule, hashes: { readonly [S in Side]?: string | undefined }): KubeObject {
  return (['stable', 'canary'] as const).reduce(
    (object, side) =>
      Object.hasOwn(hashes, side)
        ? setJson(object, ['spec', 'subsets', rule.subsets[side].index, 'labels', POD_TEMPLATE_HASH], hashes[side])
        : object,
    rule.object.raw,
  );
}
