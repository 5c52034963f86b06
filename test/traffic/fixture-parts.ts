import type { KubeObject } from '../../src/api/metadata.ts';
import type { HeaderRoute, RoutedRollout } from '../../src/ports/traffic-router.ts';

export type Json = Record<string, unknown>;

/** A Rollout without managed routes. */
export const ROLLOUT: RoutedRollout = {
  name: 'checkout',
  namespace: 'shop',
  uid: 'rollout-uid',
  stableService: 'checkout-stable',
  canaryService: 'checkout-canary',
  maxWeight: 100,
  managedRoutes: [],
  plannedRoutes: { headerRoutes: [], mirrorRoutes: [] },
};

/** One header by each form of match, and two headers at once. */
export const HEADERS: readonly HeaderRoute[] = [
  { name: 'testers', match: [{ headerName: 'X-Tester', headerValue: { exact: 'yes' } }] },
  {
    name: 'beta',
    match: [
      { headerName: 'X-Ring', headerValue: { prefix: 'beta.1' } },
      { headerName: 'X-User', headerValue: { regex: '[a-f].*' } },
    ],
  },
];

/** The sides of an intent for a router that knows Services. */
export const SERVICES = { stable: { service: 'checkout-stable' }, canary: { service: 'checkout-canary' } } as const;

/** An object of the Rollout's namespace with labels and annotations of its owner. */
export function owned(apiVersion: string, kind: string, name: string, spec: Json, more: Json = {}): KubeObject {
  const metadata = { name, namespace: 'shop', labels: { team: 'shop' }, annotations: { note: 'kept' } };
  return { apiVersion, kind, metadata, spec, ...more };
}

/** A changed copy of plain JSON. */
export function edited<T>(value: T, change: (copy: T) => void): T {
  const copy = structuredClone(value);
  change(copy);
  return copy;
}
