import type { AppliedRoute } from '../router/applied-config.ts';

/** The rules of a route in one line: `web-stable 75 web-canary 25; testers: web-canary 1`. */
export function routeText({ rules }: AppliedRoute): string {
  return rules
    .map(({ name, backends }) => {
      const shares = backends.map(({ service, weight }) => `${service} ${weight}`).join(' ');
      return name === undefined ? shares : `${name}: ${shares}`;
    })
    .join('; ');
}
