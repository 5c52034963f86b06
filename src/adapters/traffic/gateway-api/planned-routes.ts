import type { FieldProblem } from '../../../api/field-problem.ts';
import { problemAt } from '../../../core/lint/problem-at.ts';
import type { RoutedRollout } from '../../../ports/traffic-router.ts';
import { jsonObjects } from '../json.ts';
import { inOrder, type ManagedRoute, planned } from '../managed-routes.ts';
import type { FoundRoute } from './find-routes.ts';
import { isRuleOf } from './managed-rule-name.ts';
import { renderManaged, renderRules } from './render-rules.ts';

/** The limits of the standard CRDs. */
const MOST_RULES = 16;
const MOST_MATCHES_OF_A_RULE = 64;
const MOST_MATCHES = 128;
const MOST_FILTERS = 16;
const RULE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const STEPS = 'spec.strategy.canary.steps';
const MANAGED = 'spec.strategy.canary.trafficRouting.managedRoutes';

/** What keeps these routes from saying the managed routes that steps make, each once. */
export function problemsOfPlannedRoutes(found: readonly FoundRoute[], rollout: RoutedRollout): readonly FieldProblem[] {
  const routes = planned(rollout);
  if (routes.length === 0) return [];
  const unused = rollout.plannedRoutes.headerRoutes.length > 0 && !found.some((route) => route.headerRoutes);
  return [
    ...(unused
      ? [
          problemAt(
            STEPS,
            undefined,
            'a step sets a header route, and no route may have one',
            'set useHeaderRoutes: true for one of the routes',
          ),
        ]
      : []),
    ...rollout.managedRoutes.flatMap((name) => problemsOfName(name, rollout.managedRoutes)),
    ...routes.flatMap((managed) => problemsOfRoute(found, managed, rollout)),
    ...found.flatMap((route) => problemsOfSize(route, rollout)),
  ];
}

function problemsOfName(name: string, managedRoutes: readonly string[]): readonly FieldProblem[] {
  if (!RULE_NAME.test(name)) return [problemAt(MANAGED, name, 'cannot be the name of a rule', 'use lower case letters, digits, - and .')];
  const other = managedRoutes.find((route) => route !== name && isRuleOf(route, name));
  return other === undefined ? [] : [problemAt(MANAGED, name, `its rules cannot be told from those of ${other}`, 'rename one of the two')];
}

function problemsOfRoute(found: readonly FoundRoute[], managed: ManagedRoute, rollout: RoutedRollout): readonly FieldProblem[] {
  const { name } = managed.route;
  let rules = 0;
  for (const route of found) {
    const rendered = renderManaged(route, managed, { weight: 0, maxWeight: rollout.maxWeight });
    if (!rendered.ok) return [problemAt(STEPS, name, rendered.problem, rendered.remedy)];
    rules += rendered.rules.length;
  }
  const matchesNothing = rules === 0 && (managed.type === 'mirror' || found.some((route) => route.headerRoutes));
  return matchesNothing ? [problemAt(STEPS, name, 'it matches no request that a weighted rule matches', 'correct its match')] : [];
}

function problemsOfSize(route: FoundRoute, rollout: RoutedRollout): readonly FieldProblem[] {
  const managed = inOrder(rollout.managedRoutes, rollout.plannedRoutes);
  const rendered = renderRules(route, rollout.managedRoutes, { weight: 0, maxWeight: rollout.maxWeight, managed });
  // Said of the managed route already.
  if (!rendered.ok) return [];
  const matches = rendered.rules.map((rule) => jsonObjects(rule['matches']).length);
  const filters = Math.max(...rendered.rules.map((rule) => jsonObjects(rule['filters']).length));
  const sum = matches.reduce((total, count) => total + count, 0);
  const over = (problem: string): readonly FieldProblem[] => [
    problemAt(MANAGED, undefined, `with them ${route.what} would have ${problem}`, 'use fewer, or name fewer rules to weigh'),
  ];
  if (rendered.rules.length > MOST_RULES) return over(`${rendered.rules.length} rules, and ${MOST_RULES} are allowed`);
  if (Math.max(...matches) > MOST_MATCHES_OF_A_RULE || sum > MOST_MATCHES) {
    return over(`${sum} matches, and ${MOST_MATCHES} are allowed, ${MOST_MATCHES_OF_A_RULE} of them in one rule`);
  }
  return filters > MOST_FILTERS ? over(`${filters} filters in a rule, and ${MOST_FILTERS} are allowed`) : [];
}
