import type { FieldProblem } from '../../api/field-problem.ts';
import { problemAt } from '../../core/lint/problem-at.ts';
import type { RoutedRollout } from '../../ports/traffic-router.ts';
import { planned } from './managed-routes.ts';

/** Every route that a step makes, refused by a router that splits by weight only; `instead` is what its users do. */
export function noManagedRoutes(router: string, rollout: RoutedRollout, instead: string): readonly FieldProblem[] {
  return planned(rollout).map(({ type, route }) =>
    problemAt('spec.strategy.canary.steps', route.name, `${router} cannot make a ${type} route`, instead),
  );
}
