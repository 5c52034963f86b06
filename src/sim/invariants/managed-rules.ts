import type { RolloutView } from './world-view.ts';

/** Names of the routes that the Rollout makes by itself, for headers and mirrors. */
export function managedNames(rollout: RolloutView): readonly string[] {
  const routes = rollout.spec.strategy.canary?.trafficRouting?.['managedRoutes'];
  return Array.isArray(routes) ? routes.map((route: unknown) => String(Reflect.get(Object(route), 'name'))) : [];
}

function isManaged(rule: { readonly name?: string | undefined }, names: readonly string[]): boolean {
  return names.some((name) => rule.name === name || rule.name?.startsWith(`${name}.`) === true);
}

/** The rules of a route that its owner wrote. */
export function ownRules<Rule extends { readonly name?: string | undefined }>(
  rules: readonly Rule[] | undefined,
  names: readonly string[],
): readonly Rule[] {
  return (rules ?? []).filter((rule) => !isManaged(rule, names));
}
