import type { KubeObject } from '../../../api/metadata.ts';
import type { RoutedRollout, TrafficIntent, WrittenTraffic } from '../../../ports/traffic-router.ts';
import { type Json, jsonObjects } from '../json.ts';
import { inOrder, type ManagedRoute, recognised } from '../managed-routes.ts';
import { saysExactly } from '../says.ts';
import type { FoundRoute } from './find-routes.ts';
import { isManagedRule, isRuleOf } from './managed-rule-name.ts';
import { renderManaged, renderRules } from './render-rules.ts';
import { canaryWeightOf } from './weighted-rules.ts';

type Said = Pick<TrafficIntent, 'weight' | 'maxWeight' | 'headerRoutes' | 'mirrorRoutes'>;

/** The object that makes this route say `intent`; undefined when it does already. */
export function correction(route: FoundRoute, rollout: RoutedRollout, intent: Said): KubeObject | undefined {
  const rendered = renderRules(route, rollout.managedRoutes, {
    weight: intent.weight,
    maxWeight: intent.maxWeight,
    managed: inOrder(rollout.managedRoutes, intent),
  });
  // `problems` has refused the steps that ask for it.
  if (!rendered.ok) return undefined;
  const spec = { ...route.base.spec, rules: rendered.rules };
  return route.live !== undefined && saysSpec(route.live.spec, spec) ? undefined : { ...route.base.object, spec };
}

function saysSpec(live: Json, wanted: Json): boolean {
  const { rules: liveRules, ...liveRest } = live;
  const { rules: wantedRules, ...wantedRest } = wanted;
  return saysExactly(liveRest, wantedRest) && saysRules(jsonObjects(liveRules), jsonObjects(wantedRules));
}

function saysRules(live: readonly Json[], wanted: readonly Json[]): boolean {
  return live.length === wanted.length && live.every((rule, index) => saysExactly(rule, wanted[index] ?? {}));
}

/**
 * What all routes say together. Managed routes are recognised by making the planned ones again. Where a route is not exactly what its own words would make of
 * it (a foreign edit, another order, one rule with another weight), the weight is undefined: writing the intent again heals it.
 */
export function writtenTraffic(found: readonly FoundRoute[], rollout: RoutedRollout): WrittenTraffic {
  const { maxWeight } = rollout;
  const weights = new Set(found.map((route) => weightOf(route, rollout)));
  const [weight] = weights.size === 1 ? weights : [undefined];
  const written = (route: ManagedRoute): boolean => found.every((one) => hasManaged(one, route, weight ?? 0, maxWeight));
  const managed = recognised(rollout, written);
  const whole = weight !== undefined && found.every((route) => correction(route, rollout, { weight, maxWeight, ...managed }) === undefined);
  return { weight: whole ? weight : undefined, ...managed };
}

/** The canary's weight in every weighted rule of the live object; undefined when they differ or one says none. */
function weightOf(route: FoundRoute, { maxWeight, managedRoutes }: RoutedRollout): number | undefined {
  const { live, sides } = route;
  if (live === undefined) return undefined;
  const rules = route.generated ? live.rules.filter((rule) => !isManagedRule(rule.name, managedRoutes)) : route.weighted;
  const weights = new Set(rules.map((rule) => canaryWeightOf(rule, live, sides, maxWeight)));
  return weights.size === 1 ? [...weights][0] : undefined;
}

function hasManaged(route: FoundRoute, managed: ManagedRoute, weight: number, maxWeight: number): boolean {
  const rendered = renderManaged(route, managed, { weight, maxWeight });
  if (!rendered.ok) return false;
  const live = (route.live?.rules ?? []).filter((rule) => isRuleOf(managed.route.name, rule.name));
  return saysRules(
    live.map((rule) => rule.raw),
    rendered.rules,
  );
}
