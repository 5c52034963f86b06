import type { SimUser } from './sim-types.ts';

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/u;

/** Whom an impersonation leads to. As the real server does it: a service account gets its own groups when none were asked for. */
export function impersonatedUser(name: string, groups: readonly string[]): SimUser {
  const namespace = groups.length === 0 ? SERVICE_ACCOUNT.exec(name)?.[1] : undefined;
  const own = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return { name, groups: [...new Set([...groups, ...own, 'system:authenticated'])] };
}
