/** A managed route has one rule for each weighted rule, since filters and matches are those of that rule: `name`, `name.2`, `name.3`. */
export function managedRuleName(route: string, index: number): string {
  return index === 0 ? route : `${route}.${index + 1}`;
}

/** Gateway API allows 16 rules in a route. */
const NUMBER = /^([2-9]|1[0-6])$/;

/** Whether a rule of this name is one that this managed route makes. */
export function isRuleOf(route: string, name: string | undefined): boolean {
  if (name === undefined) return false;
  return name === route || (name.startsWith(`${route}.`) && NUMBER.test(name.slice(route.length + 1)));
}

/** Whether a rule of this name is one that some managed route makes. */
export function isManagedRule(name: string | undefined, managedRoutes: readonly string[]): boolean {
  return managedRoutes.some((route) => isRuleOf(route, name));
}
