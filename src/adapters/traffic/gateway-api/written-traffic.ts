import type { KubeObject } from '../../../api/metadata.ts';
import type { HeaderRoute, MirrorRoute, RoutedRollout, TrafficIntent, WrittenTraffic } from '../../../ports/traffic-router.ts';
import { type Json, jsonObjects } from '../json.ts';
import { saysExactly } from '../says.ts';
import type { FoundRoute } from './find-routes.ts';
import { isManagedRule, isRuleOf } from './managed-rule-name.ts';
import { inOrder, type ManagedRoute, renderManaged, renderRules } from './render-rules.ts';
import { canaryWeightOf } from './weighted-rules.ts';

type Said = Pick<TrafficIntent, 'weight' | 'maxWeight' | 'headerRoutes' | 'mirrorRoutes'>;

/** The object that makes this route say `intent`; undefined when it does already. */
export function correction(route: FoundRoute, rollout: RoutedRollout, intent: Said): KubeObject | undefined {
  const rendered = renderRules(route, rollout.managedRoutes, {
    weight: intent.weight,
    maxWeight: intent.maxWeight,
    managed: inOrder(rollout.managedRoutes, intent.headerRoutes, intent.mirrorRoutes),
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
  const { maxWeight, managedRoutes, plannedRoutes } = rollout;
  const weights = new Set(found.map((route) => weightOf(route, rollout)));
  const [weight] = weights.size === 1 ? weights : [undefined];
  const written = (managed: ManagedRoute): boolean => found.every((route) => hasManaged(route, managed, weight ?? 0, maxWeight));
  const headerRoutes: HeaderRoute[] = [];
  const mirrorRoutes: MirrorRoute[] = [];
  for (const name of managedRoutes) {
    const header = plannedRoutes.headerRoutes.find((route) => route.name === name && written({ type: 'header', route }));
    const mirror = plannedRoutes.mirrorRoutes.find((route) => route.name === name && written({ type: 'mirror', route }));
    if (header !== undefined) headerRoutes.push(header);
    else if (mirror !== undefined) mirrorRoutes.push(mirror);
  }
  const whole =
    weight !== undefined &&
    found.every((route) => correction(route, rollout, { weight, maxWeight, headerRoutes, mirrorRoutes }) === undefined);
  return { weight: whole ? weight : undefined, headerRoutes, mirrorRoutes };
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
