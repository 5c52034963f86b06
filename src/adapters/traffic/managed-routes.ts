import type { HeaderRoute, MirrorRoute, RoutedRollout } from '../../ports/traffic-router.ts';

/** A route that a step makes. */
export type ManagedRoute =
  | { readonly type: 'header'; readonly route: HeaderRoute }
  | { readonly type: 'mirror'; readonly route: MirrorRoute };

export interface ManagedRoutes {
  readonly headerRoutes: readonly HeaderRoute[];
  readonly mirrorRoutes: readonly MirrorRoute[];
}

/** The managed routes of these names, in their order; a name that is in neither list is left out. */
export function inOrder(names: readonly string[], { headerRoutes, mirrorRoutes }: ManagedRoutes): readonly ManagedRoute[] {
  return names.flatMap((name): readonly ManagedRoute[] => {
    const header = headerRoutes.find((route) => route.name === name);
    if (header !== undefined) return [{ type: 'header', route: header }];
    const mirror = mirrorRoutes.find((route) => route.name === name);
    return mirror === undefined ? [] : [{ type: 'mirror', route: mirror }];
  });
}

/** Every route that a step makes. */
export function planned({ plannedRoutes: { headerRoutes, mirrorRoutes } }: RoutedRollout): readonly ManagedRoute[] {
  return [
    ...headerRoutes.map((route) => ({ type: 'header', route }) as const),
    ...mirrorRoutes.map((route) => ({ type: 'mirror', route }) as const),
  ];
}

/** The planned routes that `written` finds in the objects; of several with one name the first. */
export function recognised(rollout: RoutedRollout, written: (managed: ManagedRoute) => boolean): ManagedRoutes {
  const headerRoutes: HeaderRoute[] = [];
  const mirrorRoutes: MirrorRoute[] = [];
  for (const name of rollout.managedRoutes) {
    const found = planned(rollout).find((managed) => managed.route.name === name && written(managed));
    if (found?.type === 'header') headerRoutes.push(found.route);
    if (found?.type === 'mirror') mirrorRoutes.push(found.route);
  }
  return { headerRoutes, mirrorRoutes };
}
