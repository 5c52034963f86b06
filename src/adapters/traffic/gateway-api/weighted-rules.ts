import { type Json, jsonObject, jsonObjects } from '../json.ts';
import { type Trouble, trouble } from '../result.ts';
import { isManagedRule } from './managed-rule-name.ts';
import type { BackendView, RouteView, RuleView } from './route-view.ts';

/** The Services that a rule tells apart. */
export interface Sides {
  readonly stable: string;
  readonly canary: string;
}

/** Whether this reference is the Service of this name in the namespace of the route. */
function isService(backend: BackendView, name: string, namespace: string): boolean {
  const here = backend.namespace === undefined || backend.namespace === namespace;
  return backend.group === '' && backend.kind === 'Service' && here && backend.name === name;
}

function refsTo(rule: RuleView, name: string, view: RouteView): readonly BackendView[] {
  return rule.backends.filter((backend) => isService(backend, name, view.namespace));
}

/**
 * The rules whose weights are ours: those that are named, or every rule that refers to the stable Service. A rule that sends everything to the canary
 * is somebody's own preview unless it is named.
 */
export function weightedRules(
  what: string,
  view: RouteView,
  sides: Sides,
  names: readonly string[] | undefined,
  isManaged: (rule: RuleView) => boolean,
): readonly RuleView[] | Trouble {
  const candidates = view.rules.filter((rule) => !isManaged(rule));
  const missing = (names ?? []).find((name) => !candidates.some((rule) => rule.name === name));
  if (missing !== undefined) {
    const known = candidates.flatMap((rule) => rule.name ?? []).join(', ');
    return trouble(
      'RuleNotFound',
      `${what} has no rule named ${missing} (${known === '' ? 'no rule of it has a name' : `it has ${known}`}): name the rule in the route, or correct its name`,
    );
  }
  const rules = candidates.filter((rule) =>
    names === undefined ? refsTo(rule, sides.stable, view).length > 0 : rule.name !== undefined && names.includes(rule.name),
  );
  if (rules.length === 0) {
    return trouble(
      'RuleNotFound',
      `${what} has no rule with a backendRef to the Service ${sides.stable}: add one to the rule whose traffic is to be shifted`,
    );
  }
  for (const rule of rules) {
    const problem = problemOf(rule, view, sides);
    if (problem !== undefined) return trouble('RouteInvalid', `${what}, ${shownRule(rule, view)}: ${problem}`);
  }
  return rules;
}

/**
 * A rule that bears the name of a managed route, but is none: a managed rule sends its requests to the canary only, or copies them there. It is somebody's own,
 * and would be replaced and removed.
 */
export function foreignRuleProblem(what: string, view: RouteView, sides: Sides, managedRoutes: readonly string[]): Trouble | undefined {
  const foreign = view.rules.find((rule) => isManagedRule(rule.name, managedRoutes) && !isOurs(rule, view, sides));
  if (foreign === undefined) return undefined;
  return trouble(
    'RouteInvalid',
    `${what}, ${shownRule(foreign, view)}: it bears the name of a managed route, and does more than one: rename the rule, or the entry of managedRoutes`,
  );
}

function isOurs(rule: RuleView, view: RouteView, sides: Sides): boolean {
  if (rule.backends.every((backend) => isService(backend, sides.canary, view.namespace))) return true;
  return jsonObjects(rule.raw['filters']).some((filter) => {
    const ref = jsonObject(jsonObject(filter['requestMirror'])?.['backendRef']);
    return ref?.['name'] === sides.canary;
  });
}

/** `rule checkout`, or `rule 2` for one without a name, counted from 0. */
export function shownRule(rule: RuleView, view: RouteView): string {
  return `rule ${rule.name ?? view.rules.indexOf(rule)}`;
}

function problemOf(rule: RuleView, view: RouteView, sides: Sides): string | undefined {
  for (const name of [sides.stable, sides.canary]) {
    if (refsTo(rule, name, view).length > 1) {
      return `it refers to the Service ${name} twice, so that its share is not one number: keep one backendRef, or give the other port a rule of its own`;
    }
  }
  const own = [...refsTo(rule, sides.stable, view), ...refsTo(rule, sides.canary, view)];
  if (own.length === 0) return `it refers neither to ${sides.stable} nor to ${sides.canary}: add a backendRef to the stable Service`;
  const third = rule.backends.find((backend) => !own.includes(backend) && backend.weight > 0);
  if (third !== undefined) {
    return (
      `the backend ${third.name} has weight ${third.weight} beside ${sides.stable} and ${sides.canary}, so that their weights are no shares of the traffic: ` +
      'set its weight to 0, or move it to a rule of its own'
    );
  }
  return undefined;
}

/** The canary's weight in this rule; undefined when the two sides are not there or do not sum to `maxWeight`. */
export function canaryWeightOf(rule: RuleView, view: RouteView, sides: Sides, maxWeight: number): number | undefined {
  const [stable, canary] = [refsTo(rule, sides.stable, view)[0], refsTo(rule, sides.canary, view)[0]];
  if (stable === undefined || canary === undefined || stable.weight + canary.weight !== maxWeight) return undefined;
  return canary.weight;
}

/** The backendRefs of this rule with these weights; the side that is missing is a copy of the other, right behind it. */
export function withWeights(rule: RuleView, view: RouteView, sides: Sides, weights: { stable: number; canary: number }): readonly Json[] {
  const [stable] = refsTo(rule, sides.stable, view);
  const [canary] = refsTo(rule, sides.canary, view);
  return rule.backends.flatMap((backend): readonly Json[] => {
    const stableRef = backend === stable ? [{ ...backend.raw, weight: weights.stable }] : [];
    const canaryRef = backend === canary ? [{ ...backend.raw, weight: weights.canary }] : [];
    if (backend === stable && canary === undefined) return [...stableRef, { ...backend.raw, name: sides.canary, weight: weights.canary }];
    if (backend === canary && stable === undefined) return [{ ...backend.raw, name: sides.stable, weight: weights.stable }, ...canaryRef];
    if (backend === stable || backend === canary) return [...stableRef, ...canaryRef];
    return [backend.raw];
  });
}

/** The canary's backendRef alone, with all requests. */
export function canaryOnly(rule: RuleView, view: RouteView, sides: Sides): Json {
  const ref = refsTo(rule, sides.canary, view)[0] ?? refsTo(rule, sides.stable, view)[0];
  return { ...ref?.raw, name: sides.canary, weight: 1 };
}
