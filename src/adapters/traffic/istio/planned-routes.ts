import type { FieldProblem } from '../../../api/field-problem.ts';
import { problemAt } from '../../../core/lint/problem-at.ts';
import type { RoutedRollout } from '../../../ports/traffic-router.ts';
import { planned } from '../managed-routes.ts';
import { baseRoutes, isManaged, renderManaged } from './managed-routes.ts';
import type { SplitVirtualService } from './virtual-service.ts';

const STEPS = 'spec.strategy.canary.steps';
const MANAGED = 'spec.strategy.canary.trafficRouting.managedRoutes';

/** What keeps these VirtualServices from saying the managed routes that steps make. */
export function problemsOfPlannedRoutes(services: readonly SplitVirtualService[], rollout: RoutedRollout): readonly FieldProblem[] {
  const routes = planned(rollout);
  if (routes.length === 0) return [];
  const bases = services.map((service) => baseRoutes(service.object.raw, service.splits)).filter((one) => one.length > 0);
  if (bases.length === 0) {
    return [
      problemAt(
        STEPS,
        undefined,
        'a step makes a header or mirror route, and none of the weighted routes is an http route',
        'remove the step',
      ),
    ];
  }
  return [
    ...rollout.managedRoutes.flatMap((name) => problemsOfName(name, rollout.managedRoutes)),
    ...routes.flatMap((managed): readonly FieldProblem[] => {
      const rendered = bases.map((one) => renderManaged(one, managed));
      const refusal = rendered.find((one) => !one.ok);
      if (refusal !== undefined) return [problemAt(STEPS, managed.route.name, refusal.problem, refusal.remedy)];
      if (rendered.every((one) => one.ok && one.routes.some((route) => route !== undefined))) return [];
      return [problemAt(STEPS, managed.route.name, 'it matches no request that a weighted route matches', 'correct its match')];
    }),
  ];
}

function problemsOfName(name: string, managedRoutes: readonly string[]): readonly FieldProblem[] {
  const other = managedRoutes.find((route) => route !== name && isManaged(name, { managedRoutes: [route] }));
  return other === undefined ? [] : [problemAt(MANAGED, name, `its routes cannot be told from those of ${other}`, 'rename one of the two')];
}
