import type { HeaderRoute, MirrorRoute } from '../../../ports/traffic-router.ts';
import { type Json, jsonObjects } from '../json.ts';
import type { ManagedRoute } from '../managed-routes.ts';
import type { Refusal } from '../refusal.ts';
import { matchesOfHeaderRoute, matchesOfMirrorRoute } from './and-matches.ts';
import type { FoundRoute } from './find-routes.ts';
import { isManagedRule, managedRuleName } from './managed-rule-name.ts';
import type { RuleView } from './route-view.ts';
import { canaryOnly, shownRule, withWeights } from './weighted-rules.ts';

/** What the rules of one route should say; managed routes in the order of precedence. */
export interface RuleIntent {
  readonly weight: number;
  readonly maxWeight: number;
  readonly managed: readonly ManagedRoute[];
}

/** Rules, or why the route cannot say this, with what to do. */
export type Rendered = { readonly ok: true; readonly rules: readonly Json[] } | Refusal;

/**
 * The rules of a route that say `intent`; every rule that is not ours is the very object that was there. Managed rules stand right before the first weighted
 * one: Gateway API prefers the more specific match, and among equals the first.
 */
export function renderRules(found: FoundRoute, managedRoutes: readonly string[], intent: RuleIntent): Rendered {
  const made: Json[] = [];
  for (const managed of intent.managed) {
    const rendered = renderManaged(found, managed, intent);
    if (!rendered.ok) return rendered;
    made.push(...rendered.rules);
  }
  const rules = found.base.rules
    .filter((rule) => !isManagedRule(rule.name, managedRoutes))
    .flatMap((rule) => {
      if (!found.weighted.includes(rule)) return [rule.raw];
      return [...(rule === found.weighted[0] ? made : []), { ...rule.raw, backendRefs: shifted(found, rule, intent) }];
    });
  return { ok: true, rules };
}

/** The rules of one managed route alone. */
export function renderManaged(found: FoundRoute, managed: ManagedRoute, weights: Pick<RuleIntent, 'weight' | 'maxWeight'>): Rendered {
  if (managed.type === 'header' && !found.headerRoutes) return { ok: true, rules: [] };
  const rules: Json[] = [];
  for (const [index, rule] of found.weighted.entries()) {
    const made = managed.type === 'header' ? headerRule(found, rule, managed.route) : mirrorRule(found, rule, managed.route, weights);
    if (made !== undefined && 'remedy' in made) {
      return { ok: false, problem: `does not fit ${found.what}, ${shownRule(rule, found.base)}: ${made.problem}`, remedy: made.remedy };
    }
    if (made !== undefined) rules.push({ name: managedRuleName(managed.route.name, index), ...made.rule });
  }
  return { ok: true, rules };
}

function shifted(found: FoundRoute, rule: RuleView, { weight, maxWeight }: Pick<RuleIntent, 'weight' | 'maxWeight'>): readonly Json[] {
  return withWeights(rule, found.base, found.sides, { stable: maxWeight - weight, canary: weight });
}

type Made = { readonly rule: Json } | { readonly problem: string; readonly remedy: string };

/** What a rule does with its requests, without which requests and where to. */
function treatmentOf(rule: Json): Json {
  return Object.fromEntries(Object.entries(rule).filter(([key]) => !['name', 'matches', 'backendRefs'].includes(key)));
}

function headerRule(found: FoundRoute, rule: RuleView, route: HeaderRoute): Made {
  const matched = matchesOfHeaderRoute(rule.raw, route);
  if (!matched.ok) return matched;
  return { rule: { matches: matched.matches, ...treatmentOf(rule.raw), backendRefs: [canaryOnly(rule, found.base, found.sides)] } };
}

function mirrorRule(
  found: FoundRoute,
  rule: RuleView,
  route: MirrorRoute,
  weights: Pick<RuleIntent, 'weight' | 'maxWeight'>,
): Made | undefined {
  const matched = matchesOfMirrorRoute(found.kind, rule.raw, route);
  if (!matched.ok) return matched;
  if (matched.matches.length === 0 && route.match.length > 0) return undefined;
  const { filters, ...treatment } = treatmentOf(rule.raw);
  const requestMirror = mirrorTo(canaryOnly(rule, found.base, found.sides), route.percentage);
  return {
    rule: {
      ...(matched.matches.length === 0 ? {} : { matches: matched.matches }),
      ...treatment,
      filters: [...jsonObjects(filters), { type: 'RequestMirror', requestMirror }],
      backendRefs: shifted(found, rule, weights),
    },
  };
}

/** Releases of Gateway API before 1.3 have no `percent` in their standard channel and would copy every request, so that 100 is said without it. */
function mirrorTo({ group, kind, name, namespace, port }: Json, percentage: number): Json {
  return {
    backendRef: {
      group: group ?? '',
      kind: kind ?? 'Service',
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(port === undefined ? {} : { port }),
    },
    ...(percentage === 100 ? {} : { percent: percentage }),
  };
}
