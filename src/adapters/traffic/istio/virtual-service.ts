import { type IstioRouting, type IstioVirtualService } from '../../../api/istio-routing.ts';
import { VIRTUAL_SERVICE } from '../../../api/kinds.ts';
import type { RoutedRollout, RouterObjects } from '../../../ports/traffic-router.ts';
import { found, type Result, type Trouble, trouble } from '../result.ts';
import { findObject, type RouterObject } from '../router-objects.ts';
import { agreedWeight, type Side, type SplitList, sideOfService, sideWeights } from '../side-weights.ts';
import type { SubsetRule } from './destination-rule.ts';
import { localService, sameHost } from './host.ts';
import { type Destination, type VirtualServiceView, virtualServiceSchema } from './istio-objects.ts';
import { isManaged } from './managed-routes.ts';
import { type PickedRoute, pickRoutes } from './pick-routes.ts';

/** One VirtualService with the routes that share the traffic. */
export interface SplitVirtualService {
  readonly object: RouterObject<VirtualServiceView>;
  readonly splits: readonly SplitList[];
  readonly weight: number | undefined;
}

/** The VirtualServices that the Rollout names, with the place that names each. */
export function virtualServicesOf(config: IstioRouting): readonly { readonly service: IstioVirtualService; readonly field: string }[] {
  const at = 'trafficRouting.istio';
  const several = (config.virtualServices ?? []).map((service, index) => ({ service, field: `${at}.virtualServices[${index}].name` }));
  return config.virtualService === undefined
    ? several
    : [{ service: config.virtualService, field: `${at}.virtualService.name` }, ...several];
}

/** Every VirtualService that the Rollout names: with its splits, or what is wrong with it. */
export function findSplitVirtualServices(
  config: IstioRouting,
  rollout: RoutedRollout,
  rule: SubsetRule | undefined,
  objects: RouterObjects,
): readonly Result<SplitVirtualService>[] {
  return virtualServicesOf(config).map(({ service, field }) => {
    const lookup = findObject(objects, VIRTUAL_SERVICE, virtualServiceSchema, service.name, field);
    return lookup.ok ? splitsOf(lookup.value, service, rollout, rule) : lookup;
  });
}

function splitsOf(
  object: RouterObject<VirtualServiceView>,
  config: IstioVirtualService,
  rollout: RoutedRollout,
  rule: SubsetRule | undefined,
): Result<SplitVirtualService> {
  const weigh = (destinations: readonly Destination[]): ReturnType<typeof sideWeights> =>
    sideWeights(
      destinations.map((each) => ({
        side: sideOf(each, rollout, rule),
        shown: shownDestination(each),
        weight: weightOf(each, destinations),
      })),
      rollout.maxWeight,
    );
  const picked = pickRoutes(
    object.view,
    config,
    (name) => isManaged(name, rollout),
    (destinations) => weigh(destinations).type !== 'partial',
  );
  if (!picked.ok) return picked;
  const splits: SplitList[] = [];
  const weights: (number | undefined)[] = [];
  for (const route of picked.value) {
    const result = weigh(route.destinations);
    if (result.type === 'invalid') return trouble('RouteInvalid', `${shownRoute(object, route)}: ${result.problem}`);
    if (result.type === 'partial') return missingSide(object, route, result.has, rollout, rule);
    splits.push({ path: ['spec', route.protocol, route.index, 'route'], stable: result.stable, canary: result.canary });
    weights.push(result.weight);
  }
  if (splits.length > 0) return found({ object, splits, weight: agreedWeight(weights) });
  const [stable, canary] = [shownSide('stable', rollout, rule), shownSide('canary', rollout, rule)];
  return trouble('RuleNotFound', `VirtualService ${object.raw.metadata.name} has no route to both ${stable} and ${canary}; add one`);
}

/** With a DestinationRule the subsets of its host are the sides, otherwise the hosts of the two Services. */
function sideOf({ destination }: Destination, rollout: RoutedRollout, rule: SubsetRule | undefined): Side | undefined {
  if (rule === undefined) {
    const service = localService(destination.host, rollout.namespace);
    return service === undefined ? undefined : sideOfService(service, rollout);
  }
  if (destination.subset === undefined || !sameHost(destination.host, rule.host, rollout.namespace)) return undefined;
  if (destination.subset === rule.subsets.stable.name) return 'stable';
  return destination.subset === rule.subsets.canary.name ? 'canary' : undefined;
}

/** Istio gives the only destination of a route everything, and counts an absent weight as 0 beside others. */
function weightOf(destination: Destination, all: readonly Destination[]): number {
  return destination.weight ?? (all.length === 1 ? 100 : 0);
}

function missingSide(
  object: RouterObject<VirtualServiceView>,
  route: PickedRoute,
  has: Side | undefined,
  rollout: RoutedRollout,
  rule: SubsetRule | undefined,
): Trouble {
  const missing = (['stable', 'canary'] as const).filter((side) => side !== has).map((side) => shownSide(side, rollout, rule));
  return trouble('RuleNotFound', `${shownRoute(object, route)} does not lead to ${missing.join(' and ')}; add it with weight 0`);
}

function shownSide(side: Side, rollout: RoutedRollout, rule: SubsetRule | undefined): string {
  if (rule !== undefined) return `subset ${rule.subsets[side].name} of host ${rule.host}`;
  return `host ${(side === 'stable' ? rollout.stableService : rollout.canaryService) ?? 'of no Service'}`;
}

function shownRoute(object: RouterObject<VirtualServiceView>, route: PickedRoute): string {
  return `VirtualService ${object.raw.metadata.name}: spec.${route.protocol}[${route.index}].route`;
}

function shownDestination({ destination }: Destination): string {
  return destination.subset === undefined ? `host ${destination.host}` : `subset ${destination.subset} of host ${destination.host}`;
}
