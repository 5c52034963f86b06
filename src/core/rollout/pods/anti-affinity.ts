import { POD_TEMPLATE_HASH } from '../../../api/labels.ts';
import type { CanaryStrategy } from '../../../api/rollout.ts';
import { deepEqual } from '../../identity/deep-equal.ts';
import { fieldsOf } from '../../sync/fields-of.ts';

type Fields = Readonly<Record<string, unknown>>;
type AntiAffinity = NonNullable<CanaryStrategy['antiAffinity']>;

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const HOSTNAME = 'kubernetes.io/hostname';

/** Rules that Sluice adds to a pod's anti-affinity, in the two lists of Kubernetes. */
export interface AffinityRules {
  readonly required: readonly unknown[];
  readonly preferred: readonly unknown[];
}

export const NO_RULES: AffinityRules = { required: [], preferred: [] };

/** Keeps pods off the nodes that run pods of the revision `hash`. */
export function rulesAgainst(wanted: AntiAffinity, hash: string): AffinityRules {
  const term = {
    labelSelector: { matchExpressions: [{ key: POD_TEMPLATE_HASH, operator: 'In', values: [hash] }] },
    topologyKey: HOSTNAME,
  };
  const weight = wanted[PREFERRED]?.weight;
  return weight === undefined ? { required: [term], preferred: [] } : { required: [], preferred: [{ weight, podAffinityTerm: term }] };
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A term about nothing but one revision's label is one of ours: no one else has a use for it. */
function isOurTerm(term: unknown): boolean {
  const selector = fieldsOf(fieldsOf(term)['labelSelector']);
  const [expression, ...others] = items(selector['matchExpressions']);
  return others.length === 0 && fieldsOf(expression)['key'] === POD_TEMPLATE_HASH && Object.keys(selector).length === 1;
}

function isOurs(rule: unknown): boolean {
  return isOurTerm(rule) || isOurTerm(fieldsOf(rule)['podAffinityTerm']);
}

function antiAffinityOf(podSpec: Fields): Fields {
  return fieldsOf(fieldsOf(podSpec['affinity'])['podAntiAffinity']);
}

/** The rules of ours in a pod specification. */
export function injectedRules(podSpec: Fields): AffinityRules {
  const lists = antiAffinityOf(podSpec);
  return { required: items(lists[REQUIRED]).filter(isOurs), preferred: items(lists[PREFERRED]).filter(isOurs) };
}

/** Whether a pod specification holds exactly these rules of ours. */
export function holdsRules(podSpec: Fields, rules: AffinityRules): boolean {
  return deepEqual(injectedRules(podSpec), rules);
}

function withList(lists: Fields, name: string, rules: readonly unknown[]): Fields {
  const { [name]: had, ...rest } = lists;
  const all = [...items(had).filter((rule) => !isOurs(rule)), ...rules];
  return all.length === 0 ? rest : { ...rest, [name]: all };
}

/** The affinity of a pod specification with these rules of ours in place of those before; undefined when nothing is left. */
export function affinityWith(podSpec: Fields, rules: AffinityRules): Fields | undefined {
  const { podAntiAffinity, ...others } = fieldsOf(podSpec['affinity']);
  const lists = withList(withList(fieldsOf(podAntiAffinity), REQUIRED, rules.required), PREFERRED, rules.preferred);
  const affinity = Object.keys(lists).length === 0 ? others : { ...others, podAntiAffinity: lists };
  return Object.keys(affinity).length === 0 ? undefined : affinity;
}
